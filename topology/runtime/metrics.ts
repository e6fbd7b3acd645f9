import type { OutgoingRecord } from '../broker/port.ts'
import type { SkipReason, TaskId } from '../definition/definition.ts'

/**
 * The counts and times of the engine, for prom-client, OpenTelemetry or a test. Every method may be left out.
 * Units: `ms`, bytes, records.
 */
export interface Metrics {
  processed?(task: TaskId, records: number): void
  /** Records of one input, in a commit. */
  consumed?(task: TaskId, topic: string, records: number): void
  /** The output records of a commit, dead letters among them. Units: ms since the epoch, when Kafka had acknowledged it. */
  wrote?(task: TaskId, records: readonly OutgoingRecord[], at: number): void
  /** The rows that a commit put into a store: of each the parts of its value, one a column. */
  stored?(task: TaskId, store: string, rows: readonly { readonly value: readonly unknown[] }[]): void
  /** The time that each record of a commit was processed for, with its decoding and its attempts again. Unset: records are not timed. Units: ms. */
  took?(task: TaskId, ms: readonly number[]): void
  /**
   * The reads of a store since the last commit: gets and scans that memory answered, those that asked Postgres, and keys that were asked
   * for ahead.
   */
  read?(
    task: TaskId,
    store: string,
    reads: { readonly memory: number; readonly postgres: number; readonly prefetched: number },
  ): void
  /** A punctuator that has run, in a commit. */
  punctuated?(task: TaskId, node: string): void
  committed?(task: TaskId, ms: number, records: number, bytes: number): void
  /** The time from the timestamp of a commit's last record until Kafka acknowledged it: event time against the clock. */
  latency?(task: TaskId, ms: number): void
  applied?(task: TaskId, ms: number, rows: number): void
  restored?(task: TaskId, store: string, records: number, bytes: number): void
  /** A dead letter that is committed. */
  deadLettered?(task: TaskId, topic: string, stage: string, code: string): void
  /** A record that an operator has left out, in a commit. */
  skipped?(task: TaskId, node: string, reason: SkipReason): void
  /** Attempts again at a record, or at a punctuator, that is committed. */
  retried?(task: TaskId, node: string, attempts: number): void
  /** A task is stuck, from now on: a `record` takes longer than it may, or the `task` does not come on. */
  stuck?(task: TaskId, reason: 'record' | 'task'): void
  /** A task is parked: it cannot go on, and is set apart while the others run. Also when the reason has become another one. */
  parked?(task: TaskId, code: string): void
  reopened?(task: TaskId, code: string): void
  /** A record was read from a partition that its key does not belong to. */
  misplaced?(task: TaskId, topic: string): void
}
