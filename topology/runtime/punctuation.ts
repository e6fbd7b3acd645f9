import type { Punctuation } from '../definition/definition.ts'
import { durationMs } from '../definition/duration.ts'
import type { Awaitable } from '../definition/record.ts'

/** A punctuation that has been scheduled, and when it is due next: in stream time, or as the clock's `monotonic`. Units: ms. */
export interface Scheduled {
  readonly node: string
  readonly name: string
  readonly on: Punctuation['on']
  readonly everyMs: number
  dueAt: number
  run(time: number): Awaitable<void>
}

/**
 * The punctuators of one task. After a gap there is one call, not one for each interval missed.
 *
 * Stream-time punctuators are due at the multiples of their interval, beginning with the first record; wall-clock ones an
 * interval after they were scheduled, also when the clock is set meanwhile. Source: `PunctuationSchedule` and `ProcessorContextImpl.schedule` of Kafka Streams.
 */
export class Punctuations {
  readonly #stream: Scheduled[] = []
  readonly #wall: Scheduled[] = []
  #streamDueAt = Number.POSITIVE_INFINITY

  /** Adds a punctuation. `streamTime` and `monotonic` are those of the moment of scheduling; -1: no record was seen yet. */
  add(node: string, punctuation: Punctuation, streamTime: number, monotonic: number): void {
    const everyMs = Math.max(1, durationMs(punctuation.every))
    const dueAt =
      punctuation.on === 'wall-clock'
        ? monotonic + everyMs
        : streamTime < 0
          ? 0
          : streamTime - (streamTime % everyMs) + everyMs
    const scheduled = {
      node,
      name: punctuation.name,
      on: punctuation.on,
      everyMs,
      dueAt,
      run: (time: number) => punctuation.run(time),
    }
    if (punctuation.on === 'wall-clock') this.#wall.push(scheduled)
    else {
      this.#stream.push(scheduled)
      this.#streamDueAt = Math.min(this.#streamDueAt, dueAt)
    }
  }

  /** Continues after records of an earlier run: nothing is due again for stream time already seen. */
  resumeAt(streamTime: number): void {
    for (const scheduled of this.#stream)
      if (streamTime >= scheduled.dueAt) scheduled.dueAt = next(scheduled, streamTime)
    this.#measure()
  }

  /** Cheap test for the hot path. */
  streamDue(streamTime: number): boolean {
    return streamTime >= this.#streamDueAt
  }

  /** Takes the stream-time punctuators that are due, and sets when each is due again. */
  takeStreamDue(streamTime: number): readonly Scheduled[] {
    const due = take(this.#stream, streamTime)
    this.#measure()
    return due
  }

  /** Takes the wall-clock punctuators that are due. */
  takeWallDue(monotonic: number): readonly Scheduled[] {
    return take(this.#wall, monotonic)
  }

  /** When the next wall-clock punctuator is due, as the clock's `monotonic`; undefined without one. */
  nextWallAt(): number | undefined {
    return this.#wall.length === 0 ? undefined : Math.min(...this.#wall.map(scheduled => scheduled.dueAt))
  }

  #measure(): void {
    this.#streamDueAt = Math.min(Number.POSITIVE_INFINITY, ...this.#stream.map(scheduled => scheduled.dueAt))
  }
}

function take(all: readonly Scheduled[], time: number): readonly Scheduled[] {
  const due = all.filter(scheduled => time >= scheduled.dueAt)
  for (const scheduled of due) scheduled.dueAt = next(scheduled, time)
  return due
}

function next(scheduled: Scheduled, time: number): number {
  const missed = Math.floor((time - scheduled.dueAt) / scheduled.everyMs)
  return scheduled.dueAt + (missed + 1) * scheduled.everyMs
}
