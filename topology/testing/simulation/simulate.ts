import type { TopologyDefinition } from '../../definition/definition.ts'
import { messageOf, TopologyError } from '../../definition/errors.ts'
import { buildGraph, type TopologyGraph } from '../../definition/graph.ts'
import type { StreamRecord } from '../../definition/record.ts'
import type { Entry } from '../../definition/store.ts'
import { bindCodecs } from '../../runtime/codecs.ts'
import type { EngineSettings } from '../../runtime/task-environment.ts'
import { seededRandom } from '../random.ts'
import {
  checkAgainst,
  checkDeadLetters,
  checkFences,
  checkNothingHangs,
  checkTables,
  committedRecords,
} from './checks.ts'
import { faultText, type PlannedFault, planFaults } from './fault-plan.ts'
import type { EncodedInput, SimulatedInput } from './input.ts'
import { runSeed, type SeedWorld } from './seed-run.ts'

/** What a check of one's own looks at when a run has come to rest. */
export interface SimulationView {
  /** Committed records of a topic, decoded, in the order of partition and offset. */
  readonly topics: Readonly<Record<string, readonly StreamRecord[]>>
  /** Rows of each store. */
  readonly stores: Readonly<Record<string, readonly Entry<unknown, unknown>[]>>
}

/** How to simulate a topology. */
export interface SimulationOptions {
  /** How many seeds, from `firstSeed` (unset: 1) on. */
  readonly seeds: number
  readonly firstSeed?: number
  /** The records of each run, or what makes them for a seed; `random` is seeded. */
  readonly input: readonly SimulatedInput[] | ((random: () => number) => readonly SimulatedInput[])
  /** Throws, or returns what is wrong, when a run's result is not what it should be. */
  readonly check?: (
    view: SimulationView,
  ) => void | string | readonly string[] | Promise<void | string | readonly string[]>
  /**
   * Compare outputs (in order per key) and stores with a run without faults. Unset: where the topology reads one topic,
   * since Kafka gives no order between topics.
   */
  readonly compareWithCalm?: boolean
  /** How many input records are poison: each must become one dead letter. Unset: 0. */
  readonly deadLetters?: number
  /** Worker processes. Unset: 2. */
  readonly processes?: number
  /** The time in which the input arrives. Units: ms of virtual time. Unset: 4,000. */
  readonly spanMs?: number
  readonly settings?: Partial<EngineSettings>
  readonly keepTrace?: boolean
  /** Hears of every seed as it ends. */
  readonly onSeed?: (seed: number, outcome: SeedOutcome) => void
}

/** How one seed ended. */
export interface SeedOutcome {
  readonly seed: number
  readonly problems: readonly string[]
  readonly events: number
  /** Of everything that happened: equal for two runs of one seed. */
  readonly digest: string
  readonly fired: readonly string[]
  readonly trace: readonly string[]
}

/** What a simulation found. */
export interface SimulationReport {
  readonly seeds: number
  readonly events: number
  readonly faultsFired: number
  /** The first seed that failed, cut down to the fewest faults that still fail; undefined: all clean. */
  readonly failure: (SeedOutcome & { readonly command: string }) | undefined
}

/**
 * Runs a topology under seeded faults: crashes, frozen processes, lost and late replies, rebalances, a store that fails;
 * then checks that every table equals its changelog, nothing hangs, nothing was written after a fence, dead letters equal
 * the poison, and what the caller checks. Ends at the first seed that fails.
 *
 * Shape: `const report = await simulate(wordCount, { seeds: 1000, input, check: ({ stores }) => ... })`.
 */
export async function simulate(topology: TopologyDefinition, options: SimulationOptions): Promise<SimulationReport> {
  const graph = buildGraph(topology)
  const first = options.firstSeed ?? 1
  let events = 0
  let faultsFired = 0
  for (let seed = first; seed < first + options.seeds; seed++) {
    const outcome = await simulateSeed(graph, seed, options)
    events += outcome.events
    faultsFired += outcome.fired.length
    options.onSeed?.(seed, outcome)
    if (outcome.problems.length > 0) {
      const least = await shrink(graph, seed, options)
      const command = `npm run sim -- --seeds=1 --seed=${seed} --trace`
      return { seeds: seed - first + 1, events, faultsFired, failure: { ...least, command } }
    }
  }
  return { seeds: options.seeds, events, faultsFired, failure: undefined }
}

