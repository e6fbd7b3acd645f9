import type { StoreDelta, TaskDelta, TaskStorage } from '../../store/contract.ts'
import {
  type Appended,
  type CommitStep,
  type Generation,
  type GroupOffset,
  type OutgoingRecord,
  partitionKey,
  type Transaction,
  type TransactionalProducer,
} from '../broker/port.ts'
import type { Clock } from '../definition/clock.ts'
import { TaskMigratedError } from '../definition/errors.ts'
import type { Awaitable } from '../definition/record.ts'
import { checkpointAhead } from './checkpoint-ahead.ts'
import type { CommitTracing } from './tracing.ts'

/** The changes of one store in a commit. */
export interface StoreChange {
  readonly store: string
  /** The changelog topic, and its records: one per key. */
  readonly changelog: string
  readonly records: readonly OutgoingRecord[]
  readonly delta: StoreDelta
  /** Called when the rows have reached the table: the buffer may forget them. */
  applied(): void
}

/** Everything that one commit covers. Units: `bytes` of outputs, held until applied; state is counted by its buffers. */
export interface CommitContent {
  readonly records: readonly OutgoingRecord[]
  readonly changes: readonly StoreChange[]
  readonly group: string
  readonly generation: Generation
  readonly offsets: readonly GroupOffset[]
  readonly bytes: number
  /** As in the transaction. */
  readonly replaceRefused: NonNullable<Transaction['replaceRefused']>
  readonly tracing?: CommitTracing | undefined
}

/** Times of a finished commit, for metrics. Units: ms. */
export interface CommitTimes {
  readonly kafkaMs: number
  readonly applyMs: number
}

/**
 * The points of one commit at which a process may die, in this order: those of the Kafka transaction, then `committed` (and not
 * applied), `applying` (the statement is on its way, unanswered), `applied`.
 */
export type CommitPoint = CommitStep | 'committed' | 'applying' | 'applied'

/**
 * The commit of a task, steps numbered as in DESIGN.md:
 *
 * 1. records have been processed into buffers (the task);
 * 2. one Kafka transaction holds outputs, changelog records, dead letters and consumed offsets;
 * 3. it is committed;
 * 4. rows and checkpoint move in one Postgres transaction, guarded by epoch and previous offset;
 * 5. steps 3 and 4 overlap with processing for the next commit; committed but unapplied work counts against the cap.
 *
 * **C1** outputs, changelog and offsets commit in one Kafka transaction: `begin` sends nothing outside it.
 * **C2** rows and checkpoint commit in one Postgres transaction, only after C1 is acknowledged: `#apply` runs after
 * `producer.commit` has resolved, and in the order of the commits. The checkpoint moves with every commit's rows.
 *
 * After any error the pipeline cannot be used again: the task is dropped and opened again (C4), which learns the verdict.
 */
export class CommitPipeline {
  readonly #producer: TransactionalProducer
  readonly #storage: TaskStorage
  readonly #clock: Clock
  readonly #onApplied: (times: CommitTimes, content: CommitContent) => void
  readonly #onPoint: ((point: CommitPoint) => Awaitable<void>) | undefined
  readonly #checkpoints: Map<string, number | undefined>
  #applying: Promise<void> = Promise.resolve()
  #kafka: Promise<void> | undefined
  #unappliedBytes = 0
  #unapplied = 0
  #broken = false

  constructor(
    producer: TransactionalProducer,
    storage: TaskStorage,
    checkpoints: ReadonlyMap<string, number | undefined>,
    clock: Clock,
    onApplied: (times: CommitTimes, content: CommitContent) => void,
    onPoint?: (point: CommitPoint) => Awaitable<void>,
  ) {
    this.#producer = producer
    this.#storage = storage
    this.#checkpoints = new Map(checkpoints)
    this.#clock = clock
    this.#onApplied = onApplied
    this.#onPoint = onPoint
  }

  /** A Kafka transaction is under way: the next one must wait for it. */
  get busy(): boolean {
    return this.#kafka !== undefined
  }

  /** Resolves when the transaction under way has ended, with success or not. */
  async acknowledged(): Promise<void> {
    await this.#kafka
  }

  /** Outputs of commits that are not applied yet. Units: bytes. */
  get unappliedBytes(): number {
    return this.#unappliedBytes
  }

