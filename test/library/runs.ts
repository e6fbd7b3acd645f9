import type { TopologyDefinition } from '../../topology/definition/definition.ts'
import { FatalError } from '../../topology/definition/errors.ts'
import type { TopologyGraph } from '../../topology/definition/graph.ts'
import type { AnyTopic } from '../../topology/definition/topic.ts'
import { type TestDriver, type TestDriverOptions, testDriver } from '../../topology/testing/driver.ts'
import type { SimulatedInput } from '../../topology/testing/simulation/input.ts'
import { simulate } from '../../topology/testing/simulation/simulate.ts'
import { EmbeddedRun } from './embedded-run.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import type { RandomCase } from './random-case.ts'
import type { RandomTopology } from './random-topology.ts'

/** A topology that is run in several ways. `outputs` are the topics whose records make the outcome. */
export interface Runnable {
  readonly definition: TopologyDefinition
  readonly graph: TopologyGraph
  readonly outputs: readonly AnyTopic[]
}

/** The error with which a policy has stopped the driver. */
async function pipe(driver: TestDriver, graph: TopologyGraph, input: SimulatedInput): Promise<FatalError | undefined> {
  const { key, value, bytes, at } = input
  const topic = graph.topics.get(input.topic)!
  try {
    if (bytes) await driver.pipeBytes(topic, bytes.key, bytes.value, { at })
    else await driver.pipe(topic, key, value, { at })
  } catch (error) {
    if (error instanceof FatalError && error.code === 'STOPPED_BY_POLICY') return error
    throw error
  }
}

/** A run in the test driver; it ends at the record that stops it. */
export async function drive(
  { definition, graph, outputs }: Runnable,
  input: readonly SimulatedInput[],
  options?: TestDriverOptions,
): Promise<Outcome> {
  const driver = await testDriver(definition, options)
  let stopped: FatalError | undefined
  for (const record of input) {
    stopped = await pipe(driver, graph, record)
    if (stopped) break
  }
  const outcome = outcomeOf(graph, outputs, {
    records: name => driver.read(graph.topics.get(name)!),
    rows: name => driver.store(name).all(),
    deadLetters: topic => driver.deadLetters(graph.topics.get(topic)!),
    skipped: driver.skipped,
    ...(stopped && { stopped: stopped.message }),
  })
  driver.close()
  return outcome
}

/** A run in a worker on memory parts, fed record by record; it ends at the record that stops it. */
export async function work({ graph, outputs }: Runnable, input: readonly SimulatedInput[]): Promise<Outcome> {
  const run = await EmbeddedRun.start({ graph, outputs, seed: 1, kills: 0 })
  for (const record of input) if (run.stopped === undefined) await run.write([record])
  return run.outcome()
}

/** A random case's run in the test driver. */
export function runInDriver(built: RandomTopology, { records }: RandomCase): Promise<Outcome> {
  return drive(built, records)
}

/** A random case's run in a worker on memory parts. */
export async function runEmbedded(built: RandomTopology, spec: RandomCase): Promise<Outcome> {
  return (await runKilled(built, spec, 0)).outcome
}

/** A random case's run in a worker that is killed and started again, at most so often; `killed` says how often it came to that. */
export async function runKilled(
  { graph, outputs }: RandomTopology,
  { records, feed, seed }: RandomCase,
  kills: number,
): Promise<{ readonly outcome: Outcome; readonly killed: number }> {
  const run = await EmbeddedRun.start({ graph, outputs, seed, kills })
  if (feed === 'free') await run.write(records)
  else for (const record of records) if (run.stopped === undefined) await run.write([record])
  return { outcome: await run.outcome(), killed: run.killed }
}

/** A random case's free run of two processes under everything that the simulation can do to them. It must have no dead letters. */
export async function runSimulated(built: RandomTopology, { records, seed }: RandomCase): Promise<Outcome> {
  let outcome: Outcome | undefined
  const report = await simulate(built.definition, {
    seeds: 1,
    firstSeed: seed,
    input: records,
    spanMs: 1_000,
    compare: 'none',
    check: ({ topics, stores }) => {
      outcome = outcomeOf(built.graph, built.outputs, {
        records: name => topics[name] ?? [],
        rows: name => stores[name] ?? [],
        deadLetters: () => [],
      })
    },
  })
  if (report.failure) throw new Error(`simulation seed ${seed}: ${report.failure.problems.join('; ')}`)
  return outcome as Outcome
}
