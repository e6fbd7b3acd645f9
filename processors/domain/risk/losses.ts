import type { RiskPortfolio } from '../../../schemas/trading/generated/risk-portfolio.ts'
import { larger } from '../shared/decimal.ts'
import type { PortfolioLimits } from './limits.ts'

/** The limits that halt a portfolio when its losses break them. */
export type LossHalt = 'LOSS_LIMIT' | 'MAX_DRAWDOWN'

/** The losses of a portfolio. Units: 1e-18. */
interface Losses {
  /** Since its day of event time began. */
  readonly ofDay: bigint
  /** Since its best moment. */
  readonly drawdown: bigint
}

/** Losses as they are counted; not negative. */
export function lossesOf({ pnl, dayStartPnl, peakPnl }: RiskPortfolio): Losses {
  const now = pnl ?? 0n
  return { ofDay: larger(0n, (dayStartPnl ?? 0n) - now), drawdown: larger(0n, (peakPnl ?? 0n) - now) }
}

const dayMs = 86_400_000

/**
 * Counts losses after a change of profit and loss, at a moment of event time. Days are UTC's, and never go back. A portfolio whose
 * losses are above a limit is halted, and stays so until its trading state is set: prices may come back, the cause need not.
 */
export function countLosses(
  before: RiskPortfolio,
  after: RiskPortfolio,
  limits: Pick<PortfolioLimits, 'lossLimit' | 'maxDrawdown'> | undefined,
  time: number,
): RiskPortfolio {
  const day = Math.floor(time / dayMs)
  const newDay = before.lossDay === null || day > before.lossDay
  const counted: RiskPortfolio = {
    ...after,
    lossDay: newDay ? day : before.lossDay,
    dayStartPnl: newDay ? before.pnl : before.dayStartPnl,
    peakPnl: larger(before.peakPnl ?? 0n, after.pnl ?? 0n),
  }
  return { ...counted, haltedBy: counted.haltedBy ?? brokenLimit(counted, limits) }
}

function brokenLimit(
  portfolio: RiskPortfolio,
  limits: Pick<PortfolioLimits, 'lossLimit' | 'maxDrawdown'> | undefined,
): LossHalt | null {
  const { ofDay, drawdown } = lossesOf(portfolio)
  if (limits?.lossLimit != null && ofDay > limits.lossLimit) return 'LOSS_LIMIT'
  if (limits?.maxDrawdown != null && drawdown > limits.maxDrawdown) return 'MAX_DRAWDOWN'
  return null
}

/** Ends a halt by losses; they are counted from here on. */
export function liftLossHalt(portfolio: RiskPortfolio): RiskPortfolio {
  const { pnl } = portfolio
  return { ...portfolio, haltedBy: null, dayStartPnl: pnl, peakPnl: pnl }
}