  /** Commits that are not yet in Postgres. */
  get unapplied(): number {
    return this.#unapplied
  }

  /**
   * Steps 2 to 4 for the content. Resolves when Kafka has acknowledged (step 3); step 4 goes on by itself. `failed` is
   * called with the error of an apply that failed; a failed Kafka transaction rejects here.
   */
  async begin(content: CommitContent, failed: (error: unknown) => void): Promise<void> {
    if (this.#broken)
      throw new TaskMigratedError(
        'COMMIT_UNKNOWN',
        'a commit was begun after one that failed: the task must be opened again',
      )
    const began = this.#clock.monotonic()
    const kafka = this.#transact(content)
    this.#unappliedBytes += content.bytes
    this.#unapplied++
    this.#kafka = kafka.then(
      () => {},
      () => {},
    )
    const appended = await this.#ended(kafka)
    const acknowledged = this.#clock.monotonic()
    content.tracing?.acknowledged()
    this.#applying = this.#applying.then(() => this.#apply(content, appended, began, acknowledged))
    this.#applying.catch(failed)
  }

  /** Resolves when every commit begun has been applied; rejects with the first failure. */
  async settled(): Promise<void> {
    await this.#kafka
    await this.#applying
  }

  /**
   * Checks, when every commit begun is applied, that the tables are still in the state in which they were left, by writing the
   * checkpoints again unchanged. Errors: TaskMigratedError STORE_MOVED or FENCED when Postgres was lost or restored under
   * the task.
   */
  confirmStore(): Promise<void> {
    this.#applying = this.#applying.then(async () => {
      const known = [...this.#checkpoints].filter((entry): entry is [string, number] => entry[1] !== undefined)
      if (known.length === 0) return
      const checkpoints = new Map(known.map(([store, offset]) => [store, { previous: offset, next: offset }]))
      await this.#storage.apply({ stores: [], checkpoints })
    })
    return this.#applying
  }

  /** Everything of the commit that Kafka holds, in one transaction (C1). */
  async #transact(content: CommitContent): Promise<Appended> {
    const { records, changes, group, generation, offsets, replaceRefused } = content
    const all = records.concat(...changes.map(change => change.records))
    return this.#producer.commit({ records: all, replaceRefused, offsets: { group, generation, offsets } })
  }

  /**
   * The transaction's answer. After one that failed the pipeline is broken, and no longer busy, so that no caller waits in
   * vain.
   */
  async #ended(kafka: Promise<Appended>): Promise<Appended> {
    try {
      return await kafka
    } catch (error) {
      this.#broken = true
      throw error
    } finally {
      this.#kafka = undefined
    }
  }

  async #apply(content: CommitContent, appended: Appended, began: number, acknowledged: number): Promise<void> {
    await this.#onPoint?.('committed')
    if (content.changes.length > 0) await this.#store(this.#deltaOf(content, appended))
    await this.#onPoint?.('applied')
    for (const change of content.changes) change.applied()
    this.#unappliedBytes -= content.bytes
    this.#unapplied--
    const applyMs = this.#clock.monotonic() - acknowledged
    this.#onApplied({ kafkaMs: acknowledged - began, applyMs }, content)
  }

  /** Rows and checkpoints in one transaction (C2). */
  async #store(delta: TaskDelta): Promise<void> {
    const applying = this.#storage.apply(delta)
    if (this.#onPoint) await Promise.all([applying, this.#onPoint('applying')])
    return applying
  }

  #deltaOf(content: CommitContent, appended: Appended): TaskDelta {
    const checkpoints = new Map<string, { previous: number | undefined; next: number }>()
    for (const change of content.changes) {
      const { partition } = change.records[0] as OutgoingRecord
      const next = appended.get(partitionKey(change.changelog, partition)) as number
      const previous = this.#checkpoints.get(change.store)
      // A changelog grows; one that was made anew under the task lacks records that the table holds.
      if (previous !== undefined && next <= previous)
        throw checkpointAhead(change.store, { topic: change.changelog, partition }, previous, next)
      checkpoints.set(change.store, { previous, next })
      this.#checkpoints.set(change.store, next)
    }
    return { stores: content.changes.map(change => change.delta), checkpoints }
  }
}
