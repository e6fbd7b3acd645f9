import type { DueOrderRow } from '../../../schemas/trading/generated/due-order-row.ts'
import { type Awaitable, chain, together } from '../../../topology/index.ts'
import { dueUntil, saveDue } from './due-orders.ts'
import { type ExecutionStores, saveBook } from './execution-stores.ts'
import { openOrderOf } from './open-order.ts'
import { OrderBook, type SentReport } from './order-book.ts'

/** Event time that is nearer to the wall clock than this is of the present, and goes on with it. Units: ms. */
const presentMs = 86_400_000

/** The time between two looks of a task at the clock. */
export const lookEvery = '20ms'

/** An input is quiet when nothing has come between so many looks: the first notes the stream time, the second finds the same. */
export const looksUntilQuiet = 2

/** The event time of a task, and whether reports under way are to happen although no record says that their time has come. */
interface Passing {
  /** Units: ms. */
  readonly until: number
  readonly settle?: boolean
}

/**
 * The time that passes for a task while no record comes. Of the present: the wall clock's. Of the past (a replay, a backtest): none,
 * but reports under way happen once the input is quiet, as nothing can come before them. Units: ms.
 */
export function passingTime(streamTime: number, now: number, quiet: boolean): Passing {
  if (Math.abs(now - streamTime) < presentMs) return { until: Math.max(streamTime, now) }
  return { until: streamTime, settle: quiet }
}

/** The stores that passing time reads and writes. */
type TimeStores = Pick<ExecutionStores, 'resting' | 'sequences' | 'due'>

/** Lets time pass for the orders of a task: reports that are due happen, and orders whose time is over expire. It costs what is due. */
export function passTime(stores: TimeStores, { until, settle = false }: Passing): Awaitable<readonly SentReport[]> {
  const reports = settle ? stores.due.prefix('REPORT') : stores.due.range(...dueUntil('REPORT', until))
  return chain(together([reports, stores.due.range(...dueUntil('EXPIRY', until))]), ([underWay, resting]) => {
    const due = [...underWay, ...resting].map(({ value }) => value)
    return due.length === 0 ? [] : passEach(stores, due, { until, settle })
  })
}

/** A look of a task at the wall clock. Units: ms. */
interface Look {
  readonly partition: number
  readonly now: number
  readonly streamTime: number
  readonly caughtUp: boolean
}

/** Looks at the wall clock of a task: its event time goes on with it, or reports under way happen once its input is quiet. */
export function passQuietTime(
  stores: TimeStores & Pick<ExecutionStores, 'passed'>,
  { partition, now, streamTime, caughtUp }: Look,
): Awaitable<readonly SentReport[]> {
  // Keys are unique among the tasks of a store, so that its rows are found without their partition.
  const id = String(partition)
  return chain(stores.passed.get(id), passed => {
    if (passed?.streamTime !== streamTime) stores.passed.put(id, { id, streamTime })
    const passing = passingTime(streamTime, now, caughtUp && passed?.streamTime === streamTime)
    if (passed !== undefined) return passTime(stores, passing)
    return chain(findDue(stores), () => passTime(stores, passing))
  })
}

/** Orders of a version without the store of due ones get their places in it. */
function findDue({ resting, due }: TimeStores): Awaitable<void> {
  return chain(resting.all(), rows => {
    for (const { value } of rows) saveDue(due, undefined, openOrderOf(value))
  })
}

async function passEach(
  stores: TimeStores,
  due: readonly DueOrderRow[],
  { until, settle = false }: Passing,
): Promise<readonly SentReport[]> {
  const reports: SentReport[] = []
  const byPortfolio = new Map<string, DueOrderRow[]>()
  for (const row of due) {
    const own = byPortfolio.get(row.portfolioId)
    if (own) own.push(row)
    else byPortfolio.set(row.portfolioId, [row])
  }
  for (const [portfolioId, own] of [...byPortfolio].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [sequence, ...rows] = await together([
      stores.sequences.get(portfolioId),
      ...own.map(({ instrumentKey, orderId }) => stores.resting.get([portfolioId, instrumentKey, orderId])),
    ])
    const orders = rows.filter(row => row !== undefined).map(openOrderOf)
    const book = new OrderBook(orders, sequence?.execSeq ?? 0n)
    book.advance(until, { settle })
    saveBook(stores, portfolioId, book)
    reports.push(...book.reports)
  }
  return reports
}
