import { readEnvironment } from '../../topology/app/environment.ts'
import { errorReporter, jsonLog } from '../../topology/app/json-log.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'

/** Logs the errors of a command that runs on, as JSON lines; those that repeat once a minute. Shape of `service`: `'relay'`. */
export function reporterOf(service: string): (error: unknown) => void {
  return errorReporter(jsonLog(readEnvironment().LOG_LEVEL, service), systemClock)
}
