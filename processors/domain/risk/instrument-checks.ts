import { middlePrice, type Quote, takingPrice } from '../market/quote.ts'
import { larger, largestDecimal, multiply, roundUpTo, smaller, unitOf } from '../shared/decimal.ts'
import type { InstrumentTerms } from '../shared/instrument.ts'
import type { OrderType, Side } from '../shared/side.ts'
import { isTimeInForce, timesInForce } from '../shared/time-in-force.ts'
import { type Refusal, refuse } from './refusal.ts'

/** The requested trade, as both stages see it. Units: decimals 1e-18, times ms. */
export interface TradeRequest {
  readonly side: Side
  readonly quantity: bigint
  readonly orderType: OrderType
  readonly limitPrice: bigint | null
  readonly referencePrice: bigint | null
  readonly reduceOnly: boolean
  readonly validUntil: number | null
  readonly timeInForce: string | null
}

/** The limits that apply at the instrument stage. */
export interface OrderLimits {
  readonly version: number
  /** Ticks that a market buy may fill above its reference price. */
  readonly slippageTicks: number
  readonly maxNotionalPerOrder: bigint | null
  /** The most by which a price may differ from the market's, as a share of it. Null: by any. Units: 1e-18. */
  readonly priceBand: bigint | null
}

/** The result of the instrument stage. Bound and notional are null as long as no price is known. */
interface InstrumentVerdict {
  readonly refusal: Refusal | null
  /** A reduce-only trade below a minimum passes here, and is refused like this if it does not close the whole position. */
  readonly unlessClosing: Refusal | null
  readonly boundPrice: bigint | null
  readonly worstNotional: bigint | null
}

/** Runs the checks of the instrument stage in order; the first that fails wins. Pure. */
export function checkInstrument(
  request: TradeRequest,
  occurredAt: number,
  terms: InstrumentTerms | null,
  limits: OrderLimits,
  market?: Quote,
): InstrumentVerdict {
  if (terms === null) return refused(refuse('INSTRUMENT_NOT_FOUND', 'the instrument is not registered'))
  const small = checkMinima(request.quantity, terms)
  const early =
    checkAvailability(request, occurredAt, terms) ??
    checkQuantity(request.quantity, terms) ??
    (request.reduceOnly ? null : small) ??
    checkMaximum(request.quantity, terms) ??
    checkOrder(request)
  if (early) return refused(early)
  const referencePrice = marketReference(request, terms, market) ?? request.referencePrice
  const price = request.limitPrice ?? (request.orderType === 'LIMIT' ? null : referencePrice)
  const mispriced = checkPrice(price, terms) ?? checkBand(request, limits, market)
  if (mispriced) return refused(mispriced)
  const boundPrice = boundPriceOf({ ...request, referencePrice }, terms.tickSize, limits.slippageTicks)
  const worstNotional = multiply(request.quantity, boundPrice)
  const cheap = checkMinNotional(worstNotional, terms)
  const refusal =
    (request.reduceOnly ? null : cheap) ?? checkNotional(worstNotional, terms, limits) ?? checkBound(boundPrice, limits)
  const bound = refusal === null ? boundPrice : holdable(boundPrice)
  const unlessClosing = request.reduceOnly ? (small ?? cheap) : null
  return { refusal, unlessClosing, boundPrice: bound, worstNotional: holdable(worstNotional) }
}

/**
 * A closing market order is valued at the market's price, on the next tick up, where there is one: a reference price of its own may be
 * an old one, and the order would be canceled.
 */
function marketReference(
  { orderType, side, reduceOnly }: Pick<TradeRequest, 'orderType' | 'side' | 'reduceOnly'>,
  { tickSize }: InstrumentTerms,
  market: Quote | undefined,
): bigint | null {
  const price = market && reduceOnly && orderType === 'MARKET' ? takingPrice(market, side) : null
  return price === null || price === undefined ? null : roundUpTo(tickSize, price)
}

/**
 * The highest price the trade may fill at, for both sides: BUY min(limit, reference + slippage), SELL max(reference, limit).
 * One of the two prices must be there. A reference price off the tick counts as the next tick up, so the bound stays a
 * price the instrument can have.
 */
function boundPriceOf(
  request: Pick<TradeRequest, 'side' | 'limitPrice' | 'referencePrice'>,
  tickSize: bigint,
  slippageTicks: number,
): bigint {
  const { limitPrice: limit, referencePrice } = request
  const reference = referencePrice !== null && referencePrice > 0n ? roundUpTo(tickSize, referencePrice) : null
  if (request.side === 'SELL') return larger(reference ?? 0n, limit ?? 0n)
  if (reference === null) return limit ?? 0n
  const slipped = reference + BigInt(slippageTicks) * tickSize
  return limit === null ? slipped : smaller(limit, slipped)
}

function checkAvailability(request: TradeRequest, occurredAt: number, terms: InstrumentTerms): Refusal | null {
  if (!terms.enabled && !request.reduceOnly) return refuse('INSTRUMENT_DISABLED', 'the instrument is disabled')
  if (request.validUntil !== null && request.validUntil <= occurredAt) {
    const [limit, observed] = [String(request.validUntil), String(occurredAt)]
    return refuse('SIGNAL_EXPIRED', 'the signal was valid until a time not after its own', limit, observed)
  }
  return null
}

