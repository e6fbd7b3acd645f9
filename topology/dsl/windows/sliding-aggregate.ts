import type { NodeContext, NodeProcessor } from '../../definition/definition.ts'
import type { FlowRecord } from '../../definition/record.ts'
import type { AnyTopic } from '../../definition/topic.ts'
import { isAbsent } from '../change.ts'
import { OperatorTime } from '../clock.ts'
import { atOnce } from '../functions.ts'
import { leaveOut } from '../late-output.ts'
import { runSteps, type WaitingSteps, wait } from '../steps.ts'
import { StreamTime } from '../stream-time.ts'
import type { WindowAggregate } from './window-aggregate.ts'
import { WindowResults } from './window-results.ts'
import type { Windowed } from './windowed.ts'
import type { SlidingWindows } from './windows.ts'

interface Window {
  readonly start: number
  readonly aggregate: unknown
  /** The latest record inside. Units: ms. */
  readonly latest: number
}

/**
 * Aggregates the values of a key in sliding windows `[t - difference, t]`: for each record at `t` one that ends there, and
 * one that begins right after it once a later record falls in. A record first creates what it is missing from the
 * aggregates of its neighbours, then joins every window that holds it.
 *
 * Windows never begin before 0: records earlier than `difference` share the window `[0, difference]`.
 *
 * Source: `KStreamSlidingWindowAggregate` of Kafka Streams (KIP-450): null keys and values are left out, and an aggregate of null
 * deletes the window.
 */
export function slidingAggregate(
  windows: SlidingWindows<AnyTopic>,
  { store, clock, step, outlets, results, input }: WindowAggregate,
): (context: NodeContext) => NodeProcessor {
  const { differenceMs, graceMs, retentionMs } = windows
  return context => {
    const table = context.store(store)
    const streamTime = new StreamTime(context, clock, input, () => results.closing.node !== undefined)
    const latestStart = new OperatorTime(context, clock, 'window-start')
    const output = new WindowResults(context, table, results, outlets.results)

    /** Windows of the key that begin in the range and are within retention, oldest first. */
    function* find(key: unknown, from: number, to: number): WaitingSteps<readonly Window[]> {
      const oldest = Math.max(from, (yield* wait(latestStart.read())) - retentionMs + 1)
      if (to < oldest) return []
      const rows = yield* wait(table.scan({ from: [key, oldest], to: [key, to] }))
      return rows.map(row => {
        const { start } = row.key as Windowed<unknown>
        return { start, aggregate: row.value, latest: row.timestamp }
      })
    }

    function* put(record: FlowRecord, start: number, before: unknown, after: unknown, latest: number): WaitingSteps {
      const key: Windowed<unknown> = { key: record.key, start, end: start + differenceMs }
      yield* wait(latestStart.raise(start))
      if (!isAbsent(after)) table.put(key, after, latest)
      else if (isAbsent(before)) return
      else table.delete(key)
      yield* wait(
        output.updated(record, key, before ?? null, after ?? null, isAbsent(after) ? record.timestamp : latest),
      )
    }

    /** Adds the record to a window that is there. False: the window has closed. */
    function* join(record: FlowRecord, window: Window, closed: number): WaitingSteps<boolean> {
      if (window.start + differenceMs < closed) return false
      const after = atOnce(step(window.aggregate, record.value, record.key))
      yield* put(record, window.start, window.aggregate, after, Math.max(window.latest, record.timestamp))
      return true
    }

    /** Makes a window that ends with the record; `inherited` is what it holds besides. False: the window has closed. */
    function* make(record: FlowRecord, start: number, inherited: unknown, closed: number): WaitingSteps<boolean> {
      if (start + differenceMs < closed) return false
      yield* put(record, start, undefined, atOnce(step(inherited, record.value, record.key)), record.timestamp)
      return true
    }

    function* aggregate(record: FlowRecord): WaitingSteps {
      const time = record.timestamp
      const closed = (yield* wait(streamTime.raise(time))) - graceMs
      if (time + 1 + differenceMs <= closed) return yield* wait(leaveOut(context, outlets, record))
      const complete = time < differenceMs ? yield* early(record, closed) : yield* regular(record, closed)
      if (!complete) yield* wait(leaveOut(context, outlets, record))
    }

    function* regular(record: FlowRecord, closed: number): WaitingSteps<boolean> {
      const time = record.timestamp
      const found = yield* find(record.key, Math.max(0, time - 2 * differenceMs), time + 1)
      const starts = new Set(found.map(window => window.start))
      const endOf = (window: Window) => window.start + differenceMs
      const own = found.find(window => endOf(window) === time)
      const left = found.findLast(window => endOf(window) < time)
      const holding = found.filter(window => window.start <= time && endOf(window) > time)
      const right = holding.at(-1)

      let complete = true
      for (const window of holding.toReversed()) complete = (yield* join(record, window, closed)) && complete
      if (own) {
        complete = (yield* join(record, own, closed)) && complete
        // A record of the same time was here before: it has made every window that this one needs.
        if (own.latest >= time) return complete
      }
      const previous = left?.latest ?? own?.latest
      const afterPrevious = previous !== undefined && !starts.has(previous + 1) && previous + 1 + differenceMs >= time
      if (afterPrevious) complete = (yield* make(record, previous + 1, undefined, closed)) && complete
      // The window after the previous record may be the very one that ends here.
      if (!own && !(afterPrevious && previous + 1 === time - differenceMs)) {
        const inherits = previous !== undefined && time - differenceMs <= previous
        complete =
          (yield* make(record, time - differenceMs, inherits ? left?.aggregate : undefined, closed)) && complete
      }
      yield* openRight(record, right, starts)
      return complete
    }

    function* early(record: FlowRecord, closed: number): WaitingSteps<boolean> {
      const time = record.timestamp
      const found = yield* find(record.key, 0, time + 1)
      const starts = new Set(found.map(window => window.start))
      const combined = found.find(window => window.start === 0)
      const holding = found.filter(window => window.start > 0 && window.start <= time)
      const previous = combined !== undefined && combined.latest < time ? combined.latest : undefined

      let complete = true
      for (const window of holding) complete = (yield* join(record, window, closed)) && complete
      // Without a window after an earlier record, all that the combined one holds is later than this record.
      yield* openRight(record, holding.at(-1) ?? combined, starts)
      if (previous !== undefined && !starts.has(previous + 1))
        complete = (yield* make(record, previous + 1, undefined, closed)) && complete
      const joined = combined ? yield* join(record, combined, closed) : yield* make(record, 0, undefined, closed)
      return joined && complete
    }

    /** The window right after the record, if a later record is there to fill it and nobody has made it. */
    function* openRight(record: FlowRecord, right: Window | undefined, starts: ReadonlySet<number>): WaitingSteps {
      const start = record.timestamp + 1
      if (right === undefined || right.latest <= record.timestamp || starts.has(start)) return
      yield* put(record, start, undefined, right.aggregate, right.latest)
    }

    return {
      process(record) {
        if (isAbsent(record.key)) return context.skip('null-key')
        if (isAbsent(record.value)) return context.skip('null-value')
        return runSteps(aggregate(record))
      },
      ...output.flushing(),
    }
  }
}
