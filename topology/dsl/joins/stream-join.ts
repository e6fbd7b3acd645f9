import type { NodeContext, NodeProcessor } from '../../definition/definition.ts'
import { type Awaitable, chain, type FlowRecord, isPromise } from '../../definition/record.ts'
import type { Entry, TaskTable } from '../../definition/store.ts'
import { isAbsent } from '../change.ts'
import { type ClockStore, OperatorTime } from '../clock.ts'
import { atOnce } from '../functions.ts'
import { leaveOut, type Outlets } from '../late-output.ts'
import { runSteps, type WaitingSteps, wait } from '../steps.ts'
import type { JoinKey, JoinRow, JoinWindow, Unmatched } from './join-stores.ts'
import type { Joiner, JoinKind } from './table-join.ts'
import { nextOldest, type Side, type WaitingTables } from './unmatched.ts'

/** When two records are near enough: a right one from `beforeMs` before to `afterMs` after the left one. Units: ms. */
interface JoinSpan {
  readonly beforeMs: number
  readonly afterMs: number
  readonly graceMs: number
}

/** The settings that both sides of a stream-stream join share. */
export interface StreamJoin extends JoinSpan {
  readonly kind: JoinKind
  readonly joiner: Joiner
  readonly windows: { readonly left: JoinWindow; readonly right: JoinWindow }
  /** The stores of records that wait on a side which is joined with null when no match comes. */
  readonly unmatched: { readonly left?: Unmatched; readonly right?: Unmatched }
  readonly clock: ClockStore
  readonly outlets: Outlets
}

/** The highest number of the rows that begin with the parts; -1 if there is none. */
function lastNumber(table: TaskTable<JoinKey, unknown>, parts: readonly unknown[]): Awaitable<number> {
  return chain(table.scan({ from: parts, to: parts, reverse: true, limit: 1 }), ([last]) => last?.key.number ?? -1)
}

interface Waiting {
  readonly side: Side
  readonly entry: Entry<JoinKey, unknown>
}

/**
 * One side of a join of two streams over windows of time. Each record is kept, and joined with every record of the other
 * side that is near enough, in either order of arrival. In left and outer joins a record without a match is handed on,
 * joined with null, once no match can come any more: when stream time has passed its window and the grace.
 *
 * Source: `KStreamKStreamJoin` of Kafka Streams 4.1, with the order and the moments of its emissions: null keys and values
 * are left out (a null key of an outer side is joined with null at once); waiting records are examined when a record
 * moves stream time, and only if the oldest could be due by this side's span (`oldest`, its `minTime`); a record that is
 * late beyond its window does not wait. A record that comes when its window and the grace have passed, and that neither
 * matches nor goes on joined with null, counts as late; it is kept nevertheless, for one of the other side that is as late. Kafka Streams keeps stream time and `minTime` in memory and forgets them in a
 * restart; here they are state.
 */
