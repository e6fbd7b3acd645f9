import type { RestoreProgress } from './restore.ts'
import type { TaskState } from './task-state.ts'

/** What health and `millrace status` show of a task. Units: records, ms. */
export interface TaskStatus {
  readonly task: string
  readonly state: TaskState
  readonly lag: number | undefined
  readonly processed: number
  readonly commits: number
  readonly lastCommitAt: number | undefined
  /** Commits that Postgres has not applied yet. */
  readonly unapplied: number
  readonly deadLetters: number
  readonly restoring: RestoreProgress | undefined
  /** What it waits for. Shape: `'Postgres did not answer'`. */
  readonly outage: string | undefined
}
