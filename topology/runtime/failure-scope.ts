import {
  type ErrorCode,
  errorCodeOf,
  RetriableError,
  TaskCorruptedError,
  TaskMigratedError,
} from '../definition/errors.ts'

/**
 * The reach of an error of a task. `passing`: it may pass by itself, so the task waits and is opened again. `task`: that
 * alone does not help, but no other task is concerned: it is parked by name, tried again now and then, and the others run. `worker`: no
 * task can run with it, so the worker ends, and a supervisor or a person must look.
 */
export type FailureScope = 'passing' | 'task' | 'worker'

/** The reach of each code, where the class of its error does not say that it may pass. The page docs/operating.md shows this table. */
export const failureScopes: Readonly<Record<ErrorCode, FailureScope>> = {
  TOPOLOGY_INVALID: 'worker',
  CONFIG_INVALID: 'worker',
  COPARTITION_MISMATCH: 'worker',
  TOPIC_MISMATCH: 'worker',
  STORE_INCOMPATIBLE: 'worker',
  SCHEMA_MISSING: 'worker',
  SCHEMA_INCOMPATIBLE: 'worker',
  INSTANCE_FENCED: 'worker',

  TOPIC_MISSING: 'task',
  NOT_AUTHORISED: 'task',
  CHECKPOINT_AHEAD: 'task',
  CHECKPOINT_WITHOUT_OFFSETS: 'task',
  OFFSET_OUT_OF_RANGE: 'task',
  APPLY_REFUSED: 'task',
  READ_REFUSED: 'task',
  STOPPED_BY_POLICY: 'task',
  BREAKER_OPEN: 'task',
  RECORD_REFUSED: 'task',
  RECORD_TOO_LARGE: 'task',
  DECODE_FAILED: 'task',
  WRONG_PARTITION: 'task',
  ENCODE_FAILED: 'task',
  PROCESS_FAILED: 'task',
  VALUE_REFUSED: 'task',
  TASK_STUCK: 'task',
  UNSUPPORTED: 'task',
  INTERNAL: 'task',

  BROKER_UNAVAILABLE: 'passing',
  STORE_UNAVAILABLE: 'passing',
  REGISTRY_UNAVAILABLE: 'passing',
  FENCED: 'passing',
  GENERATION_ENDED: 'passing',
  COMMIT_UNKNOWN: 'passing',
  STORE_MOVED: 'passing',
  TASK_CORRUPTED: 'passing',
}

/** The reach of an error of a task. Errors that are not millrace's have code INTERNAL. */
export function scopeOf(error: unknown): FailureScope {
  if (error instanceof RetriableError || error instanceof TaskMigratedError) return 'passing'
  if (error instanceof TaskCorruptedError && error.code === 'TASK_CORRUPTED') return 'passing'
  return failureScopes[errorCodeOf(error)]
}