function checkQuantity(quantity: bigint, terms: InstrumentTerms): Refusal | null {
  if (quantity <= 0n) return refuse('QUANTITY_NOT_POSITIVE', 'the quantity must be positive', 0n, quantity)
  if (quantity % unitOf(terms.sizePrecision) !== 0n) {
    const limit = String(terms.sizePrecision)
    return refuse('QUANTITY_PRECISION_EXCEEDED', 'the quantity has too many digits after the point', limit, quantity)
  }
  return null
}

/** The least that an order may be: whole lots, and the minimum. What is left of a position may be less. */
function checkMinima(quantity: bigint, terms: InstrumentTerms): Refusal | null {
  if (quantity % terms.lotSize !== 0n) {
    return refuse('QUANTITY_NOT_LOT_MULTIPLE', 'the quantity is not a multiple of the lot', terms.lotSize, quantity)
  }
  if (terms.minQty !== null && quantity < terms.minQty) {
    return refuse('QUANTITY_BELOW_MINIMUM', 'the quantity is below the minimum', terms.minQty, quantity)
  }
  return null
}

function checkMaximum(quantity: bigint, terms: InstrumentTerms): Refusal | null {
  if (terms.maxTradeQty !== null && quantity > terms.maxTradeQty) {
    return refuse('QUANTITY_EXCEEDS_MAXIMUM', 'the quantity is above the maximum', terms.maxTradeQty, quantity)
  }
  return null
}

/** Refuses an order that contradicts itself: the price of a market order is the market's. */
function checkOrder({ orderType, limitPrice, timeInForce }: TradeRequest): Refusal | null {
  if (orderType === 'MARKET' && limitPrice !== null)
    return refuse('LIMIT_PRICE_ON_MARKET_ORDER', 'a market order has a limit price', null, limitPrice)
  if (!isTimeInForce(timeInForce)) {
    const known = timesInForce.join(', ')
    return refuse('TIME_IN_FORCE_UNKNOWN', 'the time in force is none that is known', known, timeInForce)
  }
  return null
}

function checkPrice(price: bigint | null, terms: InstrumentTerms): Refusal | null {
  if (price === null) return refuse('PRICE_UNAVAILABLE', 'there is no price to value the trade at')
  if (price <= 0n) return refuse('PRICE_NOT_POSITIVE', 'the price must be positive', 0n, price)
  if (price % unitOf(terms.pricePrecision) !== 0n) {
    const limit = String(terms.pricePrecision)
    return refuse('PRICE_PRECISION_EXCEEDED', 'the price has too many digits after the point', limit, price)
  }
  if (price % terms.tickSize !== 0n) {
    return refuse('PRICE_NOT_TICK_MULTIPLE', 'the price is not a multiple of the tick', terms.tickSize, price)
  }
  return null
}

/** Refuses a limit or reference price too far from the market. Without market prices, or a band, there is nothing to measure by. */
function checkBand(
  { limitPrice, referencePrice }: TradeRequest,
  { priceBand: band }: OrderLimits,
  market: Quote | undefined,
): Refusal | null {
  const middle = market && middlePrice(market)
  if (band === null || middle === undefined || middle === null) return null
  const most = multiply(middle, band)
  for (const [name, price] of Object.entries({ limitPrice, referencePrice })) {
    if (price === null || (price <= middle + most && price >= middle - most)) continue
    const reason = `the ${name} is further from the market's price than the band allows`
    return refuse('PRICE_OUT_OF_BAND', reason, price > middle ? middle + most : middle - most, price)
  }
  return null
}

function checkMinNotional(notional: bigint, terms: InstrumentTerms): Refusal | null {
  if (terms.minNotional === null || notional >= terms.minNotional) return null
  return refuse('NOTIONAL_BELOW_MINIMUM', 'the notional is below the minimum', terms.minNotional, notional)
}

function checkNotional(notional: bigint, terms: InstrumentTerms, limits: OrderLimits): Refusal | null {
  if (terms.maxNotional !== null && notional > terms.maxNotional) {
    return refuse('NOTIONAL_EXCEEDS_MAXIMUM', 'the notional is above the maximum', terms.maxNotional, notional)
  }
  if (limits.maxNotionalPerOrder !== null && notional > limits.maxNotionalPerOrder) {
    const limit = limits.maxNotionalPerOrder
    return refuse('NOTIONAL_EXCEEDS_MAX_PER_ORDER', 'the notional is above the most an order may have', limit, notional)
  }
  return null
}

/**
 * Refuses a price so near the end that with its slippage no column holds it. Does not apply where orders have no limit at
 * all.
 */
function checkBound(boundPrice: bigint, limits: OrderLimits): Refusal | null {
  if (limits.maxNotionalPerOrder === null || boundPrice <= largestDecimal) return null
  const reason = 'the price with its slippage is above what the books can hold'
  return refuse('NOTIONAL_EXCEEDS_MAX_PER_ORDER', reason, largestDecimal, boundPrice)
}

function holdable(value: bigint): bigint | null {
  return value <= largestDecimal ? value : null
}

function refused(refusal: Refusal): InstrumentVerdict {
  return { refusal, unlessClosing: null, boundPrice: null, worstNotional: null }
}
