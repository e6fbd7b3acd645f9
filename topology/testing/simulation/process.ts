import type { StateStorage, TaskStorage } from '../../../store/contract.ts'
import { noAnswer, type StoreRequest, unavailable } from '../../../store/memory-faults.ts'
import type { MemoryBroker } from '../../broker/memory/memory-broker.ts'
import type { Clock, Timer } from '../../definition/clock.ts'
import { taskName } from '../../definition/definition.ts'
import type { TopologyGraph } from '../../definition/graph.ts'
import type { SchemaRegistry } from '../../definition/serde.ts'
import type { EngineSettings } from '../../runtime/task-environment.ts'
import { Worker } from '../../runtime/worker.ts'

/** What becomes of an operation on the store. */
export type StoreFate = 'pass' | 'fail' | 'drop-request' | 'drop-reply'

type ProcessGate = (request: StoreRequest) => Promise<StoreFate>

/** What all processes of a run share. */
export interface ProcessParts {
  readonly graph: TopologyGraph
  readonly broker: MemoryBroker
  readonly storage: StateStorage
  readonly registry: SchemaRegistry
  readonly clock: Clock
  readonly settings: Partial<EngineSettings>
  /** Asked before each operation on the store; may wait. */
  gate(process: SimulatedProcess, request: StoreRequest): Promise<StoreFate>
}

/**
 * A worker process that can be killed and frozen. Killed, nothing it waits for is ever answered and none of its timers
 * fires: it stops at whatever it was doing, like a process under SIGKILL. What it had sent still takes effect.
 */
export class SimulatedProcess {
  readonly index: number
  /** Units: ms of virtual time; requests sent before it wait until then: a process under SIGSTOP, then SIGCONT. */
  frozenUntil = 0
  readonly worker: Worker
  readonly name: string
  #alive = true
  readonly #client: ReturnType<MemoryBroker['connect']>

  /** `life` counts the lives of the process's place, for its name. */
  constructor(
    index: number,
    life: number,
    parts: ProcessParts,
    failed: (process: SimulatedProcess, error: unknown) => void,
  ) {
    this.index = index
    this.name = `p${index}.${life}`
    this.#client = parts.broker.connect(this.name)
    const { graph, registry, settings } = parts
    const clock = mortalClock(parts.clock, () => this.#alive)
    const storage = mortalStorage(
      parts.storage,
      request => parts.gate(this, request),
      () => this.#alive,
    )
    this.worker = new Worker({ graph, registry, settings, broker: this.#client, storage, clock, createTopics: 'all' })
    void this.worker.failed.then(error => this.#alive && failed(this, error))
  }

  get alive(): boolean {
    return this.#alive
  }

  /** As SIGKILL. */
  kill(): void {
    this.#alive = false
    this.#client.crash()
  }

  /** As SIGTERM: commits, leaves, closes. */
  async stop(): Promise<void> {
    await this.worker.stop()
    await this.#client.close()
    this.#alive = false
  }
}

const never = new Promise<never>(() => {})

function mortalClock(clock: Clock, alive: () => boolean): Clock {
  const afterwards = <T>(value: Promise<T>): Promise<T> => value.then(result => (alive() ? result : never))
  return {
    now: () => clock.now(),
    random: () => clock.random(),
    sleep: (ms, signal) => (alive() ? afterwards(clock.sleep(ms, signal)) : never),
    yield: () => (alive() ? afterwards(clock.yield()) : never),
    after: (ms, callback): Timer => (alive() ? clock.after(ms, () => alive() && callback()) : { cancel() {} }),
  }
}

/** Runs one operation on the store under what the fault plan says. */
type Through = <T>(request: StoreRequest, work: () => Promise<T>) => Promise<T>

function mortalStorage(storage: StateStorage, gate: ProcessGate, alive: () => boolean): StateStorage {
  const through: Through = async (request, work) => {
    if (!alive()) return never
    const fate = await gate(request)
    if (!alive()) return never
    if (fate === 'fail') throw unavailable(request)
    if (fate === 'drop-request') throw noAnswer(request)
    const [result] = await Promise.allSettled([work()])
    if (!alive()) return never
    if (fate === 'drop-reply') throw noAnswer(request)
    if (result.status === 'rejected') throw result.reason
    return result.value
  }
  return {
    migrate: (application, stores) => storage.migrate(application, stores),
    claim: async claim => {
      const task = taskName(claim.task)
      return mortalTask(await through({ operation: 'Claim', task }, () => storage.claim(claim)), task, through)
    },
    close: async () => {},
  }
}

function mortalTask(storage: TaskStorage, task: string, through: Through): TaskStorage {
  const scan = { operation: 'Scan', task } as const
  return {
    epoch: storage.epoch,
    checkpoints: storage.checkpoints,
    get: (store, keys) => through({ operation: 'Get', task }, () => storage.get(store, keys)),
    scan: (store, range) => through(scan, () => storage.scan(store, range)),
    scanPrefixes: (store, prefixes) => through(scan, () => storage.scanPrefixes(store, prefixes)),
    expired: (store, until, limit) => through(scan, () => storage.expired(store, until, limit)),
    apply: delta => through({ operation: 'Apply', task }, () => storage.apply(delta)),
    markRestoring: restoring => through({ operation: 'Claim', task }, () => storage.markRestoring(restoring)),
    wipe: store => through({ operation: 'Wipe', task }, () => storage.wipe(store)),
    release: () => storage.release(),
  }
}
