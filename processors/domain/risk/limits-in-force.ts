import type { PortfolioControlRow } from '../../../schemas/trading/generated/portfolio-control-row.ts'
import type { Limits, PortfolioLimits, TradingState } from './limits.ts'
import { anyTime, type TimeLimits } from './time-checks.ts'

/** The rules by which a signal is decided, and their versions. */
export interface LimitsInForce {
  /** Version of the limits file. */
  readonly limitsVersion: number
  /** Version of the portfolio's rules that were set at run time; 0: those of the file. */
  readonly controlVersion: bigint
  /** Version of the trading state of every portfolio; 0: it was never set. */
  readonly killSwitchVersion: bigint
  readonly time: TimeLimits
  /** Undefined: the portfolio is unknown. */
  readonly portfolio: PortfolioLimits | undefined
}

/** The fields of a control that are rules of a portfolio. */
type ControlRules = Pick<
  PortfolioControlRow,
  | 'tradingState'
  | 'currency'
  | 'exposureCap'
  | 'maxPositionQty'
  | 'rateMaximum'
  | 'rateWindowMs'
  | 'lossLimit'
  | 'maxDrawdown'
>

/** Rules that were set at run time take the place of the file's; of two trading states the stricter one holds. */
export function limitsInForce(
  file: Limits,
  portfolioId: string,
  own: PortfolioControlRow | undefined,
  every: PortfolioControlRow | undefined,
): LimitsInForce {
  const rules = own === undefined ? file.portfolios.get(portfolioId) : limitsOfControl(own)
  return {
    limitsVersion: file.version,
    time: file.time ?? anyTime,
    controlVersion: own?.controlVersion ?? 0n,
    killSwitchVersion: every?.controlVersion ?? 0n,
    portfolio: rules && every ? { ...rules, tradingState: stricter(rules.tradingState, every.tradingState) } : rules,
  }
}

/** The limits that a control sets. */
export function limitsOfControl(rules: ControlRules): PortfolioLimits {
  const { rateMaximum, rateWindowMs, lossLimit, maxDrawdown } = rules
  return {
    currency: rules.currency ?? '',
    exposureCap: rules.exposureCap,
    tradingState: rules.tradingState as TradingState,
    maxPositionQty: rules.maxPositionQty,
    rate:
      rateMaximum === null || rateWindowMs === null ? null : { maximum: rateMaximum, windowMs: Number(rateWindowMs) },
    lossLimit,
    maxDrawdown,
  }
}

/** The fields of a control that sets these limits. */
export function controlOfLimits(limits: PortfolioLimits): ControlRules {
  return {
    tradingState: limits.tradingState,
    currency: limits.currency,
    exposureCap: limits.exposureCap,
    maxPositionQty: limits.maxPositionQty,
    rateMaximum: limits.rate?.maximum ?? null,
    rateWindowMs: limits.rate ? BigInt(limits.rate.windowMs) : null,
    lossLimit: limits.lossLimit,
    maxDrawdown: limits.maxDrawdown,
  }
}

function stricter(a: TradingState, b: string): TradingState {
  const order: readonly string[] = tradingStates
  return order.indexOf(b) > order.indexOf(a) ? (b as TradingState) : a
}

/** The trading states, the stricter ones later. */
export const tradingStates = ['ACTIVE', 'REDUCING', 'HALTED'] as const
