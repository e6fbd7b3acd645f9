import { parentPort, workerData } from 'node:worker_threads'
import { messageOf } from '../../topology/definition/errors.ts'
import { faultKind, faultText } from '../../topology/testing/simulation/fault-text.ts'
import type { SeedSource } from './seed-source.ts'

/** A stretch of seeds to run; one that fails is shrunk. */
export interface SeedsTask {
  readonly kind: 'seeds'
  readonly first: number
  readonly count: number
  readonly trace: boolean
}

/** To look for the first seed that fails, among so many. */
export interface FirstFailureTask {
  readonly kind: 'first-failure'
  readonly seeds: number
}

/** A task for a thread. */
export type SimTask = SeedsTask | FirstFailureTask

/** A seed that failed, in the form in which it is printed. */
export interface PrintedFailure {
  readonly seed: number
  readonly problems: readonly string[]
  readonly faults: readonly string[]
  readonly records: number
  readonly trace: readonly string[]
  /** The options that choose what failed. */
  readonly options: string
}

/** The results of a stretch of seeds. */
export interface SeedsDone {
  readonly kind: 'seeds'
  readonly seeds: number
  readonly events: number
  readonly faults: Readonly<Record<string, number>>
  /** The seeds' digests, added up. */
  readonly digest: number
  readonly failure?: PrintedFailure
  /** Of the last seed, when it was asked for. */
  readonly trace?: readonly string[]
}

/** The first seed that fails, neither shrunk nor traced. */
export interface FirstFailure {
  readonly kind: 'first-failure'
  /** Undefined: none failed. */
  readonly seed: number | undefined
  /** The options that choose what failed. */
  readonly options: string
  readonly problem: string
}

/** A thread's answer. */
export type SimAnswer = SeedsDone | FirstFailure | { readonly kind: 'failed'; readonly message: string }

/** Runs the tasks that the main thread sends, one at a time, on what `open` makes of the data that the thread was given. */
export async function simThread<From>(open: (from: From) => Promise<SeedSource>): Promise<void> {
  const port = parentPort!
  const source = await open(workerData as From)
  port.on('message', async (task: SimTask) => {
    try {
      port.postMessage(await run(task, source))
    } catch (error) {
      port.postMessage({ kind: 'failed', message: messageOf(error) } satisfies SimAnswer)
    }
  })
}

async function run(task: SimTask, source: SeedSource): Promise<SimAnswer> {
  return task.kind === 'seeds' ? runSeeds(task, source) : firstFailure(task.seeds, source)
}

async function firstFailure(seeds: number, source: SeedSource): Promise<FirstFailure> {
  for (let seed = 1; seed <= seeds; seed++) {
    const { problems } = await source.runnerOf(seed).run(seed)
    if (problems.length > 0)
      return { kind: 'first-failure', seed, options: source.optionsOf(seed), problem: problems[0]! }
  }
  return { kind: 'first-failure', seed: undefined, options: '', problem: '' }
}

async function runSeeds({ first, count, trace }: SeedsTask, source: SeedSource): Promise<SeedsDone> {
  const faults: Record<string, number> = {}
  let events = 0
  let digest = 0
  let lines: readonly string[] = []
  for (let seed = first; seed < first + count; seed++) {
    const runner = source.runnerOf(seed)
    const outcome = await runner.run(seed, { keepTrace: trace })
    events += outcome.events
    digest = (digest + Number.parseInt(outcome.digest, 16)) >>> 0
    lines = outcome.trace
    for (const fault of outcome.fired) faults[faultKind(fault)] = (faults[faultKind(fault)] ?? 0) + 1
    if (outcome.problems.length === 0) continue
    const least = await runner.shrink(seed)
    const failure = {
      seed,
      problems: least.problems,
      faults: least.fired.map(faultText),
      records: least.records,
      trace: least.trace,
      options: source.optionsOf(seed),
    }
    return { kind: 'seeds', seeds: seed - first + 1, events, faults, digest, failure, trace: lines }
  }
  return { kind: 'seeds', seeds: count, events, faults, digest, ...(trace && { trace: lines }) }
}
