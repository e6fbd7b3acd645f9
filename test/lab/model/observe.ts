import { buildGraph } from '../../../topology/definition/graph.ts'
import { processor } from '../../../topology/definition/processor.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { planFaults } from '../../../topology/testing/simulation/fault-plan.ts'
import { runSeed, type SeedWorld } from '../../../topology/testing/simulation/seed-run.ts'
import { surroundingsOf } from '../../../topology/testing/simulation/surroundings.ts'

/** A task seen from outside: the transactions in its changelog, its producer's epoch, and its table. */
export interface Observation {
  readonly log: readonly { readonly open: boolean; readonly kept: boolean; readonly value: number }[]
  readonly epoch: number
  /** The committed transactions that the table includes. */
  readonly applied: number
  readonly value: number
}

/** The observations of a run, each unlike the one before. */
export interface ObservedRun {
  readonly seed: number
  readonly observations: readonly Observation[]
  /** The reason why the run itself went wrong. */
  readonly failure: string | undefined
}

export const records = 6
const store = keyValueStore('count', { key: string, value: int64 })
const graph = buildGraph(
  topology('traced', t =>
    t.processor(
      processor({
        name: 'counter',
        streams: [topic('in', { key: string, value: string, partitions: 1 })],
        stores: { store },
        async process(_, { stores }) {
          stores.store.put('all', ((await stores.store.get('all')) ?? 0n) + 1n)
        },
      }),
    ),
  ),
)
const changelog = { topic: 'traced-count-changelog', partition: 0 }
const transactionalId = 'traced-counter-0'

/**
 * Runs the engine under the seed's faults with one task that counts records, and observes it at each request. Compactions and
 * backups are left out: the specification's traces know only a store that is lost.
 */
export async function observeRun(seed: number): Promise<ObservedRun> {
  const observations: Observation[] = []
  let last = ''
  const watch = (parts: Pick<SeedWorld, 'broker' | 'storage'>) => {
    const seen = observation(parts)
    if (seen === undefined) return
    const text = JSON.stringify(seen)
    if (text !== last) observations.push(seen)
    last = text
  }
  const faults = planFaults(seed, 2, 4_000).filter(({ kind }) => kind !== 'compact' && kind !== 'store-restored')
  const input = Array.from({ length: records }, (_, index) => ({
    topic: 'in',
    key: 'k',
    value: 'x',
    at: 1_700_000_000_000 + index,
    arrivesMs: index * 400 + (seed % 7) * 30,
  }))
  const { settings, fenceGenerations } = surroundingsOf(seed, {})
  const day = 86_400_000
  const run = {
    graph,
    seed,
    faults,
    processes: 2,
    input,
    settleMs: 0,
    settings,
    fenceGenerations,
    deleteRetentionMs: day,
    staticMembers: false,
  }
  const { failure } = await runSeed({ ...run, watch })
  return { seed, observations, failure }
}

/** Undefined before the topics are made. */
function observation({ broker, storage }: Pick<SeedWorld, 'broker' | 'storage'>): Observation | undefined {
  let batches: ReturnType<typeof broker.inspect>
  try {
    batches = broker.inspect(changelog)
  } catch {
    return undefined
  }
  const data = batches.filter(({ kind }) => kind === 'data')
  const [cut] = storage.cuts(store.name)
  const committed = data.filter(batch => batch.transaction?.verdict === 'committed')
  return {
    log: data.map(({ transaction, records: [record] }) => ({
      open: transaction!.verdict === 'open',
      kept: transaction!.verdict === 'committed',
      value: countOf(record!.value!),
    })),
    epoch: broker.producerEpoch(transactionalId) + 1,
    applied: committed.filter(({ base }) => base < (cut?.offset ?? 0)).length,
    value: Number((cut?.rows[0]?.value[0] as bigint | undefined) ?? 0n),
  }
}

function countOf(bytes: Uint8Array): number {
  return Number(Buffer.from(bytes).readBigInt64BE())
}
