import { priceEvent } from '../../processors/domain/market/price-event.ts'
import { quoteProblems } from '../../processors/domain/market/quote.ts'
import type { Limits } from '../../processors/domain/risk/limits.ts'
import { correlationHeader } from '../../processors/domain/shared/correlation.ts'
import { marketPrices } from '../../processors/topics.ts'
import type { MarketPrice, MarketPriceEvent } from '../../schemas/trading/generated/market-price.ts'
import { AlreadyThere } from '../index.ts'
import { putPrice, selectPrice } from './price-statements.ts'
import { fingerprintOf, type RegistrationParts } from './registration.ts'

/** The parts that post prices. */
export interface PriceParts
  extends Pick<RegistrationParts, 'outbox' | 'clock' | 'schema' | 'producer' | 'traceparent'> {
  /** Bounds of a price's time. */
  readonly limits: Pick<Limits, 'time'>
}

/** The outcome of posting a price. `repeated`: it was posted before; `outdated`: a newer one was. Neither makes an event. */
type PricePosting =
  | { readonly kind: 'posted' | 'repeated' | 'outdated'; readonly event: MarketPriceEvent }
  /** The source gave another price for the same time. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] }

/**
 * Posts a price: it becomes the newest of its source, and its event is written, together. The same price again changes nothing, nor
 * does one that is older than the newest of its source. Units of `at`: ms.
 */
export async function postPrice(parts: PriceParts, price: MarketPrice, at: number): Promise<PricePosting> {
  const { outbox, clock, schema, producer, traceparent, limits } = parts
  const problems = [...quoteProblems(price), ...timeProblems(at, clock.now(), limits)]
  if (problems.length > 0) return { kind: 'invalid', problems }
  const event = priceEvent(price, at, producer)
  const { eventId, key, correlationId } = event
  const { bid, ask, last, bidSize, askSize, source } = price
  const fingerprint = fingerprintOf([bid, ask, last, bidSize, askSize].map(String).join('|'))
  const json = marketPrices.value.sql.toSql(event) as string
  const headers = { [correlationHeader]: correlationId, ...(traceparent !== undefined && { traceparent }) }
  const entry = { topic: marketPrices.name, key, eventId, event: json, headers }
  try {
    if (await outbox.post(putPrice(schema, { instrumentKey: key, source, at, fingerprint }), entry))
      return { kind: 'posted', event }
  } catch (error) {
    if (!(error instanceof AlreadyThere)) throw error
  }
  const [standing] = await outbox.read(selectPrice(schema, key, source))
  if (standing !== undefined && Number(standing[0]) === at && standing[1] !== fingerprint) return { kind: 'conflict' }
  return { kind: standing !== undefined && Number(standing[0]) > at ? 'outdated' : 'repeated', event }
}

/** A price ahead of the clock would hold up all later ones of its source, since only newer prices count. */
function timeProblems(at: number, now: number, { time }: Pick<Limits, 'time'>): readonly string[] {
  if (time === undefined || time.maxAheadMs === null || at <= now + time.maxAheadMs) return []
  return [`occurredAt is ${at - now} ms ahead of the clock (PRICE_FROM_FUTURE): set the clock of its source`]
}
