import { memoryRegistry } from '../../schemas/registry/memory.ts'
import { type MemoryStorage, memoryStorage } from '../../store/memory-storage.ts'
import type { MemoryClient } from '../../topology/broker/memory/client.ts'
import type { BrokerFaults, Fault } from '../../topology/broker/memory/faults.ts'
import { MemoryBroker } from '../../topology/broker/memory/memory-broker.ts'
import { bindCodecs } from '../../topology/runtime/codecs.ts'
import { planTopics } from '../../topology/runtime/topic-plan.ts'
import { testDriver } from '../../topology/testing/driver.ts'
import { seededRandom } from '../../topology/testing/random.ts'
import { committedRecords } from '../../topology/testing/simulation/checks.ts'
import { feedInput } from '../../topology/testing/simulation/input.ts'
import { SimulatedProcess } from '../../topology/testing/simulation/process.ts'
import { restlessness } from '../../topology/testing/simulation/quiet.ts'
import { simulate } from '../../topology/testing/simulation/simulate.ts'
import { StoreWitness } from '../../topology/testing/simulation/store-witness.ts'
import { VirtualClock } from '../../topology/testing/virtual-clock.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import type { RandomCase, RandomRecord } from './random-case.ts'
import type { RandomTopology } from './random-topology.ts'

/** Virtual time in which a run must come to rest, a dead member's session included. Units: ms. */
const restLimitMs = 120_000
/** A process that is to be killed has done at most so many requests. */
const requestsOfALife = 150
const settings = {
  commitIntervalMs: 20,
  sessionTimeoutMs: 2_000,
  rebalanceTimeoutMs: 3_000,
  transactionTimeoutMs: 3_000,
}

/** A run in the test driver. */
export async function runInDriver(built: RandomTopology, { records }: RandomCase): Promise<Outcome> {
  const driver = await testDriver(built.definition)
  for (const { topic, key, value, at } of records) await driver.pipe(built.inputs[topic], key, value, { at })
  const [failed] = driver.deadLetters()
  if (failed) throw new Error(`a record failed in the driver: ${JSON.stringify(failed.headers)}`)
  const written = new Map(built.outputs.map(output => [output.name, driver.read(output)]))
  return outcomeOf(
    built,
    name => written.get(name) ?? [],
    name => driver.store(name).all(),
  )
}

/** A run in a worker on memory parts. */
export async function runEmbedded(built: RandomTopology, spec: RandomCase): Promise<Outcome> {
  return (await runKilled(built, spec, 0)).outcome
}

/** A run in a worker that is killed and started again, at most so often; `killed` says how often it came to that. */
export async function runKilled(
  built: RandomTopology,
  spec: RandomCase,
  kills: number,
): Promise<{ readonly outcome: Outcome; readonly killed: number }> {
  const run = new EmbeddedRun(built, spec, kills)
  await run.start()
  await run.feed()
  return { outcome: await run.outcome(), killed: kills - run.killsLeft }
}

/** A free run of two processes under everything that the simulation can do to them. */
export async function runSimulated(built: RandomTopology, { records, seed }: RandomCase): Promise<Outcome> {
  let outcome: Outcome | undefined
  const report = await simulate(built.definition, {
    seeds: 1,
    firstSeed: seed,
    input: records,
    spanMs: 1_000,
    compare: 'none',
    check: ({ topics, stores }) => {
      outcome = outcomeOf(
        built,
        name => topics[name] ?? [],
        name => stores[name] ?? [],
      )
    },
  })
  if (report.failure) throw new Error(`simulation seed ${seed}: ${report.failure.problems.join('; ')}`)
  return outcome as Outcome
}

class EmbeddedRun implements BrokerFaults {
  readonly #built: RandomTopology
  readonly #spec: RandomCase
  readonly #clock: VirtualClock
  readonly #broker: MemoryBroker
  readonly #outside: MemoryClient
  readonly #storage: MemoryStorage
  readonly #registry = memoryRegistry()
  readonly #random: () => number
  readonly #partitions: ReadonlyMap<string, number>
  #process: SimulatedProcess | undefined
  #lives = 0
  #failure: unknown
  killsLeft: number
  #requestsLeft = Number.POSITIVE_INFINITY

