import { partitionKey, type TopicPartition } from '../broker/port.ts'
import type { Parked } from './parked-tasks.ts'
import type { RestoreProgress } from './restore.ts'
import type { TaskState } from './task-state.ts'

/** The state of a task as health and `millrace status` show it. Units: records, ms. */
export interface TaskStatus {
  readonly task: string
  /** `parked`: it is not open, since it could not go on. */
  readonly state: TaskState | 'parked'
  readonly lag: number | undefined
  readonly processed: number
  readonly commits: number
  readonly lastCommitAt: number | undefined
  /** Commits that Postgres has not applied yet. */
  readonly unapplied: number
  readonly deadLetters: number
  readonly restoring: RestoreProgress | undefined
  /** The outage that it waits for. Shape: `'Postgres did not answer'`. */
  readonly outage: string | undefined
  /** Why it is set apart while the others run, also for a while after it has been opened again; undefined: it is not. */
  readonly parked?: Parked | undefined
  /** Offsets of the next records, by `topic/partition`; undefined: it is not open. */
  readonly positions?: Readonly<Record<string, number>> | undefined
  /** The record under way, when it has not come to its end at once. */
  readonly record?: RecordUnderWay | undefined
  /** Bytes held beside Postgres: writes and outputs that are not applied yet, and their cap. */
  readonly buffered?: { readonly bytes: number; readonly capBytes: number } | undefined
  /** Bytes of state kept in memory beside Postgres, and their cap for all tables of the task. */
  readonly cached?: { readonly bytes: number; readonly capBytes: number } | undefined
  /** Why it is told as stuck, in words. Shape: `'record orders/0 at offset 7 has been processed for 312 s'`. */
  readonly stuck?: string | undefined
}

/** A record that is being processed. Units: ms. */
export interface RecordUnderWay extends TopicPartition {
  readonly offset: number
  /** As `keyText` has it. */
  readonly key: string | null
  readonly since: number
  /** It is told as stuck when it takes longer. */
  readonly limitMs: number
}

/** Shape: `'record orders/0 at offset 7'`. */
export function recordText({ topic, partition, offset }: TopicPartition & { readonly offset: number }): string {
  return `record ${partitionKey(topic, partition)} at offset ${offset}`
}
