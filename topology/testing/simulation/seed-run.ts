import { memoryRegistry } from '../../../schemas/registry/memory.ts'
import { type MemoryBackup, type MemoryStorage, memoryStorage } from '../../../store/memory-storage.ts'
import { MemoryBroker } from '../../broker/memory/memory-broker.ts'
import { errorCodeOf, messageOf } from '../../definition/errors.ts'
import type { TopologyGraph } from '../../definition/graph.ts'
import type { SchemaRegistry } from '../../definition/serde.ts'
import { registerSchemas } from '../../runtime/register-schemas.ts'
import { defaultSettings, type EngineSettings } from '../../runtime/task-environment.ts'
import { anyTimestamp, planTopics } from '../../runtime/topic-plan.ts'
import { VirtualClock } from '../virtual-clock.ts'
import { ChangelogHistory } from './changelog-history.ts'
import { FaultInjector, type ProcessKeeper } from './fault-injector.ts'
import type { PlannedFault, TimedFault } from './fault-plan.ts'
import { type ArrivingInput, feedInput } from './input.ts'
import { type ProcessParts, SimulatedProcess } from './process.ts'
import { restlessness } from './quiet.ts'
import { StoreWitness } from './store-witness.ts'
import { Trace } from './trace.ts'

/** The parts of one run. The same data give the same run, bit for bit. */
interface SeedRunOptions {
  readonly graph: TopologyGraph
  readonly seed: number
  readonly faults: readonly PlannedFault[]
  readonly processes: number
  /** In the order of its arrival. */
  readonly input: readonly ArrivingInput[]
  readonly settings: Partial<EngineSettings>
  /** Whether the broker refuses offsets of an older generation (KIP-447). */
  readonly fenceGenerations: boolean
  /** `delete.retention.ms` of the changelogs. */
  readonly deleteRetentionMs: number
  /** Whether processes keep their instance ids when they start again (KIP-345). */
  readonly staticMembers: boolean
  /** Once all is quiet, let this much time pass and wait for quiet again: for punctuators. Units: ms of virtual time. */
  readonly settleMs: number
  readonly keepTrace?: boolean
  /** Called at each event of the trace, with the parts as they are then: for observers of their own. */
  watch?(parts: Pick<SeedWorld, 'broker' | 'storage'>): void
}

/** The state after a run, for checkers. */
export interface SeedWorld {
  readonly graph: TopologyGraph
  readonly broker: MemoryBroker
  readonly storage: MemoryStorage
  readonly registry: SchemaRegistry
  readonly clock: VirtualClock
  readonly partitions: ReadonlyMap<string, number>
  readonly trace: Trace
  readonly history: ChangelogHistory
  readonly witness: StoreWitness
  readonly fired: ReadonlySet<PlannedFault>
  /** The reason why the run could not come to its end: a worker failed for good, or it never became quiet. */
  readonly failure: string | undefined
}

/** After the last fault a run must become quiet within this time. Units: ms of virtual time. */
const healLimitMs = 180_000
const sliceMs = 250
/** The interval at which the tables are checked while faults happen. Units: ms of virtual time. */
const lookEveryMs = 1_100
/** A run that takes more requests than this runs in circles. */
const eventLimit = 200_000
/** No stretch of a run has more timers than this, unless something runs in circles. */
const stretch = { maxEvents: 100_000 }
/** The number of compactions, and the time between them: a tombstone is removed in the second at the earliest. Units: ms. */
const compactions = { count: 3, everyMs: 1_700 }

/**
 * Runs a topology under one seed: worker processes on a memory broker and store under a virtual clock, input that arrives
 * meanwhile, and the planned faults. When the input is in, faults end, dead processes start again, and the run goes on until
 * everything is processed and applied.
 */