export function streamJoin(join: StreamJoin, side: Side): (context: NodeContext) => NodeProcessor {
  const { kind, joiner, graceMs, windows, unmatched, outlets } = join
  const other: Side = side === 'left' ? 'right' : 'left'
  const [beforeMs, afterMs] = side === 'left' ? [join.beforeMs, join.afterMs] : [join.afterMs, join.beforeMs]
  const retentionMs = join.beforeMs + join.afterMs + graceMs
  const outer = kind === 'outer' || (kind === 'left' && side === 'left')
  const joined = (mine: unknown, theirs: unknown, key: unknown, of: Side = side) =>
    atOnce(of === 'left' ? joiner(mine, theirs, key) : joiner(theirs, mine, key))
  /** The time that a record of the side waits for the other side. Units: ms. */
  const waitMs = { left: join.afterMs + graceMs, right: join.beforeMs + graceMs }

  return context => {
    const own = context.store(windows[side])
    const others = context.store(windows[other])
    const waiting: WaitingTables = {
      left: unmatched.left && context.store(unmatched.left),
      right: unmatched.right && context.store(unmatched.right),
    }
    const seen = new OperatorTime(context, join.clock, 'stream-time')
    const ownLatest = new OperatorTime(context, join.clock, side)
    const otherLatest = new OperatorTime(context, join.clock, other)
    const oldest = new OperatorTime(context, join.clock, 'oldest-unmatched')
    const waits = waiting.left !== undefined || waiting.right !== undefined

    function* process(record: FlowRecord): WaitingSteps {
      const { key, value, timestamp } = record
      const raising = seen.raise(timestamp)
      const streamTime = isPromise(raising) ? yield* wait(raising) : raising
      if (isAbsent(value)) return context.skip('null-value')
      if (isAbsent(key)) {
        if (!outer) return context.skip('null-key')
        return yield* wait(context.forward({ ...record, value: joined(value, null, key) }, outlets.results))
      }
      if (waits && timestamp === streamTime) yield* release(streamTime, record.headers)

      const finding = find(key, Math.max(0, timestamp - beforeMs), Math.max(0, timestamp + afterMs))
      const matches = isPromise(finding) ? yield* wait(finding) : finding
      for (const match of matches) {
        if (match.value.unmatched) settle(match)
        const result = joined(value, match.value.value, key)
        const time = Math.max(timestamp, match.key.time)
        const found = { key, value: result, timestamp: time, headers: record.headers }
        const sent = context.forward(found, outlets.results)
        if (isPromise(sent)) yield* wait(sent)
      }
      const alone = outer && matches.length === 0
      const late = Math.max(0, timestamp + afterMs) < streamTime
      const keeping = keep(record, alone && !late)
      if (isPromise(keeping)) yield* wait(keeping)
      if (alone && late) yield* wait(context.forward({ ...record, value: joined(value, null, key) }, outlets.results))
      const closed = timestamp + afterMs + graceMs < streamTime
      if (!outer && closed && matches.length === 0) yield* wait(leaveOut(context, outlets, record))
    }

    /** Records of the other side in the range that are within its retention, oldest first. */
    function find(key: unknown, from: number, to: number): Awaitable<readonly Entry<JoinKey, JoinRow>[]> {
      return chain(otherLatest.read(), latest => {
        const oldestKept = Math.max(from, latest - retentionMs + 1)
        return to < oldestKept ? [] : others.scan({ from: [key, oldestKept], to: [key, to] })
      })
    }

    /** Keeps the record for matches to come. */
    function keep({ key, value, timestamp }: FlowRecord, waitsAlone: boolean): Awaitable<void> {
      return chain(ownLatest.raise(timestamp), () =>
        chain(nextNumber(key, timestamp), number => {
          const at: JoinKey = { key, time: timestamp, number }
          own.put(at, { value, unmatched: waitsAlone }, timestamp)
          return waitsAlone ? letWait(at, value) : undefined
        }),
      )
    }

    /** Lets a record that was kept wait for its first match. */
    function letWait(at: JoinKey, value: unknown): Awaitable<void> {
      ;(waiting[side] as TaskTable<JoinKey, unknown>).put(at, value, at.time)
      return chain(oldest.read(), known => {
        if (known < 0 || at.time < known) oldest.write(at.time)
      })
    }

    /** Tells records of a key and time apart: one that waits may have left the window, where retention takes rows. */
    function nextNumber(key: unknown, time: number): Awaitable<number> {
      return chain(lastNumber(own, [key, time]), kept => {
        const table = waiting[side]
        if (table === undefined) return kept + 1
        return chain(lastNumber(table, [time, key]), alone => Math.max(kept, alone) + 1)
      })
    }

    /** Records that a row of the other side has found its first match: it no longer waits. */
    function settle(match: Entry<JoinKey, JoinRow>): void {
      others.put(match.key, { value: match.value.value, unmatched: false }, match.timestamp)
      waiting[other]?.delete(match.key)
    }

    /** Hands on the waiting records whose window has passed; both sides', oldest first. */
    function* release(streamTime: number, headers: FlowRecord['headers']): WaitingSteps {
      const first = yield* wait(oldest.read())
      if (first < 0 || first + afterMs + graceMs >= streamTime) return
      const firstOpen = { left: streamTime - waitMs.left, right: streamTime - waitMs.right }
      oldest.write(yield* nextOldest(waiting, firstOpen))
      const due: Waiting[] = []
      for (const of of ['right', 'left'] as const)
        for (const entry of yield* wait(waiting[of]?.scan({ to: [firstOpen[of] - 1] }) ?? []))
          due.push({ side: of, entry })
      due.sort((a, b) => a.entry.key.time - b.entry.key.time)
      for (const { side: of, entry } of due) {
        const { key, time } = entry.key
        waiting[of]?.delete(entry.key)
        const value = joined(entry.value, null, key, of)
        yield* wait(context.forward({ key, value, timestamp: time, headers }, outlets.results))
      }
    }

    return { process: record => runSteps(process(record)) }
  }
}
