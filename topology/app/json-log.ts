import { isatty } from 'node:tty'
import { pino } from 'pino'
import type { Clock } from '../definition/clock.ts'
import { errorCodeOf, messageOf } from '../definition/errors.ts'
import type { Log } from '../runtime/log.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { prettyLine } from './pretty-line.ts'
import { quietLog } from './quiet-log.ts'
import { withoutSecrets } from './secrets.ts'

/**
 * JSON lines on standard error, written at once, so that none is lost when a process ends; in a terminal, lines for a person. Each has
 * `service`: the part of millrace that writes it. Lines that repeat are counted (`quietLog`), secrets of the configuration left out.
 * Shape of `level`: `'info'`, of `service`: `'worker'`.
 */
export function jsonLog(level: string, service: string): Log {
  const out = pino.destination({ dest: 2, sync: true })
  const pretty = isatty(2)
  const write = (line: string) => out.write(withoutSecrets(pretty ? prettyLine(line) : line))
  const log = quietLog(pino({ level, base: { pid: process.pid, service } }, { write }), systemClock)
  process.once('exit', log.flush)
  return log
}

/** The last line of a process that ends by itself: it has the code by which the runbooks are sorted, and the exit code. */
export function logEnd(log: Log, error: unknown, exitCode: number, text = messageOf(error)): void {
  log.error({ code: errorCodeOf(error), exitCode }, text)
}

/** An error is said again after so long, with the number of times that it came meanwhile. Units: ms. */
const quietMs = 60_000

/** Logs errors that come again and again: each code and message once a minute, with `repeats` of those not said. */
export function errorReporter(log: Log, clock: Pick<Clock, 'monotonic'>): (error: unknown) => void {
  const said = new Map<string, { at: number; repeats: number }>()
  return error => {
    const code = errorCodeOf(error)
    const message = messageOf(error)
    const now = clock.monotonic()
    for (const [key, { at }] of said) if (now - at > 10 * quietMs) said.delete(key)
    const last = said.get(`${code} ${message}`)
    if (last !== undefined && now - last.at < quietMs) {
      last.repeats++
      return
    }
    const repeats = last?.repeats ?? 0
    said.set(`${code} ${message}`, { at: now, repeats: 0 })
    log.error({ code, ...(repeats > 0 && { repeats }) }, message)
  }
}
