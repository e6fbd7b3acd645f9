import type { Clock } from '../../definition/clock.ts'

/**
 * The events of a run, one line each, and a digest of all lines: two runs of one seed have the same digest, or
 * something read the time or random numbers from outside the clock.
 */
export class Trace {
  readonly lines: string[] = []
  readonly #clock: Clock
  readonly #keep: boolean
  readonly #began: number
  #hash = 0x811c9dc5
  #events = 0

  readonly #onEvent: () => void

  /** `keep`: the lines themselves too, not only their digest. `onEvent` is called at each. */
  constructor(clock: Clock, keep: boolean, onEvent: () => void = () => {}) {
    this.#onEvent = onEvent
    this.#clock = clock
    this.#keep = keep
    this.#began = clock.now()
  }

  get events(): number {
    return this.#events
  }

  /** Eight hexadecimal digits. Source: FNV-1a, 32 bits. */
  get digest(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0')
  }

  /** Shape of a line: `  1250 p0.1 EndTxn word-count-by-word-0 drop-reply`. */
  note(who: string, what: string, about = '', outcome = ''): void {
    const line = `${String(this.#clock.now() - this.#began).padStart(7)} ${who} ${what} ${about} ${outcome}`.trimEnd()
    this.#events++
    for (let index = 0; index < line.length; index++)
      this.#hash = Math.imul(this.#hash ^ line.charCodeAt(index), 0x01000193)
    if (this.#keep) this.lines.push(line)
    this.#onEvent()
  }
}
