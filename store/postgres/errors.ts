import { certificateProblem } from '../../topology/definition/certificate-problem.ts'
import {
  FatalError,
  type MillraceError,
  messageOf,
  RetriableError,
  SerdeError,
  TaskMigratedError,
  TopologyError,
} from '../../topology/definition/errors.ts'

/**
 * The ways in which a request can fail. `unreachable`: it was never sent. `unanswered`: it was sent and no answer came, so
 * a write may have happened. `refused`: the server said no, and nothing was written.
 */
export type Failure =
  | { readonly kind: 'unreachable'; readonly cause: unknown }
  | { readonly kind: 'unanswered'; readonly cause: unknown }
  | { readonly kind: 'refused'; readonly code: string; readonly cause: unknown }

/** Thrown by the client; the adapter turns it into the error that the contract names. */
export class RequestFailure extends Error {
  readonly failure: Failure

  constructor(failure: Failure) {
    super(messageOf(failure.cause), { cause: failure.cause })
    this.failure = failure
  }
}

/**
 * Classifies the error that the driver threw for a request that was sent. A FATAL error is no answer: a backend that is
 * terminated after its commit, before it could report it, sends one too.
 */
export function failureOf(cause: unknown): Failure {
  const { code } = cause as { code?: unknown }
  if (typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code) || levelOf(cause) === undefined || endsSession(cause))
    return { kind: 'unanswered', cause }
  return { kind: 'refused', code, cause }
}

/** The severity of a server's error; undefined: it is none. */
function levelOf(cause: unknown): unknown {
  const { severity, severity_local } = cause as { severity?: unknown; severity_local?: unknown }
  return severity ?? severity_local
}

/** Whether the server has ended the session with its error, or not begun one. */
function endsSession(cause: unknown): boolean {
  const level = levelOf(cause)
  return level === 'FATAL' || level === 'PANIC'
}

/** SQLSTATEs after which the tables are not where they were: they were dropped, or it is another database. */
const gone = new Set(['42P01', '3F000', '3D000'])
/**
 * SQLSTATE classes that may pass by themselves: connection, rollback, resources, intervention, system, lock, read-only
 * standby.
 */
const healing = new Set(['08', '40', '53', '55', '57', '58', '25'])

/** SQLSTATE classes of a value that the record brought with it: data exceptions, program limits. */
const ofTheValue = new Set(['22', '54'])

/** Whether the server said no: nothing was written. */
export function isRefused(error: unknown): boolean {
  return error instanceof RequestFailure && error.failure.kind === 'refused'
}

/** Whether the failure means that tables are missing. */
export function isGone(error: unknown): boolean {
  return error instanceof RequestFailure && error.failure.kind === 'refused' && gone.has(error.failure.code)
}

/** The error of a read. `what` names the request: `'read store 'positions''`. */
export function readError(error: unknown, what: string): unknown {
  if (!(error instanceof RequestFailure)) return error
  const { failure } = error
  if (failure.kind !== 'refused') return unavailable(what, failure.cause)
  if (gone.has(failure.code)) return moved(what, failure.cause)
  if (healing.has(failure.code.slice(0, 2))) return unavailable(what, failure.cause)
  const said = `Postgres refused to ${what}: ${messageOf(failure.cause)}`
  const options = { context: { sqlstate: failure.code }, cause: failure.cause }
  // A right that was taken away, or a table that was altered, fails every record alike: none of them is the poison.
  if (!ofTheValue.has(failure.code.slice(0, 2))) return new FatalError('READ_REFUSED', said, options)
  return new SerdeError('VALUE_REFUSED', said, options)
}

/** SQLSTATEs of a URL that cannot be right: wrong password, unknown user, no such database. */
const wrongUrl = new Set(['28P01', '28000', '3D000'])

/** SQLSTATE insufficient_privilege. */
const missingRight = '42501'

/**
 * The error of a connection that is refused however often it is tried, by the server or for its certificate: TopologyError
 * CONFIG_INVALID. Undefined for any other failure.
 */
