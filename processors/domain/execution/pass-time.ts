import type { RestingOrderRow } from '../../../schemas/trading/generated/resting-order-row.ts'
import { type Awaitable, chain } from '../../../topology/index.ts'
import { type ExecutionStores, openBook, saveBook } from './execution-stores.ts'
import type { SentReport } from './order-book.ts'

/** Event time that is nearer to the wall clock than this is of the present, and goes on with it. Units: ms. */
const presentMs = 86_400_000

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

/** Lets time pass for all orders of a task: reports that are due happen, and orders whose time is over expire. */
export function passTime(
  stores: Pick<ExecutionStores, 'resting' | 'sequences'>,
  passing: Passing,
): Awaitable<readonly SentReport[]> {
  return chain(stores.resting.all(), rows => {
    const portfolios = [
      ...new Set(rows.filter(({ value }) => mayMove(value, passing)).map(row => row.value.portfolioId)),
    ]
    return portfolios.length === 0 ? [] : passEach(stores, portfolios, passing)
  })
}

async function passEach(
  stores: Pick<ExecutionStores, 'resting' | 'sequences'>,
  portfolios: readonly string[],
  { until, settle = false }: Passing,
): Promise<readonly SentReport[]> {
  const reports: SentReport[] = []
  for (const portfolioId of portfolios) {
    const book = await openBook(stores, portfolioId)
    book.advance(until, { settle })
    saveBook(stores, portfolioId, book)
    reports.push(...book.reports)
  }
  return reports
}

function mayMove({ pending, validUntil }: RestingOrderRow, { until }: Passing): boolean {
  return pending !== '[]' || (validUntil !== null && validUntil <= until)
}
