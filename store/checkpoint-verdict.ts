import type { TaskId } from '../topology/definition/definition.ts'
import { taskName } from '../topology/definition/definition.ts'
import { TaskMigratedError } from '../topology/definition/errors.ts'
import type { TaskDelta } from './contract.ts'

/** A checkpoint as it is in the storage. */
export interface StandingCheckpoint {
  readonly epoch: number
  readonly offset: number | undefined
}

/**
 * The reason why a write of this epoch must be refused (C5), or undefined. FENCED when a checkpoint has another epoch or is gone:
 * Kafka's fence does not stop a zombie's late SQL. STORE_MOVED when one is not at the previous offset of the delta: the table was
 * replaced under its task.
 */
export function refusal(
  task: TaskId,
  epoch: number,
  standing: ReadonlyMap<string, StandingCheckpoint>,
  checkpoints: TaskDelta['checkpoints'],
  stores: Iterable<string>,
): TaskMigratedError | undefined {
  for (const store of stores) {
    const found = standing.get(store)
    if (found?.epoch === epoch) continue
    const now = found?.epoch ?? null
    return new TaskMigratedError(
      'FENCED',
      `task ${taskName(task)} holds epoch ${epoch} and store '${store}' is at ${now}: another owner has taken it`,
      { context: { store, epoch, standing: now } },
    )
  }
  for (const [store, { previous }] of checkpoints) {
    const offset = standing.get(store)?.offset
    if (offset === previous) continue
    return new TaskMigratedError(
      'STORE_MOVED',
      `store '${store}' of task ${taskName(task)} is at changelog offset ${offset ?? 'none'}, not ${previous ?? 'none'}: open the task again`,
      { context: { store, offset: offset ?? null, previous: previous ?? null } },
    )
  }
}