function wrongUrlError(cause: unknown): TopologyError | undefined {
  if (cause instanceof TopologyError) return cause
  const refused = certificateProblem(cause)
  if (refused)
    return new TopologyError(
      'CONFIG_INVALID',
      `Postgres is not trusted, ${refused}: name its authority in DATABASE_CA, or give the server a valid certificate`,
      { cause },
    )
  if (!wrongUrl.has(String((cause as { code?: unknown }).code))) return undefined
  return new TopologyError(
    'CONFIG_INVALID',
    `Postgres refuses user, password or database (${messageOf(cause)}): correct DATABASE_URL, or DATABASE_PASSWORD`,
    { cause },
  )
}

/** The error of a connection that could not be made or was lost. TopologyError CONFIG_INVALID where waiting is in vain. */
export function connectionError(cause: unknown, message: string): TopologyError | RetriableError {
  return wrongUrlError(cause) ?? new RetriableError('STORE_UNAVAILABLE', message, { cause })
}

/**
 * Codes of a connection that could not be made or was lost: SQLSTATE classes, postgres' own, the system's (EHOSTUNREACH),
 * and TLS'.
 * Source of the last: `X509 certificate error codes` of Node's TLS.
 */
const ofTheConnection =
  /^(08|53|57)|^CONNECT|^E[A-Z]{3}|^EAI_|^(CERT|CRL|DEPTH|HOSTNAME|INVALID|PATH|SELF|UNABLE)_|^ERR_(SSL|TLS)/

/** An error as postgres throws it for a connection that was lost. */
export function connectionClosed(message: string): Error {
  return Object.assign(new Error(message), { code: 'CONNECTION_CLOSED' })
}

/** Whether the driver's error says that the connection could not be made or was lost. */
export function isOfConnection(cause: unknown): boolean {
  if (wrongUrlError(cause) !== undefined || endsSession(cause)) return true
  return ofTheConnection.test(String((cause as { code?: unknown }).code ?? ''))
}

/**
 * The error of what may be repeated as it is, such as a migration: no answer means that Postgres is away, and a URL that is
 * refused, at the start, that it is wrong.
 */
export function repeatableError(error: unknown, what: string): unknown {
  if (error instanceof RequestFailure && error.failure.kind === 'unreachable') {
    const wrong = wrongUrlError(error.failure.cause)
    if (wrong) return wrong
  }
  if (error instanceof RequestFailure && error.failure.kind === 'refused' && error.failure.code === missingRight)
    return new TopologyError(
      'CONFIG_INVALID',
      `Postgres does not let the user of DATABASE_URL ${what} (${messageOf(error.failure.cause)}): run 'millrace migrate --apply' as the schema's owner, or make the user of DATABASE_URL the owner of the schema that MILLRACE_SCHEMA names`,
      { cause: error.failure.cause },
    )
  const unanswered = error instanceof RequestFailure && error.failure.kind === 'unanswered'
  return unanswered ? unavailable(what, error.failure.cause) : writeError(error, what)
}

/** The error of a write. */
export function writeError(error: unknown, what: string): unknown {
  if (!(error instanceof RequestFailure)) return error
  const { failure } = error
  if (failure.kind === 'unreachable') return unavailable(what, failure.cause)
  if (failure.kind === 'unanswered')
    return new TaskMigratedError('COMMIT_UNKNOWN', `Postgres gave no answer to ${what}: open the task again`, {
      cause: failure.cause,
    })
  if (gone.has(failure.code)) return moved(what, failure.cause)
  if (healing.has(failure.code.slice(0, 2))) return unavailable(what, failure.cause)
  return new FatalError('APPLY_REFUSED', `Postgres refused to ${what}: ${messageOf(failure.cause)}`, {
    context: { sqlstate: failure.code },
    cause: failure.cause,
  })
}

function unavailable(what: string, cause: unknown): MillraceError {
  const detail = messageOf(cause) || String((cause as { code?: unknown }).code ?? 'no connection')
  return new RetriableError('STORE_UNAVAILABLE', `Postgres is away, cannot ${what} (${detail}): try again`, { cause })
}

function moved(what: string, cause: unknown): MillraceError {
  return new TaskMigratedError('STORE_MOVED', `a table is gone, cannot ${what}: open the task again to restore it`, {
    cause,
  })
}
