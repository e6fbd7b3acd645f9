import type { MarketInterestRow } from '../../../schemas/trading/generated/market-interest-row.ts'
import type { MarketPriceEvent } from '../../../schemas/trading/generated/market-price.ts'
import type { MarketPriceRow } from '../../../schemas/trading/generated/market-price-row.ts'
import type { PortfolioPriceEvent } from '../../../schemas/trading/generated/portfolio-price.ts'
import { type Awaitable, chain, type KeyValueStore, ProcessorError } from '../../../topology/index.ts'
import type { Rows } from '../books/books-stores.ts'
import { envelope } from '../shared/envelope.ts'
import { portfolioPriceIdOf } from '../shared/ids.ts'
import { instrumentKey, portfolioKey } from '../shared/keys.ts'
import { producers } from '../shared/producer.ts'
import { quoteProblems } from './quote.ts'

/** The stores in which instrument-risk keeps the market. */
export interface MarketStores {
  readonly prices: Pick<Rows<string, MarketPriceRow>, 'get' | 'put'>
  readonly interests: Pick<
    KeyValueStore<readonly [instrumentKey: string, portfolioId: string], MarketInterestRow>,
    'get' | 'put' | 'prefix'
  >
}

/**
 * Takes a price: it becomes the newest of its instrument, and every portfolio that has asked to trade it is told. A price that
 * is not newer than the known one changes nothing.
 *
 * Errors: ProcessorError PROCESS_FAILED for an event without a usable price.
 */
export function takePrice(stores: MarketStores, event: MarketPriceEvent): Awaitable<readonly PortfolioPriceEvent[]> {
  const { exchange, instrumentId, bid, ask, last, source } = event.payload
  const key = instrumentKey(exchange, instrumentId)
  const problems = quoteProblems(event.payload)
  if (problems.length > 0) {
    const message = `the price of '${key}' cannot be used: ${problems.join('; ')}: send it again`
    throw new ProcessorError('PROCESS_FAILED', message, { context: { instrumentKey: key } })
  }
  return chain(stores.prices.get(key), known => {
    if (known !== undefined && known.at >= event.occurredAt) return []
    stores.prices.put(key, { instrumentKey: key, bid, ask, last, source, at: event.occurredAt })
    return chain(stores.interests.prefix(key), rows => rows.map(({ value }) => told(event, value.portfolioId)))
  })
}

/** Notes that a portfolio has asked to trade an instrument: from now on it is told the prices. */
export function noteInterest(
  { interests }: Pick<MarketStores, 'interests'>,
  key: string,
  portfolioId: string,
  since: number,
): Awaitable<void> {
  return chain(interests.get([key, portfolioId]), known => {
    if (known === undefined) interests.put([key, portfolioId], { instrumentKey: key, portfolioId, since })
  })
}

function told(event: MarketPriceEvent, portfolioId: string): PortfolioPriceEvent {
  const { exchange, instrumentId, bid, ask, last, source } = event.payload
  return envelope(
    {
      eventId: portfolioPriceIdOf(event.eventId, portfolioId),
      eventType: 'PortfolioPrice',
      producer: producers.instrumentRisk,
      key: portfolioKey(portfolioId),
      occurredAt: event.occurredAt,
      cause: event,
    },
    { portfolioId, exchange, instrumentId, bid, ask, last, source },
  )
}
