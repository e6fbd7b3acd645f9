/**
 * Errors say what the runtime does next; codes say why. One table, so that logs, metrics and exit codes agree.
 * Messages are `what, where: remedy`, and never hold a payload or a secret.
 */
export const errorCodes = {
  // TopologyError: refuse to start
  TOPOLOGY_INVALID: 'the definition has problems; all of them are listed',
  CONFIG_INVALID: 'an environment variable or option is missing or malformed',
  NOT_AUTHORISED: 'the broker refuses what the user of this client asked for: a right is missing',
  COPARTITION_MISMATCH: 'topics that share a task have different partition counts',
  TOPIC_MISSING: 'a declared topic does not exist on the cluster',
  TOPIC_MISMATCH: 'a topic exists with another partition count than the one declared',
  CHECKPOINT_AHEAD: 'the store holds more than its changelog: another cluster, or a truncated topic',
  CHECKPOINT_WITHOUT_OFFSETS: 'the store has a checkpoint but the group has no committed offsets',
  STORE_INCOMPATIBLE: 'the table in Postgres does not have the shape the definition asks for',
  SCHEMA_MISSING: 'a schema is not registered under its subject',
  SCHEMA_INCOMPATIBLE: 'a schema is not compatible with what is registered',
  // SerdeError and ProcessorError: dead-letter or stop
  DECODE_FAILED: 'the bytes of a record are not what the serde expects',
  WRONG_PARTITION:
    'a record is on another partition than the default partitioner gives its key, and its topic refuses that',
  ENCODE_FAILED: 'a value cannot be written with the serde of its topic or store',
  PROCESS_FAILED: 'user code threw',
  VALUE_REFUSED: 'Postgres could not hold the value (NUL in text, numeric range, null, key too long)',
  RECORD_TOO_LARGE: 'an output record is over the topic limit',
  RECORD_REFUSED: 'the broker takes no record with this key, timestamp or content in this topic',
  // RetriableError: try again
  BROKER_UNAVAILABLE: 'the broker did not answer, or said to try again',
  STORE_UNAVAILABLE: 'Postgres did not answer, or the connection was lost',
  REGISTRY_UNAVAILABLE: 'the schema registry did not answer',
  // TaskMigratedError: drop the task and rejoin
  FENCED: 'another owner has taken the task (producer or store epoch is newer)',
  GENERATION_ENDED: 'the group has moved on to a new generation',
  COMMIT_UNKNOWN: 'a commit got no answer: the task is opened again to learn the verdict',
  STORE_MOVED: 'the checkpoint is not where this task left it: Postgres was restored or failed over',
  // TaskCorruptedError: wipe and restore
  TASK_CORRUPTED: 'the state of a task cannot be trusted',
  OFFSET_OUT_OF_RANGE: 'the position asked for is no longer (or not yet) in the log',
  // FatalError: stop
  UNSUPPORTED: 'the broker or a package lacks what the engine needs',
  STOPPED_BY_POLICY: 'a record failed and the policy of its processor is to stop',
  TASK_STUCK: 'a record, or a task with work to do, has not come on for longer than it may',
  BREAKER_OPEN: 'too many of the last records of a task have failed',
  APPLY_REFUSED: 'Postgres refused committed data',
  READ_REFUSED: 'Postgres refused to read a table, whatever the record: a right, or the table, has changed',
  INSTANCE_FENCED: 'another process with the same instance id has taken the place of this one in its group',
  INTERNAL: 'a broken invariant of the engine itself',
} as const

/** A key of `errorCodes`. */
export type ErrorCode = keyof typeof errorCodes

/** JSON-safe facts beside an error: topic, partition, offset, store, limits. Never payloads. */
type ErrorContext = Readonly<Record<string, string | number | boolean | null>>

/** The form of an error on a wire (worker threads, simulation traces). */
export interface ErrorWire {
  readonly name: string
  readonly code: ErrorCode
  readonly message: string
  readonly context: ErrorContext
  readonly cause?: string
}

/** The base of every error that millrace throws. */
export abstract class MillraceError extends Error {
  readonly code: ErrorCode
  readonly context: ErrorContext

  constructor(code: ErrorCode, message: string, options: { context?: ErrorContext; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = code
    this.context = options.context ?? {}
  }

  /** The error without its prototype, for a channel that strips classes. */
  toWire(): ErrorWire {
    const cause = this.cause instanceof Error ? this.cause.message : undefined
    return { name: this.name, code: this.code, message: this.message, context: this.context, ...(cause && { cause }) }
  }
}

/** Refuse to start: the definition or the environment is wrong, and only a person can fix it. */
export class TopologyError extends MillraceError {}
/** Bytes or a value that a serde cannot take: dead-letter or stop, as the processor's policy says. */
export class SerdeError extends MillraceError {}
/** The code of an error: INTERNAL for those that are not millrace's. */
export function errorCodeOf(error: unknown): ErrorCode {
  return error instanceof MillraceError ? error.code : 'INTERNAL'
}

/** User code failed on a record: retry, then dead-letter or stop. */
export class ProcessorError extends MillraceError {}
/** Something outside is away for now: try again. */
export class RetriableError extends MillraceError {}
/** The task may have another owner, or its outcome is unknown: drop it without commit, ask the group, open it again. */
export class TaskMigratedError extends MillraceError {}
/** The state cannot be trusted: wipe the partition and restore it from the changelog. */
export class TaskCorruptedError extends MillraceError {}
/** Nothing the runtime can do: stop. */
export class FatalError extends MillraceError {}

const classes = {
  TopologyError,
  SerdeError,
  ProcessorError,
  RetriableError,
  TaskMigratedError,
  TaskCorruptedError,
  FatalError,
} as const

/** The error that `toWire` took apart, with its class and code again. An unknown name becomes a FatalError. */
export function errorFromWire(wire: ErrorWire): MillraceError {
  const Class = classes[wire.name as keyof typeof classes] ?? FatalError
  return new Class(wire.code, wire.message, { context: wire.context, cause: wire.cause && new Error(wire.cause) })
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

const stackLimit = 8_000

/**
 * The stack of the error that was thrown first, inside the engine's own wrapping, with those of its causes; at most 8,000
 * characters. The message alone for a thrown value that is no Error.
 */
export function stackOf(error: unknown): string {
  let cause = error
  while (cause instanceof MillraceError && cause.cause !== undefined) cause = cause.cause
  const stacks: string[] = []
  for (let at: unknown = cause; at !== undefined && stacks.length < 5; at = at instanceof Error ? at.cause : undefined)
    stacks.push(at instanceof Error ? (at.stack ?? at.message) : String(at))
  return stacks.join('\ncaused by ').slice(0, stackLimit)
}
