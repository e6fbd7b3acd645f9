import type { Awaitable, StreamRecord } from '../../definition/record.ts'
import type { Entry } from '../../definition/store.ts'
import type { EngineSettings } from '../../runtime/task-environment.ts'
import type { Comparison } from './comparison.ts'
import type { PlannedFault } from './fault-plan.ts'
import type { SimulatedInput } from './input.ts'

/** The results that a caller's check can examine when a run has come to rest. */
export interface SimulationView {
  readonly input: readonly SimulatedInput[]
  /** Committed records of a topic, decoded, in the order of partition and offset. */
  readonly topics: Readonly<Record<string, readonly StreamRecord[]>>
  /** Rows of each store. */
  readonly stores: Readonly<Record<string, readonly Entry<unknown, unknown>[]>>
}

/** Nothing when all is well; otherwise the problems. */
// biome-ignore lint/suspicious/noConfusingVoidType: a check that asserts returns nothing
type CheckResult = void | string | readonly string[]

/** The input of a topology, and its expected results. */
export interface Simulation {
  /** The records of each run, or the function that makes them; `random` is seeded. */
  readonly input: readonly SimulatedInput[] | ((random: () => number) => readonly SimulatedInput[])
  /** Throws, or returns the problems, when a run's result is not as it should be. */
  readonly check?: (view: SimulationView) => Awaitable<CheckResult>
  /**
   * Compare outputs and stores with those of a run without faults: `in-order`, all outputs of a key that one task wrote;
   * `last`, the last one of each. Unset: what Kafka orders. Where the topology is fed one topic, a sub-topology whose tasks
   * read the records of one writer each is compared in order; of the others, whose results may depend on how writers
   * interleave, the last outputs and the rows on which runs without faults agree. `none`: nothing.
   */
  readonly compare?: Comparison | 'none'
  /** Worker processes. Unset: 2. */
  readonly processes?: number
  /** Names of topics that are there for patterns to match, beside those that the topology declares. Unset: none. */
  readonly topics?: readonly string[]
  /** The time in which the input arrives. Units: ms of virtual time. Unset: 4,000. */
  readonly spanMs?: number
  /** The time that punctuators may work on after everything is quiet. Units: ms of virtual time. Unset: 0. */
  readonly settleMs?: number
  /** The number of different inputs that the seeds share. Unset: 16. */
  readonly inputs?: number
  /** Unset: each seed has some of its own, such as a cache of nothing or a commit every 20 ms. */
  readonly settings?: Partial<EngineSettings>
}

/** The options of a simulation of a topology. */
export interface SimulationOptions extends Simulation {
  /** The number of seeds, from `firstSeed` (unset: 1) on. */
  readonly seeds: number
  readonly firstSeed?: number
  readonly keepTrace?: boolean
  /** The command that runs a seed again. Unset: the call of `simulate` that does. */
  readonly replay?: (seed: number) => string
  /** Is called with every seed as it ends. */
  readonly onSeed?: (seed: number, outcome: SeedOutcome) => void
}

/** The outcome of one seed. */
export interface SeedOutcome {
  readonly seed: number
  readonly problems: readonly string[]
  /** Requests, crashes and starts, and timers that fired. */
  readonly events: number
  /** Of everything that happened: equal for two runs of one seed. */
  readonly digest: string
  /** The faults that happened, of those planned. */
  readonly fired: readonly PlannedFault[]
  readonly trace: readonly string[]
}

/** A seed that failed, cut down to the fewest faults and the shortest input that still fail. */
interface SimulationFailure extends SeedOutcome {
  /** The records that are left of its input. */
  readonly records: number
  /** Runs the whole seed again, with its trace. Shape: `simulate(topology, { ...options, firstSeed: 7, seeds: 1, keepTrace: true })`. */
  readonly command: string
}

/** The results of a simulation. */
export interface SimulationReport {
  readonly seeds: number
  readonly events: number
  /** The number of faults that happened, by kind. */
  readonly faults: Readonly<Record<string, number>>
  /** The first seed that failed; undefined: all clean. */
  readonly failure: SimulationFailure | undefined
}
