import { memoryRegistry } from '../../../schemas/registry/memory.ts'
import { type MemoryStorage, memoryStorage } from '../../../store/memory-storage.ts'
import { MemoryBroker } from '../../broker/memory/memory-broker.ts'
import { messageOf } from '../../definition/errors.ts'
import type { TopologyGraph } from '../../definition/graph.ts'
import { changelogTopic } from '../../definition/naming.ts'
import type { SchemaRegistry } from '../../definition/serde.ts'
import { registerSchemas } from '../../runtime/register-schemas.ts'
import type { EngineSettings } from '../../runtime/task-environment.ts'
import { planTopics } from '../../runtime/topic-plan.ts'
import { VirtualClock } from '../virtual-clock.ts'
import { FaultInjector, type ProcessKeeper } from './fault-injector.ts'
import type { PlannedFault } from './fault-plan.ts'
import { type EncodedInput, feedInput } from './input.ts'
import { type ProcessParts, SimulatedProcess } from './process.ts'
import { isQuiet } from './quiet.ts'
import { Trace } from './trace.ts'

/** Everything that one run is made of. The same data give the same run, bit for bit. */
export interface SeedRunOptions {
  readonly graph: TopologyGraph
  readonly seed: number
  readonly faults: readonly PlannedFault[]
  readonly processes: number
  /** In the order of its arrival. */
  readonly input: readonly EncodedInput[]
  readonly settings: Partial<EngineSettings>
  readonly keepTrace?: boolean
}

/** What a run left behind, for checkers. */
export interface SeedWorld {
  readonly graph: TopologyGraph
  readonly broker: MemoryBroker
  readonly storage: MemoryStorage
  readonly registry: SchemaRegistry
  readonly clock: VirtualClock
  readonly partitions: ReadonlyMap<string, number>
  readonly trace: Trace
  readonly fired: ReadonlySet<PlannedFault>
  /** Why the run could not come to its end: a worker failed for good, or it never became quiet. */
  readonly failure: string | undefined
}

/** After the last fault a run must become quiet within this. Units: ms of virtual time. */
const healLimitMs = 180_000
const sliceMs = 250

/**
 * Runs a topology under one seed: worker processes on a memory broker and store under a virtual clock, input that arrives
 * meanwhile, and the planned faults. When the input is in, faults end, what is dead starts again, and the run goes on until
 * everything is processed and applied.
 */
export async function runSeed(options: SeedRunOptions): Promise<SeedWorld> {
  const run = new SeedRun(options)
  await run.start()
  await run.feedUnderFaults()
  await run.heal()
  return run.world()
}

class SeedRun implements ProcessKeeper {
  readonly #options: SeedRunOptions
  readonly #clock: VirtualClock
  readonly #trace: Trace
  readonly #injector: FaultInjector
  readonly #broker: MemoryBroker
  readonly #storage: MemoryStorage
  readonly #registry = memoryRegistry()
  readonly #partitions: ReadonlyMap<string, number>
  readonly #parts: ProcessParts
  readonly #places: (SimulatedProcess | undefined)[] = []
  readonly #lives: number[] = []
  #failure: string | undefined

