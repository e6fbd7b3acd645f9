import { FatalError } from '../definition/errors.ts'

/** The states of a task's life. */
export type TaskState = 'created' | 'fenced' | 'restoring' | 'running' | 'suspended' | 'closed'

/**
 * The legal moves. `created` -> fence the producer -> `fenced` -> claim the store, `restoring` -> `running`. A rebalance
 * suspends a running task, which runs on when the next generation gives it back. Everything may be closed; nothing leaves
 * `closed`: a task that is opened again is a new one.
 */
export const legalMoves: Readonly<Record<TaskState, readonly TaskState[]>> = {
  created: ['fenced', 'closed'],
  fenced: ['restoring', 'closed'],
  restoring: ['running', 'closed'],
  running: ['suspended', 'closed'],
  suspended: ['running', 'closed'],
  closed: [],
}

/** Returns `to`. Errors: FatalError INTERNAL for a move that is not in the table. */
export function moveTo(from: TaskState, to: TaskState, task: string): TaskState {
  if (!legalMoves[from].includes(to))
    throw new FatalError('INTERNAL', `task '${task}' cannot go from '${from}' to '${to}': this is a defect of millrace`)
  return to
}
