import type { Log } from '../../topology/runtime/log.ts'

/** The worker's warnings and errors as lines for a person. */
export function plainLog(write: (line: string) => void): Log {
  return {
    debug() {},
    info() {},
    warn: (_, message) => write(`warning: ${message}`),
    error: (_, message) => write(`error: ${message}`),
  }
}
