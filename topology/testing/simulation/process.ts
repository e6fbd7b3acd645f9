import type { StateStorage } from '../../../store/contract.ts'
import type { StoreRequest } from '../../../store/memory-faults.ts'
import type { MemoryBroker } from '../../broker/memory/memory-broker.ts'
import type { Clock, Timer } from '../../definition/clock.ts'
import { taskName } from '../../definition/definition.ts'
import { type ErrorCode, FatalError } from '../../definition/errors.ts'
import type { TopologyGraph } from '../../definition/graph.ts'
import type { SchemaRegistry } from '../../definition/serde.ts'
import type { Metrics } from '../../runtime/metrics.ts'
import type { EngineSettings } from '../../runtime/task-environment.ts'
import { Worker } from '../../runtime/worker.ts'
import { mortalStorage, never } from './mortal-storage.ts'
import type { StoreWitness } from './store-witness.ts'

/** The fate of an operation on the store. */
export type StoreFate = 'pass' | 'fail' | 'drop-request' | 'drop-reply'

/** The parts that all processes of a run share. */
export interface ProcessParts {
  readonly graph: TopologyGraph
  readonly broker: MemoryBroker
  readonly storage: StateStorage
  readonly registry: SchemaRegistry
  readonly clock: Clock
  readonly settings: Partial<EngineSettings>
  readonly metrics?: Metrics
  readonly witness: StoreWitness
  /** Called before each operation on the store; may wait. */
  gate(process: SimulatedProcess, request: StoreRequest): Promise<StoreFate>
  /** Called before each look-up in the registry; may throw. */
  registryGate(): void
}

/**
 * A worker process that can be killed and frozen. When killed, none of its requests is ever answered and none of its timers
 * fires: it stops in the middle of its work, like a process under SIGKILL. Requests that it had sent still take effect.
 */
export class SimulatedProcess {
  readonly index: number
  /** Units: ms of virtual time; requests sent before it wait until then: a process under SIGSTOP, then SIGCONT. */
  frozenUntil = 0
  /** Units: ms of virtual time; until then every request takes its time. */
  slowUntil = 0
  /** The wall clock of the process is ahead by so much, or behind. Units: ms. */
  wallAheadMs = 0
  readonly worker: Worker
  readonly name: string
  #alive = true
  readonly #client: ReturnType<MemoryBroker['connect']>

  /** `life` counts the lives of the process's place, for its name; `instanceId` is that of the place, if it has one. */
  constructor(
    { index, life, instanceId }: { index: number; life: number; instanceId: string | undefined },
    parts: ProcessParts,
    failed: (process: SimulatedProcess, error: unknown) => void,
  ) {
    this.index = index
    this.name = `p${index}.${life}`
    this.#client = parts.broker.connect(this.name)
    const { graph, settings } = parts
    // In a simulation nothing is at fault but the engine: a task that cannot go on is a finding.
    const parked: Metrics['parked'] = (id, code) => {
      const reason = this.worker.status().find(({ task }) => task === taskName(id))?.parked?.reason ?? code
      if (this.#alive) failed(this, new FatalError(code as ErrorCode, reason))
    }
    const metrics = { ...parts.metrics, parked }
    const clock = mortalClock(parts.clock, this)
    const storage = mortalStorage(parts.storage, {
      witness: parts.witness,
      gate: request => parts.gate(this, request),
      alive: () => this.#alive,
    })
    const registry = gatedRegistry(parts.registry, parts.registryGate)
    const createTopics = 'all'
    this.worker = new Worker({
      graph,
      registry,
      settings,
      metrics,
      broker: this.#client,
      storage,
      clock,
      createTopics,
      ...(instanceId && { instanceId }),
    })
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

function mortalClock(clock: Clock, process: SimulatedProcess): Clock {
  const alive = () => process.alive
  const afterwards = <T>(value: Promise<T>): Promise<T> => value.then(result => (alive() ? result : never))
  return {
    now: () => clock.now() + process.wallAheadMs,
    monotonic: () => clock.monotonic(),
    random: () => clock.random(),
    sleep: (ms, signal) => (alive() ? afterwards(clock.sleep(ms, signal)) : never),
    yield: () => (alive() ? afterwards(clock.yield()) : never),
    after: (ms, callback): Timer => (alive() ? clock.after(ms, () => alive() && callback()) : { cancel() {} }),
  }
}

function gatedRegistry(registry: SchemaRegistry, gate: () => void): SchemaRegistry {
  return {
    idOf: (subject, schema) => {
      gate()
      return registry.idOf(subject, schema)
    },
    schemaOf: id => {
      gate()
      return registry.schemaOf(id)
    },
    register: (subject, schema) => registry.register(subject, schema),
    compatible: (subject, schema) => registry.compatible(subject, schema),
    versions: subject => registry.versions(subject),
  }
}
