import type { FetchedPartition, RawRecord } from '../broker/port.ts'
import type { TaskId } from '../definition/definition.ts'
import type { Awaitable, Header } from '../definition/record.ts'
import type { Outcome } from './record-runner.ts'

/**
 * The receiver of the engine's spans: what a trace shows of a poll, of the processing of a record, of a commit and of its apply.
 * Where there is none, as in most processes, each of these costs the test for it and no more.
 */
export interface Tracing {
  /** A poll has found records. Units: ms since the epoch, when it was sent. */
  received(group: string, fetched: FetchedPartition, began: number): void
  ofTask(task: TaskId, group: string): TaskTracing
}

/** The spans of one task. A task processes one record at a time. */
export interface TaskTracing {
  /** Does the work of a record in a span that continues the trace of the record's headers. */
  process(record: RawRecord, work: () => Awaitable<Outcome>): Awaitable<Outcome>
  /** An attempt at the record under way has failed. */
  attemptFailed(error: unknown, attempt: number): void
  /** The record under way is given up: it becomes a dead letter. */
  deadLettered(error: unknown, code: string): void
  /**
   * The headers of an output: where they carry on the trace of the record under way, that of its span. Those of a record that was held
   * back belong to another trace, and stay.
   */
  outgoing(headers: readonly Header[]): readonly Header[]
  /** A commit begins, for all records processed since the last one; undefined: there were none. */
  commit(): CommitTracing | undefined
}

/** The spans of one commit: that of the Kafka transaction, then that of the apply. */
export interface CommitTracing {
  acknowledged(): void
  applied(rows: number): void
  /** Either of the two has failed. */
  failed(error: unknown): void
}
