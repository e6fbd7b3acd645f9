import type { TaskTable } from '../../definition/store.ts'
import { type WaitingSteps, wait } from '../steps.ts'
import type { JoinKey } from './join-stores.ts'

/** A side of a join of two streams. */
export type Side = 'left' | 'right'

/** The records of each side that wait for a match; undefined for a side that does not. */
export interface WaitingTables {
  readonly left: TaskTable<JoinKey, unknown> | undefined
  readonly right: TaskTable<JoinKey, unknown> | undefined
}

/**
 * Computes the value that Kafka Streams takes for the time of the oldest waiting record after a search. The search visits both
 * sides' records by time (right before left where times are equal) until it has seen one of each side that may still be
 * matched, and remembers the last one visited, which is not always the oldest. The time of the next search depends on this
 * value, so it is reproduced here, without visiting all records: -1 if none waits.
 *
 * `firstOpen` is the time from which on each side's records may still be matched. Units: ms.
 */
export function* nextOldest(waiting: WaitingTables, firstOpen: Readonly<Record<Side, number>>): WaitingSteps<number> {
  const left = yield* from(waiting.left, firstOpen.left, 2)
  const right = yield* from(waiting.right, firstOpen.right, 2)
  const [openLeft, secondLeft] = left
  const [openRight, secondRight] = right
  if (openLeft === undefined || openRight === undefined)
    return Math.max(yield* latest(waiting.left), yield* latest(waiting.right))
  const next =
    openLeft >= openRight
      ? [secondLeft, ...(yield* from(waiting.right, openLeft + 1, 1))]
      : [secondRight, ...(yield* from(waiting.left, openRight, 1))]
  const later = next.filter(time => time !== undefined)
  return later.length > 0 ? Math.min(...later) : Math.max(openLeft, openRight)
}

function* from(
  table: TaskTable<JoinKey, unknown> | undefined,
  time: number,
  limit: number,
): WaitingSteps<readonly number[]> {
  const rows = table === undefined ? [] : yield* wait(table.scan({ from: [time], limit }))
  return rows.map(row => row.key.time)
}

function* latest(table: TaskTable<JoinKey, unknown> | undefined): WaitingSteps<number> {
  const rows = table === undefined ? [] : yield* wait(table.scan({ reverse: true, limit: 1 }))
  return rows[0]?.key.time ?? -1
}
