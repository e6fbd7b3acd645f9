import type { PortfolioPriceEvent } from '../../../schemas/trading/generated/portfolio-price.ts'
import type { PortfolioRow } from '../../../schemas/trading/generated/portfolio-row.ts'
import { PositionRow } from '../../../schemas/trading/generated/position-row.ts'
import { type Awaitable, chain, pickFields, together } from '../../../topology/index.ts'
import { instrumentKey } from '../shared/keys.ts'
import type { BooksStores } from './books-stores.ts'
import { isMaterial, markOfPrice, published } from './mark.ts'
import { exchangePosition } from './portfolio-totals.ts'
import type { BooksChange } from './reconcile.ts'
import { newestSnapshotAt, portfolioSnapshot } from './snapshot.ts'

/**
 * Takes a price into the books: the position is marked at it, and the value of the portfolio follows. The result is the change
 * to tell, undefined when it is not material or comes too soon. A price that is not newer than the known one changes nothing.
 *
 * Before the first fill the price waits in a store; from then on the position has it. Marks are no part of the state hash or of
 * the version, which count reports.
 */
export function reconcilePrice(stores: BooksStores, event: PortfolioPriceEvent): Awaitable<BooksChange | undefined> {
  const { portfolioId, exchange, instrumentId, bid, ask, last, bidSize, askSize } = event.payload
  const key = instrumentKey(exchange, instrumentId)
  const at = event.occurredAt
  const mark = markOfPrice({ bid, ask, last, at })
  if (mark === undefined) return undefined
  return chain(
    together([stores.portfolios.get(portfolioId), stores.positions.get([portfolioId, key])]),
    ([portfolio, position]) => {
      if (portfolio === undefined || position === undefined)
        return chain(stores.marks.get([portfolioId, key]), waiting => {
          if (waiting !== undefined && waiting.at >= at) return undefined
          stores.marks.put([portfolioId, key], {
            portfolioId,
            instrumentKey: key,
            bid,
            ask,
            last,
            at,
            bidSize,
            askSize,
          })
          return undefined
        })
      if (position.markSource === 'MARKET' && position.markedAt !== null && position.markedAt >= at) return undefined
      const marked = pickFields(PositionRow, position, {
        markPrice: mark.price,
        markedAt: at,
        markSource: 'MARKET' as const,
      })
      stores.positions.put([portfolioId, key], marked)
      const revalued: PortfolioRow = {
        ...portfolio,
        ...exchangePosition(portfolio, position, marked),
        markedAt: Math.max(portfolio.markedAt ?? at, at),
      }
      if (!isMaterial(revalued, at)) {
        stores.portfolios.put(portfolioId, revalued)
        return undefined
      }
      // A price that is not newer than the reports has a snapshot of its own all the same.
      const told = { ...published(revalued), publishedMarkAt: Math.max(at, newestSnapshotAt(portfolio) + 1) }
      stores.portfolios.put(portfolioId, told)
      const snapshot = portfolioSnapshot(told)
      stores.snapshots.put([portfolioId, snapshot.at, snapshot.version], snapshot)
      return { portfolio: told, position: marked, markedBy: event.eventId }
    },
  )
}
