import closeWithGrace from 'close-with-grace'
import { CommanderError } from 'commander'
import { readEnvironment } from '../../topology/app/environment.ts'
import { jsonLog, logEnd } from '../../topology/app/json-log.ts'
import { logDetail } from './error-detail.ts'
import { exitCodeOf, textOf } from './exit-codes.ts'
import { type JsonFlag, printJson, refusalJson } from './json-output.ts'

/**
 * The action of a command that runs on. Its standard error is its log: when it fails, also before it is up, the last line is one of JSON with
 * the code by which the runbooks are sorted. In a terminal the error goes on, to the readable line of every command.
 */
export function runningOn<F extends JsonFlag>(
  service: string,
  action: (flags: F) => Promise<void>,
): (flags: F) => Promise<void> {
  return async flags => {
    try {
      await action(flags)
    } catch (error) {
      if (error instanceof CommanderError || process.stderr.isTTY) throw error
      if (flags.json) printJson(refusalJson(error))
      logDetail(error)
      logLast(service, error)
      process.exitCode = exitCodeOf(error)
    }
  }
}

/** `ended` resolves when the process was told to end and has closed. An error that nobody caught closes it too, and is its last line. */
export function untilEnded(
  service: string,
  delayMs: number,
  close: () => Promise<void>,
): { readonly ended: Promise<undefined>; uninstall(): void } {
  let uninstall = () => {}
  const ended = new Promise<undefined>(resolve => {
    const grace = closeWithGrace({ delay: delayMs, logger: false }, async ({ err }) => {
      await close()
      if (err) {
        logLast(service, err)
        process.exit(exitCodeOf(err))
      }
      resolve(undefined)
    })
    uninstall = () => grace.uninstall()
  })
  return { ended, uninstall: () => uninstall() }
}

function logLast(service: string, error: unknown): void {
  logEnd(jsonLog(levelInUse(), service), error, exitCodeOf(error), textOf(error))
}

/** The environment may be the error itself. */
function levelInUse(): string {
  try {
    return readEnvironment().LOG_LEVEL
  } catch {
    return 'error'
  }
}
