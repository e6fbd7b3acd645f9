import type { MarketPrice, MarketPriceEvent } from '../../../schemas/trading/generated/market-price.ts'
import { marketPriceIdOf } from '../shared/ids.ts'
import { instrumentKey } from '../shared/keys.ts'

/** The event that carries a price. The same price of one source and time gives the same event. Units of `occurredAt`: ms. */
export function priceEvent(payload: MarketPrice, occurredAt: number, producer: string): MarketPriceEvent {
  const key = instrumentKey(payload.exchange, payload.instrumentId)
  const eventId = marketPriceIdOf(key, payload.source, occurredAt)
  return {
    eventId,
    eventType: 'MarketPrice',
    schemaVersion: 1,
    occurredAt,
    producer,
    key,
    correlationId: eventId,
    payload,
  }
}
