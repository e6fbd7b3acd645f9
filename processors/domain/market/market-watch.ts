import type { MarketInterestRow } from '../../../schemas/trading/generated/market-interest-row.ts'
import type { MarketPriceEvent } from '../../../schemas/trading/generated/market-price.ts'
import type { MarketPriceRow } from '../../../schemas/trading/generated/market-price-row.ts'
import type { PortfolioPriceEvent } from '../../../schemas/trading/generated/portfolio-price.ts'
import type { PortfolioSignalEvent } from '../../../schemas/trading/generated/portfolio-signal.ts'
import { type Awaitable, chain, type KeyValueStore, ProcessorError } from '../../../topology/index.ts'
import type { Rows } from '../books/books-stores.ts'
import { envelope } from '../shared/envelope.ts'
import { marketPriceIdOf, portfolioPriceIdOf } from '../shared/ids.ts'
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
  const { exchange, instrumentId, bid, ask, last, source, bidSize, askSize } = event.payload
  const key = instrumentKey(exchange, instrumentId)
  const problems = quoteProblems(event.payload)
  if (problems.length > 0) {
    const message = `the price of '${key}' cannot be used: ${problems.join('; ')}: send it again`
    throw new ProcessorError('PROCESS_FAILED', message, { context: { instrumentKey: key } })
  }
  return chain(stores.prices.get(key), known => {
    if (known !== undefined && known.at >= event.occurredAt) return []
    stores.prices.put(key, { instrumentKey: key, bid, ask, last, source, bidSize, askSize, at: event.occurredAt })
    return chain(stores.interests.prefix(key), rows => rows.map(({ value }) => told(event, value.portfolioId)))
  })
}

/**
 * Notes that a portfolio has asked to trade an instrument: from now on it is told the prices. The result is the newest one, to be
 * told at once, so that all portfolios have it; undefined where there is none, or the portfolio had asked before.
 */
export function noteInterest(
  { interests }: Pick<MarketStores, 'interests'>,
  signal: PortfolioSignalEvent,
  newest: MarketPriceRow | undefined,
): Awaitable<PortfolioPriceEvent | undefined> {
  const { portfolioId, exchange, instrumentId } = signal.payload
  const key = instrumentKey(exchange, instrumentId)
  return chain(interests.get([key, portfolioId]), known => {
    if (known !== undefined) return undefined
    interests.put([key, portfolioId], { instrumentKey: key, portfolioId, since: signal.occurredAt })
    if (newest === undefined) return undefined
    const { bid, ask, last, source, bidSize, askSize, at } = newest
    const eventId = marketPriceIdOf(key, source, at)
    const price = { exchange, instrumentId, bid, ask, last, source, bidSize, askSize }
    return told({ eventId, correlationId: eventId, occurredAt: at, payload: price }, portfolioId)
  })
}

function told(
  event: Pick<MarketPriceEvent, 'eventId' | 'correlationId' | 'occurredAt' | 'payload'>,
  portfolioId: string,
): PortfolioPriceEvent {
  const { exchange, instrumentId, bid, ask, last, source, bidSize, askSize } = event.payload
  return envelope(
    {
      eventId: portfolioPriceIdOf(event.eventId, portfolioId),
      eventType: 'PortfolioPrice',
      producer: producers.instrumentRisk,
      key: portfolioKey(portfolioId),
      occurredAt: event.occurredAt,
      cause: event,
    },
    { portfolioId, exchange, instrumentId, bid, ask, last, source, bidSize, askSize },
  )
}
