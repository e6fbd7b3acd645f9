import type { TopologyDefinition } from '../../definition/definition.ts'
import { messageOf, TopologyError } from '../../definition/errors.ts'
import { buildGraph, type TopologyGraph } from '../../definition/graph.ts'
import type { StreamRecord } from '../../definition/record.ts'
import type { Entry } from '../../definition/store.ts'
import { resolvedToRun } from '../../definition/topic-patterns.ts'
import { bindCodecs } from '../../runtime/codecs.ts'
import { seededRandom } from '../random.ts'
import { checkDeadLetters, checkFences, checkNothingHangs, checkTables, committedRecords } from './checks.ts'
import { agreeOn, type Comparison, type Difference, differencesFrom, type RunResult, resultOf } from './comparison.ts'
import { type PlannedFault, planFaults } from './fault-plan.ts'
import type { ArrivingInput } from './input.ts'
import type { SeedOutcome, Simulation, SimulationView } from './options.ts'
import { orderedParts } from './ordered-parts.ts'
import { runSeed, type SeedWorld } from './seed-run.ts'
import { surroundingsOf } from './surroundings.ts'

/** The runs without faults that must agree on a result before another one counts as wrong. */
const calmRuns = 12

/** The parts that may be left out of a seed. */
interface Reduced {
  readonly faults?: readonly PlannedFault[]
  readonly input?: readonly ArrivingInput[]
  readonly keepTrace?: boolean
}

/** Runs seeds of one topology, and keeps the results of a run without faults for each input. */
export class SeedRunner {
  readonly #graph: TopologyGraph
  readonly #simulation: Simulation
  readonly #calm = new Map<string, RunResult>()

  /** Errors: TopologyError, with every problem of the definition. */
  constructor(topology: TopologyDefinition, simulation: Simulation) {
    this.#graph = buildGraph(resolvedToRun(topology, simulation.topics ?? []))
    this.#simulation = simulation
  }

  /** Runs one seed, with all its planned faults and input unless `reduced`. */
  async run(seed: number, reduced: Reduced = {}): Promise<SeedOutcome> {
    const { processes = 2, settleMs = 0, settings = {} } = this.#simulation
    const input = reduced.input ?? this.#inputOf(seed)
    const faults = reduced.faults ?? this.#faultsOf(seed)
    const surroundings = surroundingsOf(seed, settings)
    const { keepTrace = false } = reduced
    const world = await runSeed({
      graph: this.#graph,
      seed,
      faults,
      processes,
      input,
      settleMs,
      keepTrace,
      ...surroundings,
    })
    const known = reduced.input === undefined ? this.#indexOf(seed) : undefined
    const problems = world.failure ? [world.failure] : await this.#problems(world, input, known)
    const { digest, lines } = world.trace
    const events = world.trace.events + world.clock.events
    return { seed, problems, events, digest, fired: [...world.fired], trace: lines }
  }

  /** Leaves out faults, then the end of the input, as long as the seed still fails: the shortest run that shows the problem. */
  async shrink(seed: number): Promise<SeedOutcome & { readonly records: number }> {
    let faults = this.#faultsOf(seed)
    let input = this.#inputOf(seed)
    let least = await this.run(seed, { faults, keepTrace: true })
    const fails = async (reduced: Reduced) => {
      const outcome = await this.run(seed, { ...reduced, keepTrace: true })
      if (outcome.problems.length === 0) return false
      least = outcome
      return true
    }
    for (let index = 0; index < faults.length; ) {
      const fewer = faults.toSpliced(index, 1)
      if (await fails({ faults: fewer })) faults = fewer
      else index++
    }
    for (let step = Math.floor(input.length / 2); step > 0; ) {
      const shorter = input.slice(0, input.length - step)
      if (shorter.length > 0 && (await fails({ faults, input: shorter }))) input = shorter
      else step = Math.floor(step / 2)
    }
    return { ...least, records: input.length }
  }

