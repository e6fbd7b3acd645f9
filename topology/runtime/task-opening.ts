import type { TaskStorage } from '../../store/contract.ts'
import type { TransactionalProducer } from '../broker/port.ts'
import { type TaskId, taskName } from '../definition/definition.ts'
import type { Subtopology } from '../definition/graph.ts'
import { transactionalId } from '../definition/naming.ts'
import { MarkedReads } from './marked-reads.ts'
import { type RestoreProgress, restoreTask } from './restore.ts'
import type { TaskEnvironment } from './task-environment.ts'
import type { TaskGraph } from './task-graph.ts'
import type { TaskHistory } from './task-history.ts'
import { checkOffsetsOf, type StartingPoint, startingPoint } from './task-inputs.ts'
import { buildTaskParts, type TaskParts } from './task-parts.ts'

/** The parts of a task once it is open. */
export interface OpenedParts extends TaskParts {
  readonly producer: TransactionalProducer
  readonly storage: TaskStorage
  /** Changelog offsets that the tables include, by store. */
  readonly checkpoints: ReadonlyMap<string, number | undefined>
  readonly reads: MarkedReads
}

/** The task, as its opening calls it. */
interface OpeningOwner {
  /** Called when a step is done. Errors: when the task was taken away meanwhile. */
  moved(to: 'fenced' | 'restoring'): void
  /** Errors: when the task was taken away meanwhile. */
  assertOpen(): void
  /** Aborted when the task is told to stop: a restore ends, and so does every wait between attempts. */
  stop(): AbortSignal
  readonly history: TaskHistory
}

/**
 * The opening of one task.
 *
 * **C4** a task opens in this order: fence its producer, claim its store epoch, restore to the changelog's end, read committed
 * offsets, poll. Offsets read before the fence could be followed by a predecessor's late commit, and the records between would be
 * processed twice. After the fence nobody else writes the changelog either, so that its end does not move while it is restored.
 * The transactional id is the task's own, whichever worker runs it: only so does a new owner fence the one before.
 */
export class TaskOpening {
  readonly #subtopology: Subtopology
  readonly #id: TaskId
  readonly #env: TaskEnvironment
  readonly #owner: OpeningOwner
  readonly #producer: TransactionalProducer
  #storage: TaskStorage | undefined
  #graph: TaskGraph | undefined
  #progress: RestoreProgress | undefined

  constructor(subtopology: Subtopology, id: TaskId, env: TaskEnvironment, owner: OpeningOwner) {
    this.#subtopology = subtopology
    this.#id = id
    this.#env = env
    this.#owner = owner
    const { graph, broker, settings, onCommitPoint } = env
    this.#producer = broker.producer({
      transactionalId: transactionalId(graph.definition.name, id),
      transactionTimeoutMs: settings.transactionTimeoutMs,
      ...(onCommitPoint && { onStep: step => onCommitPoint(id, step) }),
    })
  }

  /** The progress of the restore; undefined while there is none. */
  get progress(): RestoreProgress | undefined {
    return this.#progress
  }

  /** Opens the task. Errors: those of any step; `close` is then to be called. */
  async open(): Promise<OpenedParts> {
    const { stores } = this.#subtopology
    const { history } = this.#owner
    const application = this.#env.graph.definition.name
    await this.#producer.init()
    this.#owner.moved('fenced')
    const storage = await this.#env.storage.claim({ application, task: this.#id, stores })
    this.#storage = storage
    this.#owner.moved('restoring')
    const checkpoints = await this.#restore(application, storage)
    const reads = new MarkedReads(storage)
    const start = () => this.#start(checkpoints)
    const stop = () => this.#owner.stop()
    const options = { subtopology: this.#subtopology, id: this.#id, storage: reads.storage, start, stop, history }
    const parts = await buildTaskParts(options, this.#env)
    this.#graph = parts.graph
    return { ...parts, producer: this.#producer, storage, checkpoints, reads }
  }

  /** Reads the committed offsets, and refuses tables that they do not belong to. */
  async #start(checkpoints: ReadonlyMap<string, number | undefined>): Promise<StartingPoint> {
    const { inputs, group } = this.#subtopology
    const start = await startingPoint(this.#id, group, inputs, this.#env)
    checkOffsetsOf(this.#id, group, start, checkpoints)
    this.#owner.assertOpen()
    return start
  }

  /** Closes all opened parts, whether the task is open or not. */
  async close(): Promise<void> {
    this.#graph?.close()
    await this.#producer.close().catch(() => {})
    await this.#storage?.release().catch(() => {})
  }

  async #restore(application: string, storage: TaskStorage): Promise<ReadonlyMap<string, number | undefined>> {
    const { broker, codecs, clock, deleteRetentionMs } = this.#env
    const checkpoints = await restoreTask({
      application,
      partition: this.#id.partition,
      stores: this.#subtopology.stores,
      storage,
      broker,
      codecs,
      clock,
      deleteRetentionMs,
      aborted: () => this.#owner.stop().aborted,
      onProgress: progress => {
        this.#progress = progress
        if (progress.remaining === 0 && progress.restored > 0) this.#restored(progress)
      },
    })
    this.#progress = undefined
    this.#owner.assertOpen()
    return checkpoints
  }

  #restored({ store, restored: records, bytes, elapsedMs: ms }: RestoreProgress): void {
    const { metrics, log } = this.#env
    const task = taskName(this.#id)
    metrics.restored?.(this.#id, store, records, bytes)
    log.info({ task, store, records, ms }, `${task} restored ${records} records of '${store}'`)
  }
}
