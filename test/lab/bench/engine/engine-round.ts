import { setTimeout as sleep } from 'node:timers/promises'
import { buildGraph } from '../../../../topology/definition/graph.ts'
import { Worker } from '../../../../topology/runtime/worker.ts'
import { ownTime } from '../own-time.ts'
import { type EngineCase, engineTopology, partitions } from './engine-case.ts'
import type { PartitionLog } from './input-log.ts'
import { stubBroker } from './stub-broker.ts'
import { stubStorage } from './stub-storage.ts'
import { userSeconds } from './user-seconds.ts'

/** One round. Units: user time in s for a million input records; the rest as counted. */
export interface EngineRound {
  readonly userPerMillion: number
  /** Output and changelog records. */
  readonly written: number
  readonly rows: number
}

/**
 * Runs a worker over the logs until all their offsets are committed. Errors: the worker's; when it wrote nothing.
 */
export async function engineRound(
  name: EngineCase,
  logs: ReadonlyMap<string, readonly PartitionLog[]>,
): Promise<EngineRound> {
  const { broker, committed, written } = await stubBroker(logs, partitions)
  const { storage, applied } = stubStorage()
  const total = [...logs.values()].flat().reduce((sum, { endOffset }) => sum + endOffset, 0)
  const worker = new Worker({
    graph: buildGraph(engineTopology(name)),
    broker,
    storage,
    clock: ownTime(),
    createTopics: 'internal',
    settings: { commitIntervalMs: 100 },
  })
  let failure: unknown
  void worker.failed.then(error => {
    failure = error
  })
  const seconds = await userSeconds(async () => {
    await worker.start()
    while (committed() < total && failure === undefined) await sleep(5)
  })
  await worker.stop()
  await broker.close()
  if (failure !== undefined) throw failure
  if (written.records === 0 || applied.rows === 0) throw new Error(`case '${name}' wrote nothing: it measures no work`)
  return { userPerMillion: (seconds / total) * 1e6, written: written.records, rows: applied.rows }
}
