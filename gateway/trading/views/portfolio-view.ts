import { z } from '@hono/zod-openapi'
import { noTotals, unrealisedOf } from '../../../processors/domain/books/portfolio-totals.ts'
import { divideHalfEven, one, unitOf } from '../../../processors/domain/shared/decimal.ts'
import type { PortfolioRow } from '../../../schemas/trading/generated/portfolio-row.ts'
import type { RiskPortfolio } from '../../../schemas/trading/generated/risk-portfolio.ts'
import { decimalField, decimalText, longField, timeField, timeText } from '../../index.ts'
import type { Portfolio } from '../reads/portfolio-reads.ts'
import { fillView, viewFill } from './fill-view.ts'
import { positionView, viewPosition } from './position-view.ts'
import { tradeView, viewTrade } from './trade-view.ts'

/** The numbers of a portfolio. */
export const summaryView = z
  .object({
    version: longField.openapi({ description: 'Distinct reports that the books include.' }),
    throughExecSeq: longField.openapi({ description: 'The books include every report up to this one.' }),
    riskSeq: longField.openapi({ description: 'Decisions that risk has taken.' }),
    feedbackExecSeq: longField.openapi({ description: 'Reports that risk includes.' }),
    provisional: z.boolean().openapi({ description: 'An earlier report is still missing.' }),
    asOf: timeField.nullable().openapi({ description: 'Time of the newest report in the books.' }),
    grossExposure: decimalField.openapi({ description: 'Sum of |quantity| x mark.' }),
    netExposure: decimalField.openapi({ description: 'Sum of quantity x mark.' }),
    reservedExposure: decimalField.openapi({ description: 'The most that open orders may still cost.' }),
    exposure: decimalField.openapi({
      description: 'The exposure that risk counts against the cap: positions at cost and open orders.',
    }),
    exposureCap: decimalField.nullable(),
    utilisation: decimalField.nullable().openapi({ description: 'exposure / exposureCap, 6 places.', example: '0.42' }),
    realisedPnl: decimalField.openapi({ description: 'Net of fees.' }),
    unrealisedPnl: decimalField,
    totalPnl: decimalField,
    fees: decimalField,
    cash: decimalField,
    openPositions: z.int(),
    openOrders: z.int(),
    fillCount: z.int(),
    tradeCount: z.int(),
  })
  .openapi('PortfolioSummary')

/** A portfolio as the API shows it. */
export const portfolioView = z
  .object({
    portfolioId: z.string().openapi({ example: 'alpha' }),
    summary: summaryView,
    positions: z.array(positionView).openapi({ description: 'Open ones, by instrument.' }),
    recentFills: z.array(fillView).openapi({ description: 'Newest first.' }),
    recentTrades: z.array(tradeView).openapi({ description: 'Newest first.' }),
  })
  .openapi('Portfolio')

/** The view of a portfolio. */
export function viewPortfolio({ cut, positions, fills, trades }: Portfolio): z.input<typeof portfolioView> {
  return {
    portfolioId: cut.portfolioId,
    summary: viewSummary(cut.books?.row, cut.risk?.row),
    positions: positions.map(viewPosition),
    recentFills: fills.map(viewFill),
    recentTrades: trades.map(viewTrade),
  }
}

/** The numbers of both tasks, side by side. */
export function viewSummary(
  books: PortfolioRow | null | undefined,
  risk: RiskPortfolio | null | undefined,
): z.input<typeof summaryView> {
  const totals = books ?? noTotals
  const unrealised = unrealisedOf(totals)
  const exposure = risk?.exposure ?? 0n
  const cap = risk?.exposureCap ?? null
  return {
    version: (books?.version ?? 0n).toString(),
    throughExecSeq: (books?.throughExecSeq ?? 0n).toString(),
    riskSeq: (risk?.riskSeq ?? 0n).toString(),
    feedbackExecSeq: (risk?.feedbackExecSeq ?? 0n).toString(),
    provisional: books?.provisional ?? false,
    asOf: timeText(books?.asOf ?? null),
    grossExposure: decimalText(totals.grossExposure),
    netExposure: decimalText(totals.netExposure),
    reservedExposure: decimalText(risk?.reserved ?? 0n),
    exposure: decimalText(exposure),
    exposureCap: decimalText(cap),
    utilisation: decimalText(cap === null || cap === 0n ? null : ratio(exposure, cap)),
    realisedPnl: decimalText(totals.realisedPnl),
    unrealisedPnl: decimalText(unrealised),
    totalPnl: decimalText(totals.realisedPnl + unrealised),
    fees: decimalText(totals.fees),
    cash: decimalText(totals.cash),
    openPositions: totals.openPositions,
    openOrders: risk?.openOrders ?? 0,
    fillCount: Number(totals.fills),
    tradeCount: Number(risk?.riskSeq ?? 0n),
  }
}

function ratio(part: bigint, whole: bigint): bigint {
  const unit = unitOf(6)
  return divideHalfEven(part * one, whole * unit) * unit
}
