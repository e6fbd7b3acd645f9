import type { ErrorCode } from '../definition/errors.ts'
import type { Log, LogFields } from './log.ts'

interface Outage {
  reason: string
  /** Codes that were logged already. */
  readonly said: Set<ErrorCode>
}

/**
 * The outages that tasks and groups wait for, with their causes. The log has a line when one begins, when its cause changes, and
 * when it is over; every attempt in between is a debug line.
 */
export class Outages {
  readonly #log: Log
  readonly #open = new Map<string, Outage>()

  constructor(log: Log) {
    this.#log = log
  }

  /** Records that `name` waits: it begins now, or an attempt has failed once more. */
  note(name: string, code: ErrorCode, reason: string, fields: LogFields = {}): void {
    const outage = this.#open.get(name) ?? { reason, said: new Set() }
    const level = outage.said.has(code) ? 'debug' : 'warn'
    outage.reason = reason
    outage.said.add(code)
    this.#open.set(name, outage)
    this.#log[level]({ ...fields, code }, `${name} waits: ${reason}`)
  }

  /** Whether anything waits. */
  get any(): boolean {
    return this.#open.size > 0
  }

  /** Records that `name` goes on. */
  over(name: string, fields: LogFields = {}): void {
    if (this.#open.delete(name)) this.#log.info(fields, `${name} goes on`)
  }

  /** Forgets `name`, which is no longer ours: nothing is logged. */
  forget(name: string): void {
    this.#open.delete(name)
  }

  /** The outage that `name` waits for; undefined: none. */
  of(name: string): string | undefined {
    return this.#open.get(name)?.reason
  }
}
