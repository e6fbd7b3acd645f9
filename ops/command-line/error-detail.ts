import { CommanderError } from 'commander'
import { readEnvironment } from '../../topology/app/environment.ts'
import { jsonLog } from '../../topology/app/json-log.ts'
import { errorCodeOf, stackOf } from '../../topology/definition/errors.ts'

/**
 * Writes the stack of the error that ended a command, its causes included, to the log of `LOG_LEVEL=debug`. The terminal gets one
 * line and no stack.
 */
export function logDetail(error: unknown): void {
  if (error instanceof CommanderError || !asksForDetail()) return
  jsonLog('debug', 'command').debug(
    { code: errorCodeOf(error), stack: stackOf(error) },
    'the command ended with an error',
  )
}

/** False also for an environment that cannot be read, which may be the error itself. */
function asksForDetail(): boolean {
  try {
    return readEnvironment().LOG_LEVEL === 'debug'
  } catch {
    return false
  }
}
