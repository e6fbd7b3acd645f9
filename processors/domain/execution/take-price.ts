import type { PortfolioPriceEvent } from '../../../schemas/trading/generated/portfolio-price.ts'
import { type Awaitable, chain, together } from '../../../topology/index.ts'
import { instrumentKey } from '../shared/keys.ts'
import { type ExecutionConfig, settingsOf } from './execution-config.ts'
import { type ExecutionStores, openBook, saveBook } from './execution-stores.ts'
import type { SentReport } from './order-book.ts'

/**
 * Takes a price that a portfolio is told: time passes until then, and orders whose limit it reaches take the units that are there,
 * the one that rests longest before the others. A price that is not newer than the known one changes nothing.
 */
export function takePortfolioPrice(
  stores: ExecutionStores,
  event: PortfolioPriceEvent,
  config: ExecutionConfig,
): Awaitable<readonly SentReport[]> {
  const { portfolioId, exchange, instrumentId, bid, ask, last, bidSize, askSize } = event.payload
  const key = instrumentKey(exchange, instrumentId)
  const at = event.occurredAt
  return chain(together([stores.quotes.get([portfolioId, key]), openBook(stores, portfolioId)]), ([known, book]) => {
    if (known !== undefined && known.at >= at) return []
    book.advance(at)
    const left = book.match(key, { bid, ask, last, bidSize, askSize, at }, settingsOf(config, key))
    book.advance(at)
    stores.quotes.put([portfolioId, key], { portfolioId, instrumentKey: key, ...left })
    saveBook(stores, portfolioId, book)
    return book.reports
  })
}
