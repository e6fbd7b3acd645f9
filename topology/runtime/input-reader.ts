import type { FetchedPartition, RecordReader } from '../broker/port.ts'
import { backoffMs, backoffs } from '../definition/backoff.ts'
import type { Clock } from '../definition/clock.ts'
import { messageOf, TaskCorruptedError } from '../definition/errors.ts'
import type { Log } from './log.ts'
import { isOutage } from './retry.ts'

/** The callbacks of a poll loop. */
export interface InputListener {
  deliver(fetched: FetchedPartition): void
  /** Called when a position is out of range; the partition is no longer read. */
  outOfRange(topic: string, partition: number, error: TaskCorruptedError): void
  /** Called when reading cannot go on. */
  fatal(error: unknown): void
}

/** Polls a reader until closed and hands on the records. Goes on by itself when the broker was away. */
export class InputReader {
  readonly reader: RecordReader
  readonly #listener: InputListener
  readonly #clock: Clock
  readonly #log: Log
  readonly #over = new AbortController()
  #outage: string | undefined
  #loop: Promise<void> | undefined

  constructor(reader: RecordReader, listener: InputListener, clock: Clock, log: Log) {
    this.reader = reader
    this.#listener = listener
    this.#clock = clock
    this.#log = log
  }

  /** The reason why nothing can be read for now; undefined: reading works. */
  get outage(): string | undefined {
    return this.#outage
  }

  start(): void {
    this.#loop = this.#poll()
  }

  async close(): Promise<void> {
    this.#over.abort()
    await this.reader.close()
    await this.#loop
  }

  async #poll(): Promise<void> {
    for (let failures = 0; !this.#over.signal.aborted; ) {
      try {
        for (const fetched of await this.reader.poll()) this.#listener.deliver(fetched)
        if (this.#outage !== undefined) this.#log.info({}, 'the broker answers again')
        this.#outage = undefined
        failures = 0
      } catch (error) {
        if (this.#over.signal.aborted) return
        failures++
        if (!this.#note(error, failures)) return
        await this.#clock.sleep(backoffMs(backoffs.outage, failures, this.#clock), this.#over.signal)
      }
    }
  }

  /** Notes a failure. False when reading is over. */
  #note(error: unknown, failures: number): boolean {
    if (error instanceof TaskCorruptedError && error.code === 'OFFSET_OUT_OF_RANGE') {
      const topic = String(error.context.topic)
      const partition = Number(error.context.partition)
      this.reader.remove({ topic, partition })
      this.#listener.outOfRange(topic, partition, error)
      return true
    }
    if (isOutage(error)) {
      if (failures === 1) this.#log.warn({ code: 'BROKER_UNAVAILABLE' }, `waiting for the broker: ${messageOf(error)}`)
      this.#outage = messageOf(error)
      return true
    }
    this.#listener.fatal(error)
    return false
  }
}