  constructor(options: SeedRunOptions) {
    const { graph, seed, faults, settings } = options
    this.#options = options
    this.#clock = new VirtualClock({ seed })
    this.#trace = new Trace(this.#clock, options.keepTrace ?? false)
    this.#injector = new FaultInjector(faults, this.#clock, this.#trace, this)
    this.#broker = new MemoryBroker({ clock: this.#clock, faults: this.#injector })
    this.#storage = memoryStorage({ clock: this.#clock })
    this.#partitions = planTopics(graph, new Map()).partitions
    this.#parts = {
      graph,
      settings,
      broker: this.#broker,
      storage: this.#storage,
      registry: this.#registry,
      clock: this.#clock,
      gate: (process, request) => this.#injector.onStore(process, request),
    }
  }

  at(index: number): SimulatedProcess | undefined {
    return this.#places[index]
  }

  byName(name: string): SimulatedProcess | undefined {
    return this.#places.find(process => process?.name === name)
  }

  crash(process: SimulatedProcess, downMs: number): void {
    if (!process.alive) return
    this.#trace.note(process.name, 'killed')
    process.kill()
    this.#vacate(process)
    this.#clock.after(downMs, () => this.#occupy(process.index))
  }

  async start(): Promise<void> {
    const { graph, processes, input } = this.#options
    const plan = planTopics(graph, new Map())
    await this.#clock.resolve(this.#broker.admin.createTopics([...plan.declared, ...plan.internal]))
    await this.#clock.resolve(registerSchemas(graph, this.#registry))
    for (let index = 0; index < processes; index++) this.#occupy(index)
    void feedInput(input, this.#broker.connect('outside'), this.#registry, this.#partitions, this.#clock, graph)
  }

  /** Lets the input arrive while faults happen. */
  async feedUnderFaults(): Promise<void> {
    const { input, faults } = this.#options
    for (const fault of faults) if ('atMs' in fault) this.#clock.after(fault.atMs, () => this.#happen(fault))
    await this.#clock.advance((input.at(-1)?.arrivesMs ?? 0) + 2_000)
  }

  /** Ends the faults, starts what is down, and waits until all is processed and applied. */
  async heal(): Promise<void> {
    this.#injector.heal()
    const limit = this.#clock.now() + healLimitMs
    while (this.#failure === undefined) {
      await this.#clock.advance(sliceMs)
      for (const [index, place] of this.#places.entries()) if (place === undefined) this.#occupy(index)
      if (await this.#clock.resolve(isQuiet(this.#options.graph, this.#broker, this.#places))) return
      if (this.#clock.now() > limit) this.#failure = this.#restless()
    }
  }

  world(): SeedWorld {
    return {
      graph: this.#options.graph,
      broker: this.#broker,
      storage: this.#storage,
      registry: this.#registry,
      clock: this.#clock,
      partitions: this.#partitions,
      trace: this.#trace,
      fired: this.#injector.fired,
      failure: this.#failure,
    }
  }

  #restless(): string {
    const tasks = this.#places.flatMap(process => process?.worker.status() ?? [])
    const busy = tasks.filter(task => task.lag !== 0 || task.state !== 'running' || task.unapplied > 0)
    const said = busy.map(task => `${task.task} ${task.state} lag ${task.lag} unapplied ${task.unapplied}`).join('; ')
    return `not quiet ${healLimitMs / 1_000} s after the last fault: ${said || 'tasks without an owner'}`
  }

  #vacate(process: SimulatedProcess): void {
    if (this.#places[process.index] === process) this.#places[process.index] = undefined
  }

  /** Starts a process in a place; one that cannot start dies and is started again, as under a supervisor. */
  #occupy(index: number): void {
    if (this.#places[index] !== undefined) return
    const life = (this.#lives[index] ?? 0) + 1
    this.#lives[index] = life
    const process = new SimulatedProcess(index, life, this.#parts, (failed, error) => this.#died(failed, error))
    this.#places[index] = process
    this.#trace.note(process.name, 'started')
    process.worker.start().catch(error => this.#died(process, error))
  }

  #died(process: SimulatedProcess, error: unknown): void {
    if (!process.alive) return
    this.#trace.note(process.name, 'failed', messageOf(error))
    if (!isTransient(error)) this.#failure ??= `process ${process.name} failed for good: ${messageOf(error)}`
    this.crash(process, 1_000)
  }

  #happen(fault: Extract<PlannedFault, { readonly atMs: number }>): void {
    this.#injector.fired.add(fault)
    this.#trace.note('plan', fault.kind)
    if (fault.kind === 'coordinator-away') this.#injector.coordinatorAway(fault.ms)
    if (fault.kind === 'store-away') this.#injector.storeAway(fault.ms)
    if (fault.kind === 'compact')
      for (const store of this.#options.graph.stores.keys())
        this.#broker.compact(changelogTopic(this.#options.graph.definition.name, store))
    if (fault.kind !== 'restart') return
    const process = this.#places[fault.process]
    if (process === undefined) return
    void process.stop().then(() => {
      if (this.#places[process.index] !== process) return
      this.#vacate(process)
      this.#clock.after(fault.downMs, () => this.#occupy(process.index))
    })
  }
}

function isTransient(error: unknown): boolean {
  return error instanceof Error && error.name === 'RetriableError'
}
