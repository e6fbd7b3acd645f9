import type { ErrorCode } from '../definition/errors.ts'
import type { Log, LogFields } from './log.ts'

interface Outage {
  reason: string
  /** Codes that were said already. */
  readonly said: Set<ErrorCode>
}

/**
 * What tasks and groups wait for, and why. The log hears of it when it begins, when the cause becomes another, and when it
 * is over; every attempt between is a debug line.
 */
export class Outages {
  readonly #log: Log
  readonly #open = new Map<string, Outage>()

  constructor(log: Log) {
    this.#log = log
  }

  /** `name` waits: it begins now, or an attempt has failed once more. */
  note(name: string, code: ErrorCode, reason: string, fields: LogFields = {}): void {
    const outage = this.#open.get(name) ?? { reason, said: new Set() }
    const level = outage.said.has(code) ? 'debug' : 'warn'
    outage.reason = reason
    outage.said.add(code)
    this.#open.set(name, outage)
    this.#log[level]({ ...fields, code }, `${name} waits: ${reason}`)
  }

  /** `name` goes on. */
  over(name: string, fields: LogFields = {}): void {
    if (this.#open.delete(name)) this.#log.info(fields, `${name} goes on`)
  }

  /** `name` is no longer ours: nothing is said. */
  forget(name: string): void {
    this.#open.delete(name)
  }

  /** What `name` waits for; undefined: nothing. */
  of(name: string): string | undefined {
    return this.#open.get(name)?.reason
  }
}
