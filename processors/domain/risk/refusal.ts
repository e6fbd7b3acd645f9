import { format } from '../shared/decimal.ts'

/** The reasons for which instrument-risk refuses, in the order of the checks; the first that fails wins. */
export const instrumentReasonCodes = [
  'INSTRUMENT_NOT_FOUND',
  'INSTRUMENT_DISABLED',
  'SIGNAL_EXPIRED',
  'QUANTITY_NOT_POSITIVE',
  'QUANTITY_PRECISION_EXCEEDED',
  'QUANTITY_NOT_LOT_MULTIPLE',
  'QUANTITY_BELOW_MINIMUM',
  'QUANTITY_EXCEEDS_MAXIMUM',
  'LIMIT_PRICE_ON_MARKET_ORDER',
  'TIME_IN_FORCE_UNKNOWN',
  'PRICE_UNAVAILABLE',
  'PRICE_NOT_POSITIVE',
  'PRICE_PRECISION_EXCEEDED',
  'PRICE_NOT_TICK_MULTIPLE',
  'PRICE_OUT_OF_BAND',
  'NOTIONAL_BELOW_MINIMUM',
  'NOTIONAL_EXCEEDS_MAXIMUM',
  'NOTIONAL_EXCEEDS_MAX_PER_ORDER',
] as const

/** The reasons for which portfolio-risk refuses a signal that instrument-risk passed, in the order of the checks. */
export const portfolioReasonCodes = [
  'PORTFOLIO_NOT_FOUND',
  'SIGNAL_FROM_FUTURE',
  'SIGNAL_TOO_OLD',
  'TRADING_HALTED',
  'LOSS_LIMIT_EXCEEDED',
  'DRAWDOWN_LIMIT_EXCEEDED',
  'CURRENCY_MISMATCH',
  'REDUCE_ONLY_WOULD_INCREASE_POSITION',
  'TRADING_STATE_REDUCING',
  'SHORT_NOT_ALLOWED',
  'POSITION_LIMIT_EXCEEDED',
  'EXPOSURE_CAP_EXCEEDED',
  'RATE_LIMIT_EXCEEDED',
] as const

/** A reason code of either stage. Strings on the wire: a new symbol of an enum would break old readers. */
export type ReasonCode = (typeof instrumentReasonCodes)[number] | (typeof portfolioReasonCodes)[number]

/** A check that failed. Shape of details: `{ limit: '1000', observed: '1200' }`. */
export interface Refusal {
  readonly reasonCode: ReasonCode
  readonly reason: string
  readonly details: RefusalDetails
}

/** The limit that was broken and the observed value, as text. */
interface RefusalDetails {
  readonly limit: string | null
  readonly observed: string | null
}

/** Makes a refusal; bigints are decimals. */
export function refuse(
  reasonCode: ReasonCode,
  reason: string,
  limit: bigint | string | null = null,
  observed: bigint | string | null = null,
): Refusal {
  return { reasonCode, reason, details: { limit: text(limit), observed: text(observed) } }
}

function text(value: bigint | string | null): string | null {
  return typeof value === 'bigint' ? format(value) : value
}
