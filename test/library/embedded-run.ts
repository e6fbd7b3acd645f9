import { memoryRegistry } from '../../schemas/registry/memory.ts'
import { type MemoryStorage, memoryStorage } from '../../store/memory-storage.ts'
import type { MemoryClient } from '../../topology/broker/memory/client.ts'
import type { BrokerFaults, Fault } from '../../topology/broker/memory/faults.ts'
import { MemoryBroker } from '../../topology/broker/memory/memory-broker.ts'
import { FatalError } from '../../topology/definition/errors.ts'
import type { TopologyGraph } from '../../topology/definition/graph.ts'
import { deadLetterTopic } from '../../topology/definition/naming.ts'
import type { AnyTopic } from '../../topology/definition/topic.ts'
import { bindCodecs } from '../../topology/runtime/codecs.ts'
import type { Metrics } from '../../topology/runtime/metrics.ts'
import { registerSchemas } from '../../topology/runtime/register-schemas.ts'
import { readStreamTime } from '../../topology/runtime/task-inputs.ts'
import { planTopics } from '../../topology/runtime/topic-plan.ts'
import { seededRandom } from '../../topology/testing/random.ts'
import { committedRecords } from '../../topology/testing/simulation/checks.ts'
import { feedInput, type SimulatedInput } from '../../topology/testing/simulation/input.ts'
import { SimulatedProcess } from '../../topology/testing/simulation/process.ts'
import { restlessness } from '../../topology/testing/simulation/quiet.ts'
import { StoreWitness } from '../../topology/testing/simulation/store-witness.ts'
import { VirtualClock } from '../../topology/testing/virtual-clock.ts'
import { deadLetterOf, type Outcome, outcomeOf } from './outcome.ts'

/** Virtual time in which a run must come to rest, a dead member's session included. Units: ms. */
const restLimitMs = 120_000
/** Virtual time that a run goes on after a policy has stopped one of its tasks, so that the others end what they have. Units: ms. */
const afterStopMs = 2_000
/** A process that is to be killed has done at most so many requests. */
const requestsOfALife = 150
const settings = {
  commitIntervalMs: 20,
  sessionTimeoutMs: 2_000,
  rebalanceTimeoutMs: 3_000,
  transactionTimeoutMs: 3_000,
}

/** The topology that is run, and the number of kills on the way. `outputs` are the topics whose records make the outcome. */
export interface EmbeddedOptions {
  readonly graph: TopologyGraph
  readonly outputs: readonly AnyTopic[]
  readonly seed: number
  readonly kills: number
}

interface Row {
  readonly key: unknown
  readonly value: unknown
  readonly timestamp: number
}

/** A run in a worker on memory parts and a virtual clock, which is killed and started again, at most so often. */
export class EmbeddedRun implements BrokerFaults {
  readonly #options: EmbeddedOptions
  readonly #clock: VirtualClock
  readonly #broker: MemoryBroker
  readonly #outside: MemoryClient
  readonly #storage: MemoryStorage
  readonly #registry = memoryRegistry()
  readonly #random: () => number
  readonly #partitions: ReadonlyMap<string, number>
  readonly #skipped: Record<string, number> = {}
  #process: SimulatedProcess | undefined
  #lives = 0
  #failure: unknown
  #stopped: FatalError | undefined
  #killsLeft: number
  #requestsLeft = Number.POSITIVE_INFINITY

  private constructor(options: EmbeddedOptions) {
    const { graph, seed, kills } = options
    this.#options = options
    this.#clock = new VirtualClock({ seed })
    this.#broker = new MemoryBroker({ clock: this.#clock, faults: this })
    this.#outside = this.#broker.connect('outside')
    this.#storage = memoryStorage({ clock: this.#clock })
    this.#random = seededRandom(seed)
    this.#partitions = planTopics(graph, new Map()).partitions
    this.#killsLeft = kills
  }

