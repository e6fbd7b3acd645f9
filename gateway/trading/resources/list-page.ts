import { z } from '@hono/zod-openapi'
import { type FreshRead, longField, Problem, writeCursor } from '../../index.ts'
import { type Freshness, portfolioLag } from '../freshness.ts'
import { isUnknownPortfolio, type PortfolioCut } from '../reads/portfolio-cut.ts'
import type { ListRead, TradingReads } from '../reads/trading-reads.ts'

/** The parts that the resources of a portfolio work with. */
export interface PortfolioParts {
  readonly reads: TradingReads
  readonly fresh: FreshRead
}

/** The progress of the two tasks whose tables an answer is read from. */
const cutView = z
  .object({ version: longField, throughExecSeq: longField, riskSeq: longField, feedbackExecSeq: longField })
  .openapi('PortfolioCut')

/** The documentation of a page of such items. */
export function pageView<I extends z.ZodType>(item: I, name: string) {
  return z
    .object({
      portfolioId: z.string().openapi({ example: 'alpha-01' }),
      items: z.array(item),
      nextCursor: z.string().nullable().openapi({ description: 'The start of the next page; null: this is the last.' }),
      asOf: cutView,
    })
    .openapi(name)
}

/** Everything that a page is made of. */
interface PageWork<Row, Filter, Key, View> {
  /** Names the list in cursors. */
  readonly list: string
  readonly read: ListRead<Row, Filter, Key>
  readonly view: (row: Row) => View
  /** The key of a row as a cursor holds it. */
  readonly keyOf: (row: Row) => string
  readonly portfolioId: string
  readonly filter: Filter
  readonly after: Key | undefined
  readonly limit: number
  readonly freshness: Freshness
  readonly signal: AbortSignal
}

/** One page: one row more than requested is read, to know whether there is another page. Errors: as `FreshRead`; not-found. */
export async function readPage<Row, Filter, Key, View>(fresh: FreshRead, work: PageWork<Row, Filter, Key, View>) {
  const { list, read, view, keyOf, portfolioId, filter, after, limit, freshness, signal } = work
  const asked = { portfolioId, including: freshness.including }
  const answer = await fresh(
    () => read(asked, filter, { limit: limit + 1, after }),
    value => portfolioLag(value?.cut, freshness),
    freshness.waitMs,
    signal,
  )
  if (!answer || isUnknownPortfolio(answer.cut)) throw absent(portfolioId)
  const rows = answer.value.slice(0, limit)
  const last = rows.at(-1)
  const more = answer.value.length > limit && last !== undefined
  return {
    portfolioId,
    items: rows.map(view),
    nextCursor: more ? writeCursor(list, keyOf(last)) : null,
    asOf: viewCut(answer.cut),
  }
}

/** 404 for a portfolio. */
export function absent(portfolioId: string): Problem {
  return new Problem('not-found', `portfolio '${portfolioId}' is unknown, or has no decision and no fill yet`)
}

/** The view of a cut. */
function viewCut({ books, risk }: PortfolioCut): z.input<typeof cutView> {
  return {
    version: (books?.row.version ?? 0n).toString(),
    throughExecSeq: (books?.row.throughExecSeq ?? 0n).toString(),
    riskSeq: (risk?.row.riskSeq ?? 0n).toString(),
    feedbackExecSeq: (risk?.row.feedbackExecSeq ?? 0n).toString(),
  }
}
