import { pino } from 'pino'
import type { Log } from '../runtime/log.ts'

/** JSON lines on standard error, written at once, so that none is lost when a process ends. Shape of `level`: `'info'`. */
export function jsonLog(level: string): Log {
  return pino({ level }, pino.destination({ dest: 2, sync: true }))
}
