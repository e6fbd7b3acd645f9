import type { FetchedPartition, RecordReader, TopicPartition } from '../broker/port.ts'
import { backoffMs, backoffs } from '../definition/backoff.ts'
import type { Clock } from '../definition/clock.ts'
import { MillraceError, RetriableError } from '../definition/errors.ts'
import type { Log } from './log.ts'
import { Outages } from './outages.ts'
import { outageOf } from './retry.ts'

/** The name in the log of what waits when the broker does not answer. */
const reading = 'the reader of inputs'

/** The callbacks of a poll loop. */
interface InputListener {
  deliver(fetched: FetchedPartition): void
  /** Called with the records that a poll found, and the time at which it was sent. Unset: costs nothing. Units: ms since the epoch. */
  received?: ((fetched: FetchedPartition, began: number) => void) | undefined
  /** Called when one partition cannot be read, for its position or its content; it is no longer read. */
  failed(topic: string, partition: number, error: MillraceError): void
  /** Called when nothing can be read, for a reason that does not pass by itself. True: it is tried again. */
  allFailed(error: unknown): boolean
}

/** A pause that somebody else ends. */
interface Gate {
  readonly opened: Promise<void>
  open(): void
}

function gate(): Gate {
  let open = () => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { opened, open: () => open() }
}

/** Polls a reader until closed and hands on the records. Goes on by itself when the broker was away. */
export class InputReader {
  readonly reader: RecordReader
  readonly #listener: InputListener
  readonly #clock: Clock
  readonly #outages: Outages
  readonly #over = new AbortController()
  #loop: Promise<void> | undefined
  #paused: Gate | undefined

  constructor(reader: RecordReader, listener: InputListener, clock: Clock, log: Log) {
    this.reader = reader
    this.#listener = listener
    this.#clock = clock
    this.#outages = new Outages(log)
  }

  /** The reason why nothing can be read for now; undefined: reading works. */
  get outage(): string | undefined {
    return this.#outages.of(reading)
  }

  start(): void {
    this.#loop = this.#poll()
  }

  /** Reads nothing more until `resume`. What was read is still processed, and the member stays in its group. */
  pause(): void {
    this.#paused ??= gate()
  }

  resume(): void {
    this.#paused?.open()
    this.#paused = undefined
  }

  async close(): Promise<void> {
    this.#over.abort()
    this.resume()
    await this.reader.close()
    await this.#loop
  }

  async #poll(): Promise<void> {
    for (let failures = 0; !this.#over.signal.aborted; ) {
      try {
        await this.#paused?.opened
        const { received } = this.#listener
        const began = received === undefined ? 0 : this.#clock.now()
        const answers = await this.reader.poll()
        for (const fetched of answers) {
          if (received !== undefined && fetched.records.length > 0) received(fetched, began)
          this.#listener.deliver(fetched)
        }
        // A poll for no partition asks nobody: it does not show that the broker is back.
        if (answers.length > 0) this.#outages.over(reading)
        else this.#outages.forget(reading)
        failures = 0
      } catch (error) {
        if (this.#over.signal.aborted) return
        failures++
        if (!this.#note(error)) return
        await this.#clock.sleep(backoffMs(backoffs.outage, failures, this.#clock), this.#over.signal)
      }
    }
  }

  /** Notes a failure. False when reading is over. */
  #note(error: unknown): boolean {
    const place = placeOf(error)
    if (place !== undefined) {
      this.reader.remove(place)
      this.#listener.failed(place.topic, place.partition, error as MillraceError)
      return true
    }
    const outage = outageOf(error)
    if (outage) {
      this.#outages.note(reading, outage.code, outage.message)
      return true
    }
    return this.#listener.allFailed(error)
  }
}

/** The partition whose error this is: of its content, or one that does not pass by itself. Undefined: of others, too, perhaps. */
function placeOf(error: unknown): TopicPartition | undefined {
  if (!(error instanceof MillraceError)) return undefined
  const { topic, partition, offset } = error.context
  if (topic === undefined || partition === undefined) return undefined
  if (error instanceof RetriableError && offset === undefined) return undefined
  return { topic: String(topic), partition: Number(partition) }
}
