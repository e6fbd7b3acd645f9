import type { Limits } from '../../../processors/domain/risk/limits.ts'
import { rateTextOf } from '../../../processors/domain/risk/limits.ts'
import { limitsInForce, limitsOfControl, tradingStates } from '../../../processors/domain/risk/limits-in-force.ts'
import { lossesOf } from '../../../processors/domain/risk/losses.ts'
import { newRiskPortfolio } from '../../../processors/domain/risk/risk-state.ts'
import type { PortfolioControl } from '../../../schemas/trading/generated/portfolio-control.ts'
import { decimalField, decimalText, longField, timeField, timeText, z } from '../../index.ts'
import type { ControlsInForce } from '../reads/control-reads.ts'

const tradingState = z.enum(tradingStates)

const haltField = z
  .enum(['LOSS_LIMIT', 'MAX_DRAWDOWN'])
  .nullable()
  .openapi({ description: 'The limit that its losses broke, until the trading state is set; null: none.' })

const orderFields = {
  actor: z
    .string()
    .nullable()
    .openapi({ description: 'The person or program that set them; null: the file.', example: 'ann' }),
  reason: z.string().nullable().openapi({ example: 'limit order far from the market' }),
}

const ruleFields = {
  currency: z.string().openapi({ example: 'USD' }),
  exposureCap: decimalField.nullable().openapi({ description: 'Null: none.', example: '100000' }),
  maxPositionQty: decimalField.nullable(),
  lossLimit: decimalField.nullable().openapi({ description: 'The most that a day of event time (UTC) may lose.' }),
  maxDrawdown: decimalField
    .nullable()
    .openapi({ description: 'The most that profit and loss may fall below its best.' }),
  maxOrderRate: z
    .string()
    .nullable()
    .openapi({ description: 'Approvals in any window of that length.', example: '20/1h' }),
}

/** The rules by which a portfolio's signals are decided. */
export const limitsView = z
  .object({
    portfolioId: z.string().openapi({ example: 'alpha-01' }),
    tradingState: tradingState.openapi({
      description: 'The stricter one of its own and that of every portfolio; HALTED while losses halt it.',
    }),
    haltedBy: haltField,
    ownTradingState: tradingState,
    everyTradingState: tradingState.openapi({ description: 'That of every portfolio: the kill switch.' }),
    ...ruleFields,
    controlVersion: longField.openapi({
      description: 'Version of the rules that were set at run time; 0: those of the file.',
    }),
    killSwitchVersion: longField,
    limitsVersion: z.int().openapi({ description: 'Version of the limits file that the gateway has.' }),
    exposure: decimalField.openapi({
      description:
        'Counted against the cap: what is held at its cost or at the market, whichever is more, and what open orders may add.',
    }),
    lossOfDay: decimalField,
    drawdown: decimalField,
    ...orderFields,
    changedAt: timeField.nullable(),
  })
  .openapi('PortfolioLimits')

/** The view of rules in force; undefined for an unknown portfolio. */
export function viewLimits(
  portfolioId: string,
  limits: Limits,
  { own, every, risk }: ControlsInForce,
): z.input<typeof limitsView> | undefined {
  const alone = limitsInForce(limits, portfolioId, own, undefined).portfolio
  const inForce = limitsInForce(limits, portfolioId, own, every)
  if (alone === undefined || inForce.portfolio === undefined) return undefined
  const { currency, exposureCap, maxPositionQty, lossLimit, maxDrawdown, rate } = inForce.portfolio
  const losses = lossesOf(risk ?? newRiskPortfolio(portfolioId))
  const haltedBy = haltField.parse(risk?.haltedBy ?? null)
  return {
    portfolioId,
    tradingState: haltedBy === null ? inForce.portfolio.tradingState : 'HALTED',
    haltedBy,
    ownTradingState: alone.tradingState,
    everyTradingState: tradingState.parse(every?.tradingState ?? 'ACTIVE'),
    currency,
    exposureCap: decimalText(exposureCap),
    maxPositionQty: decimalText(maxPositionQty),
    lossLimit: decimalText(lossLimit),
    maxDrawdown: decimalText(maxDrawdown),
    maxOrderRate: rate && rateTextOf(rate),
    controlVersion: inForce.controlVersion.toString(),
    killSwitchVersion: inForce.killSwitchVersion.toString(),
    limitsVersion: limits.version,
    actor: own?.actor ?? null,
    reason: own?.reason ?? null,
    exposure: decimalText(risk?.exposure ?? 0n),
    lossOfDay: decimalText(losses.ofDay),
    drawdown: decimalText(losses.drawdown),
    changedAt: timeText(own?.changedAt ?? null),
  }
}

/** The answer to an order that changes a portfolio's rules. */
export const controlView = z
  .object({
    portfolioId: z.string().openapi({ example: 'alpha-01' }),
    controlVersion: longField,
    tradingState,
    ...ruleFields,
    flattenVersion: longField.openapi({
      description: 'The newest version that asked to close all positions; 0: none.',
    }),
    ...orderFields,
  })
  .openapi('PortfolioControl')

/** The view of rules that were asked for. */
export function viewControl(control: PortfolioControl): z.input<typeof controlView> {
  const { currency, exposureCap, maxPositionQty, lossLimit, maxDrawdown, rate, tradingState } = limitsOfControl(control)
  return {
    portfolioId: control.portfolioId ?? '',
    controlVersion: control.controlVersion.toString(),
    tradingState,
    currency,
    exposureCap: decimalText(exposureCap),
    maxPositionQty: decimalText(maxPositionQty),
    lossLimit: decimalText(lossLimit),
    maxDrawdown: decimalText(maxDrawdown),
    maxOrderRate: rate && rateTextOf(rate),
    flattenVersion: control.flattenVersion.toString(),
    actor: control.actor,
    reason: control.reason,
  }
}

/** The trading state of every portfolio. */
export const tradingStateView = z
  .object({ tradingState, controlVersion: longField, ...orderFields })
  .openapi('TradingState')

/** The view of it; undefined: it was never set. */
export function viewTradingState(
  state: Pick<PortfolioControl, 'tradingState' | 'controlVersion' | 'actor' | 'reason'> | undefined,
): z.input<typeof tradingStateView> {
  return {
    tradingState: tradingState.parse(state?.tradingState ?? 'ACTIVE'),
    controlVersion: (state?.controlVersion ?? 0n).toString(),
    actor: state?.actor ?? null,
    reason: state?.reason ?? null,
  }
}
