import type { TaskId } from '../topology/definition/definition.ts'
import type { Awaitable } from '../topology/definition/record.ts'
import type { AnyStore } from '../topology/definition/store.ts'

/**
 * The state store port: where tasks keep their tables. Two adapters, Postgres and memory, under one contract suite
 * (`test/contract/state-storage.ts`).
 *
 * Errors, everywhere: RetriableError STORE_UNAVAILABLE (nothing was written); TaskMigratedError FENCED, STORE_MOVED, or
 * COMMIT_UNKNOWN when a write got no answer; FatalError APPLY_REFUSED or READ_REFUSED.
 */
export interface StateStorage {
  /**
   * Makes the tables and bookkeeping that an application's stores need, under an advisory lock. It may be repeated.
   * Errors: TopologyError STORE_INCOMPATIBLE for a table of another shape or of another application.
   */
  migrate(application: string, stores: readonly AnyStore[]): Promise<void>
  /**
   * Takes a task's tables over: raises the epoch of its checkpoints, so that every older owner is refused from here on
   * (C5). Tables that are missing (a database that was lost) are made, empty.
   */
  claim(task: TaskClaim): Promise<TaskStorage>
  /**
   * The database that has the tables, for the workers of an application to compare. Undefined: the server does not tell. Unset: the
   * storage is this process's own. Shape: `'7391048812345678901/millrace/public'`, the system identifier of the servers, which a
   * replica keeps when it is promoted, the database and the schema.
   */
  place?(): Promise<string | undefined>
  /**
   * Says to those who look that a task is set apart, or with undefined that its owner holds it no longer apart. It is said again with each
   * attempt: an old note is not believed. Unset: nobody but this process can look.
   */
  noteParked?(application: string, task: string, owner: string, parked: ParkedNote | undefined): Promise<void>
  close(): Promise<void>
}

/** The reason why a task is set apart. Units: `since` in ms since the epoch. */
export interface ParkedNote {
  readonly code: string
  readonly reason: string
  readonly since: number
}

export interface TaskClaim {
  /** The application id: several applications may have their checkpoints in one database. */
  readonly application: string
  readonly task: TaskId
  readonly stores: readonly AnyStore[]
}

/** A row as the store keeps it: split key, split value. Units: `timestamp` in ms. */
export interface StoredRow {
  readonly key: readonly unknown[]
  readonly value: readonly unknown[]
  readonly timestamp: number
}

/** The changes of one commit in one store. A key is in one of the two lists, once. */
export interface StoreDelta {
  readonly store: string
  readonly puts: readonly StoredRow[]
  readonly deletes: readonly (readonly unknown[])[]
}

/** From one changelog offset to another. Undefined: from a table to which nothing was ever applied. */
export interface CheckpointMove {
  readonly previous: number | undefined
  readonly next: number
}

/** The changes of one commit. Checkpoints are by store name. */
export interface TaskDelta {
  readonly stores: readonly StoreDelta[]
  readonly checkpoints: ReadonlyMap<string, CheckpointMove>
}

export interface Checkpoint {
  /** The rows include every change before this changelog offset; undefined: nothing was ever applied. */
  readonly offset: number | undefined
  /** The time since the checkpoint was written, by the store's own clock: that of a worker may be set meanwhile. Units: ms. */
  readonly ageMs: number
  /** A restore was under way and never ended: `markRestoring(false)` must still be called for the readers. */
  readonly restoring: boolean
}

/** The tables of one task, held under one epoch. */
export interface TaskStorage {
  readonly epoch: number
  /** As found when claimed, by store name. */
  readonly checkpoints: ReadonlyMap<string, Checkpoint>
  /** Rows of the split keys, in their order; undefined where there is none. */
  get(store: string, keys: readonly (readonly unknown[])[]): Promise<readonly (StoredRow | undefined)[]>
  /** Rows in key order. `from` and `to` are leading key parts, both inclusive. */
  scan(
    store: string,
    range: {
      readonly from?: readonly unknown[]
      readonly to?: readonly unknown[]
      readonly reverse?: boolean
      readonly limit?: number
    },
  ): Promise<readonly StoredRow[]>
  /** All rows whose first key columns equal one of the prefixes: one query for a batch of records. */
  scanPrefixes(store: string, prefixes: readonly (readonly unknown[])[]): Promise<readonly StoredRow[]>
  /**
   * Split keys of rows whose retention is over: those whose time (`retainedBy`, else the record's timestamp) is at or
   * before `until`. Oldest first, at most `limit`. A storage in memory may answer at once. Units: `until` in ms.
   */
  expired(store: string, until: number, limit: number): Awaitable<readonly (readonly unknown[])[]>
  /**
   * Rows, deletes and checkpoints of one commit in one transaction (C2), and only if epoch and previous offsets are the
   * task's own (C5). All stores of the delta move together.
   */
  apply(delta: TaskDelta): Promise<void>
  /**
   * As `apply`, for many rows of one store of which its table has none yet, as in a restore from the start. False: nothing was written,
   * because a row is there, or the write may not be, or the storage has no faster way; `apply` tells which.
   */
  load(delta: StoreDelta, checkpoint: CheckpointMove): Promise<boolean>
  /** Records whether the tables are being restored; readers answer 503 meanwhile. Fenced by epoch too. */
  markRestoring(restoring: boolean): Promise<void>
  /** Deletes the task's rows of a store and its checkpoint, to restore it whole. Fenced by epoch too. */
  wipe(store: string): Promise<void>
  release(): Promise<void>
}
