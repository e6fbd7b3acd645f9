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
import type { SessionWindows } from './windows.ts'

/** Joins the aggregates of two sessions that a record has bridged. */
export type Merge = (aggregate: unknown, other: unknown, key: unknown) => unknown

/** The parts of a session aggregation. `init` also gives the record's own session before it is merged. */
interface SessionAggregate extends Omit<WindowAggregate, 'step'> {
  readonly init: (key: unknown) => unknown
  readonly add: (aggregate: unknown, value: unknown, key: unknown) => unknown
  readonly merge: Merge
}

/**
 * Aggregates the values of a key in sessions: a record joins all sessions within the gap, which become one. A session that
 * was merged away is taken back by a null, if it was within the windows' reach; one that a record falls into is updated.
 *
 * Source: `KStreamSessionWindowAggregate` of Kafka Streams over `CachingSessionStore`: null keys are left out, null values are
 * aggregated; an aggregate of null deletes the session; the cache still finds a session that retention has taken from the store beneath, which then sends no null
 * for it. A result has the time of its session's end.
 */
export function sessionAggregate(
  windows: SessionWindows<AnyTopic>,
  { store, clock, init, add, merge, outlets, results, input, withoutNulls }: SessionAggregate,
): (context: NodeContext) => NodeProcessor {
  const { gapMs, graceMs, retentionMs, reachMs } = windows
  return context => {
    const table = context.store(store)
    const streamTime = new StreamTime(context, clock, input, () => results.closing.node !== undefined)
    // Kafka Streams' store moves its time with the sessions that are put into it, not with records that leave none.
    const latestEnd = new OperatorTime(context, clock, 'session-end')
    const output = new WindowResults(context, table, results, outlets.results)

    function* aggregate(record: FlowRecord): WaitingSteps {
      const { key, timestamp: time } = record
      const before = yield* wait(latestEnd.read())
      const closed = (yield* wait(streamTime.raise(time))) - graceMs - gapMs
      const oldestEnd = Math.max(time - gapMs, before - retentionMs + 1)
      const rows = yield* wait(table.scan({ from: [key, oldestEnd], to: [key] }))
      const merged = rows.filter(row => (row.key as Windowed<unknown>).start <= time + gapMs)

      let [start, end] = [time, time]
      let joined = atOnce(init(key))
      for (const row of merged) {
        const session = row.key as Windowed<unknown>
        joined = atOnce(merge(joined, row.value, key))
        start = Math.min(start, session.start)
        end = Math.max(end, session.end)
      }
      if (end < closed) return yield* wait(leaveOut(context, outlets, record))

      let replaced: unknown = null
      for (const row of merged) {
        const session = row.key as Windowed<unknown>
        if (session.start === start && session.end === end) replaced = row.value
        else {
          table.delete(session)
          const shown = session.end > before - reachMs
          yield* wait(
            shown
              ? output.updated(record, session, row.value, null, session.end)
              : output.goneUnseen(record, session, row.value, session.end),
          )
        }
      }
      const after = atOnce(add(joined, record.value, key))
      const session: Windowed<unknown> = { key, start, end }
      if (isAbsent(after) && replaced === null) return
      yield* wait(latestEnd.raise(end))
      if (isAbsent(after)) table.delete(session)
      else table.put(session, after, end)
      yield* wait(output.updated(record, session, replaced, after ?? null, end))
    }

    return {
      process(record) {
        if (isAbsent(record.key)) return context.skip('null-key')
        if (withoutNulls && isAbsent(record.value)) return context.skip('null-value')
        return runSteps(aggregate(record))
      },
      ...output.flushing(),
    }
  }
}
