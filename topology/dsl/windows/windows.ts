import { refuse as refuseError } from '../../definition/collected-errors.ts'
import { type Duration, durationMs } from '../../definition/duration.ts'
import { TopologyError } from '../../definition/errors.ts'
import type { AnyTopic } from '../../definition/topic.ts'

/** The options of every kind of window. */
interface WindowOptions<L extends AnyTopic = never> {
  /** The time after its end during which a window still takes late records. Unset: none. */
  readonly grace?: Duration
  /** The topic for records that came too late for at least one of their windows. Unset: they are counted and left out. */
  readonly late?: L
  /** The time that windows stay in the store, counted from their start. At least size and grace. Unset: at least a day. */
  readonly retention?: Duration
}

/** Windows of a fixed size that begin every `advanceMs`. Units: ms. */
export interface TimeWindows<L extends AnyTopic = never> extends WindowSettings<L> {
  readonly kind: 'time'
  readonly sizeMs: number
  readonly advanceMs: number
}

/** Windows that end or begin at a record. Units: ms. */
export interface SlidingWindows<L extends AnyTopic = never> extends WindowSettings<L> {
  readonly kind: 'sliding'
  readonly differenceMs: number
}

/** Windows that end when a key has been quiet for the length of the gap. Units: ms. */
export interface SessionWindows<L extends AnyTopic = never> extends WindowSettings<L> {
  readonly kind: 'session'
  readonly gapMs: number
}

interface WindowSettings<L extends AnyTopic> {
  readonly graceMs: number
  readonly retentionMs: number
  /** The retention that was asked for; else the least, as Kafka Streams has it. */
  readonly reachMs: number
  readonly late?: L
}

/** Windows one after another: each record is in exactly one. Shape: `tumbling('1m', { grace: '5s' })`. */
export function tumbling<L extends AnyTopic = never>(size: Duration, options: WindowOptions<L> = {}): TimeWindows<L> {
  return hopping(size, size, options)
}

/** Windows of one size that begin every `advance`, so that they overlap. Shape: `hopping('5m', '1m')`. */
export function hopping<L extends AnyTopic = never>(
  size: Duration,
  advance: Duration,
  options: WindowOptions<L> = {},
): TimeWindows<L> {
  const sizeMs = positive(size, 'the size of a window')
  const advanceMs = positive(advance, 'the advance of a window')
  if (advanceMs > sizeMs)
    refuse(
      `a window advances by ${advanceMs} ms and lasts ${sizeMs} ms, so records would fall between windows: advance by no more than the size`,
    )
  return { kind: 'time', sizeMs, advanceMs, ...settings(sizeMs, options) }
}

/**
 * Windows of all records of a key that are at most `difference` apart: one ends at each record, one begins right after it.
 * Shape: `sliding('10m', { grace: '1m' })`. Source: KIP-450.
 */
export function sliding<L extends AnyTopic = never>(
  difference: Duration,
  options: WindowOptions<L> = {},
): SlidingWindows<L> {
  const differenceMs = durationMs(difference)
  return { kind: 'sliding', differenceMs, ...settings(2 * differenceMs, options) }
}

/** Windows of records of a key that are at most `gap` apart, as long as that goes on. Shape: `session('30m')`. */
export function session<L extends AnyTopic = never>(gap: Duration, options: WindowOptions<L> = {}): SessionWindows<L> {
  const gapMs = durationMs(gap)
  return { kind: 'session', gapMs, ...settings(gapMs, options) }
}

function settings<L extends AnyTopic>(
  lengthMs: number,
  { grace = 0, late, retention }: WindowOptions<L>,
): WindowSettings<L> {
  const graceMs = durationMs(grace)
  const leastMs = lengthMs + graceMs
  const retentionMs = retention === undefined ? Math.max(leastMs, durationMs('1d')) : durationMs(retention)
  if (retentionMs < leastMs)
    refuse(`windows are kept for ${retentionMs} ms, but take records for ${leastMs} ms: keep them at least so long`)
  return { graceMs, retentionMs, reachMs: retention === undefined ? leastMs : retentionMs, ...(late && { late }) }
}

function positive(duration: Duration, what: string): number {
  const ms = durationMs(duration)
  if (ms === 0) refuse(`${what} is 0: write a duration above it`)
  return ms
}

function refuse(message: string): void {
  refuseError(new TopologyError('CONFIG_INVALID', message))
}
