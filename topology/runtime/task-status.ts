import type { RestoreProgress } from './restore.ts'
import type { TaskState } from './task-state.ts'

/** The state of a task as health and `millrace status` show it. Units: records, ms. */
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
  /** The outage that it waits for. Shape: `'Postgres did not answer'`. */
  readonly outage: string | undefined
}
