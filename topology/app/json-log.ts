import { pino } from 'pino'
import type { Log } from '../runtime/log.ts'

/** JSON lines on standard error, written at once: the last words of a process or thread are there. Shape of `level`: `'info'`. */
export function jsonLog(level: string): Log {
  return pino({ level }, pino.destination({ dest: 2, sync: true }))
}