/** One seed, with all its planned faults or the given ones. */
export async function simulateSeed(
  graph: TopologyGraph,
  seed: number,
  options: SimulationOptions,
  faults: readonly PlannedFault[] = plannedFaults(seed, options),
): Promise<SeedOutcome> {
  const input = inputOf(seed, options)
  const { processes = 2, settings = {}, keepTrace = false } = options
  const world = await runSeed({ graph, seed, faults, processes, input, settings, keepTrace })
  const problems = world.failure ? [world.failure] : await findProblems(world, input, options)
  const fired = [...world.fired].map(faultText)
  return { seed, problems, events: world.trace.events, digest: world.trace.digest, fired, trace: world.trace.lines }
}

/** Leaves out fault after fault as long as the seed still fails: the shortest plan that shows the problem. */
async function shrink(graph: TopologyGraph, seed: number, options: SimulationOptions): Promise<SeedOutcome> {
  let faults = plannedFaults(seed, options)
  let least = await simulateSeed(graph, seed, { ...options, keepTrace: true }, faults)
  for (let index = 0; index < faults.length; ) {
    const fewer = faults.toSpliced(index, 1)
    const outcome = await simulateSeed(graph, seed, { ...options, keepTrace: true }, fewer)
    if (outcome.problems.length === 0) index++
    else {
      faults = fewer
      least = outcome
    }
  }
  return least
}

function plannedFaults(seed: number, { processes = 2, spanMs = 4_000 }: SimulationOptions): readonly PlannedFault[] {
  return planFaults(seed, processes, spanMs)
}

/** The seed's input, spread over the span in small batches, in order. */
function inputOf(seed: number, { input, spanMs = 4_000 }: SimulationOptions): readonly EncodedInput[] {
  const random = seededRandom(seed ^ 0x2545f491)
  const records = typeof input === 'function' ? input(random) : input
  let arrivesMs = 0
  const step = (2 * spanMs) / Math.max(1, records.length / 3)
  return records.map((record, index) => {
    if (index > 0 && random() < 1 / 3) arrivesMs += Math.floor(random() * step)
    return { ...record, arrivesMs }
  })
}

async function findProblems(
  world: SeedWorld,
  input: readonly EncodedInput[],
  options: SimulationOptions,
): Promise<readonly string[]> {
  const problems = [
    ...checkNothingHangs(world),
    ...checkFences(world),
    ...(await checkTables(world)),
    ...checkDeadLetters(world, options.deadLetters ?? 0),
  ]
  const external = new Set(input.map(record => record.topic))
  if (options.compareWithCalm ?? external.size === 1) {
    const { graph } = world
    const calm = await runSeed({ graph, seed: 1, faults: [], processes: 1, input, settings: options.settings ?? {} })
    problems.push(...(calm.failure ? [`without faults: ${calm.failure}`] : checkAgainst(calm, world)))
  }
  try {
    const said = await options.check?.(await viewOf(world))
    if (said !== undefined) problems.push(...(typeof said === 'string' ? [said] : said))
  } catch (error) {
    problems.push(messageOf(error))
  }
  return problems
}

async function viewOf(world: SeedWorld): Promise<SimulationView> {
  const codecs = await bindCodecs(world.graph, world.registry)
  const topics: Record<string, StreamRecord[]> = {}
  for (const topic of world.graph.topics.keys()) {
    const codec = codecs.topics.get(topic)
    if (codec === undefined) throw new TopologyError('INTERNAL', `topic '${topic}' has no codec`)
    topics[topic] = []
    for (const raw of committedRecords(world, topic)) {
      try {
        topics[topic].push({ ...raw, key: await codec.key.decode(raw.key), value: await codec.value.decode(raw.value) })
      } catch {
        // Poison that was fed: it stands in the dead letters.
      }
    }
  }
  const stores: Record<string, Entry<unknown, unknown>[]> = {}
  for (const store of world.graph.stores.values())
    stores[store.name] = world.storage
      .rows(store.name)
      .map(({ key, value, timestamp }) => ({
        key: store.key.join(key, key),
        value: store.value.join(value, key),
        timestamp,
      }))
  return { topics, stores }
}
