import { MillraceError, messageOf } from '../../definition/errors.ts'
import type { ChannelLog } from './channel.ts'

/**
 * The log of one membership. Trouble is a warning when it begins and when its cause changes, with its code, and with Kafka's where an
 * answer had one; while it lasts, each further attempt is a debug line.
 */
export class GroupLog {
  readonly #log: ChannelLog
  readonly #group: string
  /** The causes that were said since the last `fine`, by what was being done. */
  readonly #said = new Map<string, Set<string>>()

  constructor(log: ChannelLog, group: string) {
    this.#log = log
    this.#group = group
  }

  /** Something failed. Shape of `doing`: `'heartbeat'`. */
  trouble(doing: string, error: unknown): void {
    const said = this.#said.get(doing) ?? new Set()
    this.#said.set(doing, said)
    const code = error instanceof MillraceError ? error.code : null
    const kafkaError = error instanceof MillraceError ? (error.context.kafkaError ?? null) : null
    const cause = `${code} ${kafkaError}`
    const level = said.has(cause) ? 'debug' : 'warn'
    said.add(cause)
    this.#log(level, `group '${this.#group}': ${doing} failed, ${messageOf(error)}`, { code, kafkaError })
  }

  /** It succeeded: the next trouble is news again. */
  fine(doing: string): void {
    this.#said.delete(doing)
  }

  /** Something of the group's life that is no trouble. */
  note(what: string): void {
    this.#log('info', `group '${this.#group}': ${what}`, {})
  }
}