  /** Makes the topics, starts a worker and waits until it is at rest. */
  static async start(options: EmbeddedOptions): Promise<EmbeddedRun> {
    const run = new EmbeddedRun(options)
    const { declared, internal } = planTopics(options.graph, new Map())
    await run.#clock.resolve(run.#broker.admin.createTopics([...declared, ...internal]))
    await registerSchemas(options.graph, run.#registry)
    run.#live()
    await run.#rest()
    return run
  }

  /** The error with which a policy has stopped the worker; it processes nothing more. */
  get stopped(): FatalError | undefined {
    return this.#stopped
  }

  /** The number of times that it was killed. */
  get killed(): number {
    return this.#options.kills - this.#killsLeft
  }

  /** Counts the process's requests; when its time has come it dies before or after one of them. */
  onRequest({ client }: { readonly client: string }): Fault | undefined {
    if (client !== this.#process?.name || !this.#dies()) return undefined
    return this.#random() < 0.5 ? { kind: 'drop-request' } : undefined
  }

  /** Writes the records at once and waits until the worker is at rest. */
  async write(records: readonly SimulatedInput[]): Promise<void> {
    const { graph } = this.#options
    const input = records.map(record => ({ ...record, arrivesMs: 0 }))
    const feeding = feedInput(input, this.#outside, this.#registry, this.#partitions, this.#clock, graph)
    await this.#clock.resolve(feeding)
    await this.#rest()
  }

  /** Dead letters of a topic, in the order of partition and offset. */
  deadLetters(topic: string) {
    const letters = committedRecords({ broker: this.#broker, partitions: this.#partitions }, deadLetterTopic(topic))
    return letters.map(deadLetterOf)
  }

  async outcome(): Promise<Outcome> {
    const { graph, outputs, kills } = this.#options
    const records = new Map<string, readonly Row[]>()
    for (const { name } of outputs) records.set(name, await this.#records(name))
    const rows = new Map<string, readonly Row[]>()
    for (const { name } of graph.stores.values()) rows.set(name, await this.#rows(name))
    return outcomeOf(graph, outputs, {
      records: name => records.get(name) ?? [],
      rows: name => rows.get(name) ?? [],
      deadLetters: topic => this.deadLetters(topic),
      ...(kills === 0 && { skipped: this.#skipped }),
      ...(this.#stopped && { stopped: this.#stopped.message }),
    })
  }

  async #records(topic: string): Promise<readonly Row[]> {
    const { key, value } = (await bindCodecs(this.#options.graph, this.#registry)).topics.get(topic)!
    const committed = committedRecords({ broker: this.#broker, partitions: this.#partitions }, topic)
    const decoded = committed.map(async raw => {
      return { key: await key.decode(raw.key), value: await value.decode(raw.value), timestamp: raw.timestamp }
    })
    return Promise.all(decoded)
  }

  /** Rows past their time to live are deleted some time later: no processor sees them any more. */
  async #rows(name: string): Promise<readonly Row[]> {
    const store = this.#options.graph.stores.get(name)!
    const { key, value, retentionMs, retainedBy } = store
    const rows: Row[] = []
    for (const cut of this.#storage.cuts(name)) {
      const streamTime = await this.#streamTime(name, cut.partition)
      const gone = retentionMs === undefined || retainedBy !== undefined ? -1 : streamTime - retentionMs
      for (const row of cut.rows) {
        if (gone >= 0 && row.timestamp <= gone) continue
        const at = key.join(row.key, row.key)
        rows.push({ key: at, value: value.join(row.value, row.key), timestamp: row.timestamp })
      }
    }
    return rows
  }

  /** As the task that keeps the store has committed it. */
  async #streamTime(store: string, partition: number): Promise<number> {
    const owner = this.#options.graph.subtopologies.find(({ stores }) => stores.some(({ name }) => name === store))
    if (owner === undefined) return -1
    const at = owner.inputs.map(topic => ({ topic, partition }))
    const offsets = await this.#clock.resolve(this.#broker.admin.committedOffsets(owner.group, at))
    return Math.max(-1, ...offsets.map(offset => (offset ? readStreamTime(offset.metadata) : -1)))
  }

  async #rest(): Promise<void> {
    const limit = this.#clock.now() + restLimitMs
    for (;;) {
      await this.#clock.advance(25)
      if (this.#stopped !== undefined) return this.#clock.advance(afterStopMs)
      const process = this.#process
      const why = await this.#clock.resolve(restlessness(this.#options.graph, this.#broker, [process]))
      if (this.#failure !== undefined) throw this.#failure
      if (why === undefined) return
      if (this.#clock.now() > limit) throw new Error(`not at rest: ${why}`)
    }
  }

  /** True when the process has died of this request. */
  #dies(): boolean {
    if (--this.#requestsLeft > 0) return false
    this.#requestsLeft = Number.POSITIVE_INFINITY
    this.#killsLeft--
    this.#process?.kill()
    this.#process = undefined
    this.#clock.after(10, () => this.#live())
    return true
  }

  #live(): void {
    const metrics: Metrics = {
      skipped: (_, __, reason) => {
        this.#skipped[reason] = (this.#skipped[reason] ?? 0) + 1
      },
    }
    this.#process = new SimulatedProcess(
      { index: 0, life: ++this.#lives, instanceId: undefined },
      {
        graph: this.#options.graph,
        settings,
        metrics,
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
      (_, error) => this.#failed(error),
    )
    if (this.#killsLeft > 0) this.#requestsLeft = 1 + Math.floor(this.#random() * requestsOfALife)
    void this.#process.worker.start()
  }

  #failed(error: unknown): void {
    if (error instanceof FatalError && error.code === 'STOPPED_BY_POLICY') this.#stopped ??= error
    else this.#failure ??= error
  }
}