  #faultsOf(seed: number): readonly PlannedFault[] {
    const { processes = 2, spanMs = 4_000 } = this.#simulation
    return planFaults(seed, processes, spanMs)
  }

  #indexOf(seed: number): number {
    return seed % (this.#simulation.inputs ?? 16)
  }

  /** The seed's input, spread over the span in small batches, in order. */
  #inputOf(seed: number): readonly ArrivingInput[] {
    const { input, spanMs = 4_000 } = this.#simulation
    const records = typeof input === 'function' ? input(seededRandom(this.#indexOf(seed) ^ 0x2545f491)) : input
    const random = seededRandom(seed ^ 0x3c6ef372)
    const step = (2 * spanMs) / Math.max(1, records.length / 3)
    let arrivesMs = 0
    return records.map((record, index) => {
      if (index > 0 && random() < 1 / 3) arrivesMs += Math.floor(random() * step)
      return { ...record, arrivesMs }
    })
  }

  async #problems(
    world: SeedWorld,
    input: readonly ArrivingInput[],
    known: number | undefined,
  ): Promise<readonly string[]> {
    const problems = [
      ...checkNothingHangs(world),
      ...checkFences(world),
      ...(await checkTables(world)),
      ...checkDeadLetters(world, input.filter(({ poison }) => poison).length),
    ]
    const rule = this.#comparison(world)
    if (rule !== undefined) {
      const calm = await this.#calmResult(input, known)
      if (calm.failure) problems.push(`without faults: ${calm.failure}`)
      else {
        const differences = await differencesFrom(calm, world, rule)
        const real = await this.#determined(differences, calm, input, known)
        problems.push(...real.map(({ text }) => text))
      }
    }
    try {
      const said = this.#simulation.check && (await this.#simulation.check(await viewOf(world, input)))
      if (said !== undefined) problems.push(...(typeof said === 'string' ? [said] : said))
    } catch (error) {
      problems.push(messageOf(error))
    }
    return problems
  }

  /** The way in which each sub-topology's results are compared; undefined: not at all. */
  #comparison(world: SeedWorld) {
    const { compare } = this.#simulation
    if (compare === 'none') return undefined
    if (compare !== undefined) return () => ({ comparison: compare, ordered: true })
    const fed = new Set(this.#inputOf(1).map(({ topic }) => topic))
    if (fed.size !== 1) return undefined
    const parts = orderedParts(this.#graph, fed, world.partitions)
    return (name: string): { readonly comparison: Comparison; readonly ordered: boolean } =>
      parts.has(name) ? { comparison: 'in-order', ordered: true } : { comparison: 'last', ordered: false }
  }

  /** The differences that are not between results which differ among runs without faults too. */
  async #determined(
    differences: readonly Difference[],
    calm: RunResult,
    input: readonly ArrivingInput[],
    known: number | undefined,
  ): Promise<readonly Difference[]> {
    let open = differences.filter(({ ordered }) => !ordered)
    for (let variant = 2; variant <= calmRuns && open.length > 0; variant++) {
      const other = await this.#calmResult(input, known, variant)
      open = open.filter(difference => agreeOn(difference, this.#graph.definition.name, calm, other))
    }
    return [...differences.filter(({ ordered }) => ordered), ...open]
  }

  /** The result without faults; a variant from 2 on has two processes and its own order of events. */
  async #calmResult(input: readonly ArrivingInput[], known: number | undefined, variant = 1): Promise<RunResult> {
    const id = `${known} ${variant}`
    const cached = known === undefined ? undefined : this.#calm.get(id)
    if (cached) return cached
    const { settleMs = 0, settings = {} } = this.#simulation
    const result = resultOf(
      await runSeed({
        graph: this.#graph,
        seed: variant,
        faults: [],
        processes: variant === 1 ? 1 : 2,
        input,
        settings,
        settleMs,
        fenceGenerations: true,
        deleteRetentionMs: 86_400_000,
        staticMembers: false,
      }),
    )
    if (known !== undefined) this.#calm.set(id, result)
    return result
  }
}

async function viewOf(world: SeedWorld, input: readonly ArrivingInput[]): Promise<SimulationView> {
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
        // The poison of the input: it is in the dead letters.
      }
    }
  }
  const stores: Record<string, Entry<unknown, unknown>[]> = {}
  for (const store of world.graph.stores.values())
    stores[store.name] = world.storage.rows(store.name).map(({ key, value, timestamp }) => ({
      key: store.key.join(key, key),
      value: store.value.join(value, key),
      timestamp,
    }))
  return { input, topics, stores }
}
