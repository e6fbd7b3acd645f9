import type { NodeContext } from '../definition/definition.ts'
import { type Awaitable, chain } from '../definition/record.ts'
import { type ClockStore, OperatorTime } from './clock.ts'

const sharedName = 'stream-time'

/**
 * The highest event time that a windowed operator has seen; its windows close by it. Where several inputs are aggregated
 * together, each closes windows by its own time, so that a slow input is not late. If windows are handed on when they close,
 * there is one time for all inputs; otherwise a window could be handed on twice.
 *
 * Source: `observedStreamTime`, which each aggregating processor of Kafka Streams has for itself.
 */
export class StreamTime {
  readonly #shared: OperatorTime
  readonly #own: OperatorTime | undefined
  readonly #together: () => boolean

  /** `input` names one of several; `together` says whether there is one time for all of them. */
  constructor(context: NodeContext, clock: ClockStore, input: string | undefined, together: () => boolean) {
    this.#shared = new OperatorTime(context, clock, sharedName)
    this.#own = input === undefined ? undefined : new OperatorTime(context, clock, timeName(input))
    this.#together = together
  }

  /** Takes a record's time into account. Returns the time by which windows close for it. */
  raise(time: number): Awaitable<number> {
    const shared = this.#shared.raise(time)
    const own = this.#own
    if (own === undefined) return shared
    return chain(shared, all => chain(own.raise(time), one => (this.#together() ? all : one)))
  }
}

/** The rows of the clock that an input reads. */
export function streamTimeRows(input: string | undefined): readonly (readonly string[])[] {
  return input === undefined ? [[sharedName]] : [[sharedName], [timeName(input)]]
}

function timeName(input: string): string {
  return `${sharedName}-${input}`
}