  constructor(built: RandomTopology, spec: RandomCase, kills: number) {
    this.#built = built
    this.#spec = spec
    this.#clock = new VirtualClock({ seed: spec.seed })
    this.#broker = new MemoryBroker({ clock: this.#clock, faults: this })
    this.#outside = this.#broker.connect('outside')
    this.#storage = memoryStorage({ clock: this.#clock })
    this.#random = seededRandom(spec.seed)
    this.#partitions = planTopics(built.graph, new Map()).partitions
    this.killsLeft = kills
  }

  /** Counts the process's requests; when its time has come it dies before or after one of them. */
  onRequest({ client }: { readonly client: string }): Fault | undefined {
    if (client !== this.#process?.name || !this.#dies()) return undefined
    return this.#random() < 0.5 ? { kind: 'drop-request' } : undefined
  }

  async start(): Promise<void> {
    const { declared, internal } = planTopics(this.#built.graph, new Map())
    await this.#clock.resolve(this.#broker.admin.createTopics([...declared, ...internal]))
    this.#live()
  }

  async feed(): Promise<void> {
    const { records, feed } = this.#spec
    await this.#rest()
    if (feed === 'free') await this.#write(records)
    else for (const record of records) await this.#write([record])
  }

  async outcome(): Promise<Outcome> {
    const { graph } = this.#built
    const codecs = await bindCodecs(graph, this.#registry)
    const records = new Map<string, { key: unknown; value: unknown; timestamp: number }[]>()
    for (const { name } of this.#built.outputs) {
      const { key, value } = codecs.topics.get(name)!
      const decoded = committedRecords({ broker: this.#broker, partitions: this.#partitions }, name).map(async raw => ({
        key: await key.decode(raw.key),
        value: await value.decode(raw.value),
        timestamp: raw.timestamp,
      }))
      records.set(name, await Promise.all(decoded))
    }
    return outcomeOf(
      this.#built,
      name => records.get(name) ?? [],
      name => {
        const { key, value } = graph.stores.get(name)!
        return this.#storage.rows(name).map(row => {
          const at = key.join(row.key, row.key)
          return { key: at, value: value.join(row.value, row.key), timestamp: row.timestamp }
        })
      },
    )
  }

  async #write(records: readonly RandomRecord[]): Promise<void> {
    const input = records.map(record => ({ ...record, arrivesMs: 0 }))
    const feeding = feedInput(input, this.#outside, this.#registry, this.#partitions, this.#clock, this.#built.graph)
    await this.#clock.resolve(feeding)
    await this.#rest()
  }

  async #rest(): Promise<void> {
    const limit = this.#clock.now() + restLimitMs
    for (;;) {
      await this.#clock.advance(25)
      const process = this.#process
      const why = await this.#clock.resolve(restlessness(this.#built.graph, this.#broker, [process]))
      if (this.#failure !== undefined) throw this.#failure
      if (why === undefined) return
      if (this.#clock.now() > limit) throw new Error(`not at rest: ${why}`)
    }
  }

  /** True when the process has died of this request. */
  #dies(): boolean {
    if (--this.#requestsLeft > 0) return false
    this.#requestsLeft = Number.POSITIVE_INFINITY
    this.killsLeft--
    this.#process?.kill()
    this.#process = undefined
    this.#clock.after(10, () => this.#live())
    return true
  }

  #live(): void {
    this.#process = new SimulatedProcess(
      0,
      ++this.#lives,
      {
        graph: this.#built.graph,
        settings,
        broker: this.#broker,
        storage: this.#storage,
        registry: this.#registry,
        clock: this.#clock,
        witness: new StoreWitness(),
        registryGate: () => {},
        gate: async () => {
          this.#dies()
          return 'pass'
        },
      },
      (_, error) => {
        this.#failure ??= error
      },
    )
    if (this.killsLeft > 0) this.#requestsLeft = 1 + Math.floor(this.#random() * requestsOfALife)
    void this.#process.worker.start()
  }
}