export async function runSeed(options: SeedRunOptions): Promise<SeedWorld> {
  const run = new SeedRun(options)
  try {
    await run.start()
    await run.feedUnderFaults()
    await run.heal()
  } catch (error) {
    run.fail(messageOf(error))
  }
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
  readonly #history: ChangelogHistory
  readonly #witness = new StoreWitness()
  readonly #began: number
  readonly #backups = new Map<TimedFault, MemoryBackup>()
  #storeReplaced = false
  readonly #places: (SimulatedProcess | undefined)[] = []
  readonly #lives: number[] = []
  #failure: string | undefined

  constructor(options: SeedRunOptions) {
    const { graph, seed, faults, settings, fenceGenerations } = options
    this.#options = options
    this.#clock = new VirtualClock({ seed })
    const watch = () => options.watch?.({ broker: this.#broker, storage: this.#storage })
    this.#trace = new Trace(this.#clock, options.keepTrace ?? false, watch)
    this.#injector = new FaultInjector(faults, this.#clock, this.#trace, this)
    this.#broker = new MemoryBroker({ clock: this.#clock, faults: this.#injector, fenceGenerations })
    this.#storage = memoryStorage({ clock: this.#clock })
    this.#partitions = planTopics(graph, new Map()).partitions
    this.#history = new ChangelogHistory(graph, this.#broker, this.#storage, this.#partitions)
    this.#began = this.#clock.now()
    this.#parts = {
      graph,
      settings,
      broker: this.#broker,
      storage: this.#storage,
      registry: this.#registry,
      clock: this.#clock,
      witness: this.#witness,
      registryGate: () => this.#injector.onRegistry(),
      gate: (process, request) => this.#injector.onStore(process, request),
    }
  }

  byName(name: string): SimulatedProcess | undefined {
    return this.#places.find(process => process?.name === name)
  }

  crash(process: SimulatedProcess, downMs: number): void {
    if (!process.alive) return
    this.#trace.note(process.name, 'killed')
    this.#look()
    process.kill()
    this.#vacate(process)
    this.#clock.after(downMs, () => this.#occupy(process.index))
  }

  async start(): Promise<void> {
    const { graph, processes, input, deleteRetentionMs } = this.#options
    const plan = planTopics(graph, new Map())
    const retention = { 'delete.retention.ms': String(deleteRetentionMs) }
    const internal = plan.internal.map(spec => ({ ...spec, config: { ...spec.config, ...retention } }))
    // The input's event times are the scenario's to choose.
    const declared = plan.declared.map(spec => ({ ...spec, config: { ...anyTimestamp, ...spec.config } }))
    await this.#clock.resolve(this.#broker.admin.createTopics([...declared, ...internal]))
    await this.#clock.resolve(registerSchemas(graph, this.#registry))
    for (let index = 0; index < processes; index++) this.#occupy(index)
    const outside = this.#broker.connect('outside')
    feedInput(input, outside, this.#registry, this.#partitions, this.#clock, graph).catch(error =>
      this.fail(messageOf(error)),
    )
  }

  /** Lets the input arrive while faults happen. */
  async feedUnderFaults(): Promise<void> {
    const { input, faults } = this.#options
    for (const fault of faults) {
      if ('atMs' in fault) this.#clock.after(fault.atMs, () => this.#happen(fault))
      if (fault.kind === 'store-restored')
        this.#clock.after(fault.fromMs, () => this.#backups.set(fault, this.#storage.backup()))
    }
    const spanMs = (input.at(-1)?.arrivesMs ?? 0) + 2_000
    for (let passed = 0; passed < spanMs; passed += lookEveryMs) {
      await this.#clock.advance(Math.min(lookEveryMs, spanMs - passed), stretch)
      if (faults.length > 0) this.#look()
    }
  }

  /** Ends the faults, starts the processes that are down, and waits until all is processed and applied. */
  async heal(): Promise<void> {
    this.#injector.heal()
    await this.#rest()
    const { settleMs, settings } = this.#options
    // an idle task notices a replaced store at its next check, and a frozen one when it has thawed
    const frozenMs = Math.max(0, ...this.#places.map(place => (place?.frozenUntil ?? 0) - this.#clock.now()))
    const noticeMs = this.#storeReplaced ? frozenMs + 3 * (settings.storeCheckMs ?? defaultSettings.storeCheckMs) : 0
    if (settleMs + noticeMs === 0) return
    await this.#clock.advance(Math.max(settleMs, noticeMs), stretch)
    await this.#rest()
  }

  /** Waits until everything is processed, committed and applied. */
  async #rest(): Promise<void> {
    const limit = this.#clock.now() + healLimitMs
    while (this.#failure === undefined) {
      await this.#clock.advance(sliceMs, stretch)
      for (const [index, place] of this.#places.entries())
        if (place === undefined && index < this.#options.processes) this.#occupy(index)
      const why = await this.#clock.resolve(restlessness(this.#options.graph, this.#broker, this.#places))
      if (why === undefined) return
      if (this.#clock.now() > limit || this.#trace.events > eventLimit)
        this.#failure = `not quiet ${healLimitMs / 1_000} s after the last fault: ${why}`
    }
  }

  fail(why: string): void {
    this.#failure ??= why
  }

  world(): SeedWorld {
    this.#look()
    return {
      graph: this.#options.graph,
      broker: this.#broker,
      storage: this.#storage,
      registry: this.#registry,
      clock: this.#clock,
      partitions: this.#partitions,
      trace: this.#trace,
      history: this.#history,
      witness: this.#witness,
      fired: this.#injector.fired,
      failure: this.#failure,
    }
  }

  #vacate(process: SimulatedProcess): void {
    if (this.#places[process.index] === process) this.#places[process.index] = undefined
  }

  /** Starts a process in a place; one that cannot start dies and is started again, as under a supervisor. */
  #occupy(index: number): void {
    if (this.#places[index] !== undefined) return
    const life = (this.#lives[index] ?? 0) + 1
    this.#lives[index] = life
    const instanceId = this.#options.staticMembers ? `p${index}` : undefined
    const failed = (process: SimulatedProcess, error: unknown) => this.#died(process, error)
    const process = new SimulatedProcess({ index, life, instanceId }, this.#parts, failed)
    this.#places[index] = process
    this.#trace.note(process.name, 'started')
    process.worker.start().catch(error => this.#died(process, error))
  }

  #died(process: SimulatedProcess, error: unknown): void {
    if (!process.alive) return
    this.#trace.note(process.name, 'failed', messageOf(error))
    // Its place has been taken on purpose.
    const isReplaced = errorCodeOf(error) === 'INSTANCE_FENCED' && this.#places[process.index] !== process
    if (isReplaced) {
      process.kill()
      return
    }
    if (!isTransient(error)) this.#failure ??= `process ${process.name} failed for good: ${messageOf(error)}`
    this.crash(process, 1_000)
  }

  #look(): void {
    this.#history.look(this.#clock.now() - this.#began)
  }

  #happen(fault: TimedFault): void {
    this.#injector.fired.add(fault)
    this.#trace.note('plan', fault.kind)
    switch (fault.kind) {
      case 'away':
        this.#injector.away(fault.part, fault.ms)
        break
      case 'late-markers':
        this.#injector.lateMarkers(fault.ms, fault.byMs)
        break
      case 'slow': {
        const process = this.#places[fault.process]
        if (process) process.slowUntil = this.#clock.now() + fault.ms
        break
      }
      case 'clock-jump': {
        const process = this.#places[fault.process]
        if (process) process.wallAheadMs += fault.byMs
        break
      }
      case 'replace':
        this.#replaceProcess(fault.process, fault.ms)
        break
      case 'store-lost':
        this.#replaceStore(undefined)
        break
      case 'store-restored':
        this.#replaceStore(this.#backups.get(fault))
        break
      case 'compact':
        for (let run = 0; run < compactions.count; run++)
          this.#clock.after(run * compactions.everyMs, () => this.#compact())
        break
      case 'join':
        this.#addOne(fault.ms)
        break
      case 'restart':
        this.#leave(fault.process, fault.downMs)
    }
  }

  /** Starts another process in the place of one that stands still and goes on later: both have one instance id. */
  #replaceProcess(index: number, frozenMs: number): void {
    const process = this.#places[index]
    if (process === undefined || !this.#options.staticMembers) return
    process.frozenUntil = this.#clock.now() + frozenMs
    this.#vacate(process)
    this.#occupy(index)
  }

  #addOne(ms: number): void {
    const index = this.#options.processes
    if (this.#places[index] !== undefined) return
    this.#occupy(index)
    this.#clock.after(ms, () => this.#leave(index, undefined))
  }

  /** Stops a process gracefully; another takes its place after `downMs`, unless that is undefined. */
  #leave(index: number, downMs: number | undefined): void {
    const process = this.#places[index]
    if (process === undefined) return
    void process.stop().then(() => {
      if (this.#places[index] !== process) return
      this.#vacate(process)
      if (downMs !== undefined) this.#clock.after(downMs, () => this.#occupy(index))
    })
  }

  #compact(): void {
    this.#history.keep()
    for (const { name } of this.#history.stores) this.#broker.compact(this.#history.changelogOf(name))
  }

  #replaceStore(backup: MemoryBackup | undefined): void {
    this.#storage.replace(backup)
    this.#witness.forget()
    this.#storeReplaced = true
  }
}

function isTransient(error: unknown): boolean {
  return error instanceof Error && error.name === 'RetriableError'
}
