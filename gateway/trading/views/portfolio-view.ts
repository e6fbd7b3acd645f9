import { newPortfolioRow } from '../../../processors/domain/books/book-rows.ts'
import { unrealisedOf } from '../../../processors/domain/books/portfolio-totals.ts'
import { newRiskPortfolio } from '../../../processors/domain/risk/risk-state.ts'
import { divideHalfEven, one, unitOf } from '../../../processors/domain/shared/decimal.ts'
import { PortfolioRow } from '../../../schemas/trading/generated/portfolio-row.ts'
import { RiskPortfolio } from '../../../schemas/trading/generated/risk-portfolio.ts'
import { decimalField, decimalText, recordView, viewFields, z } from '../../index.ts'
import type { Portfolio } from '../reads/portfolio-reads.ts'
import { fillView, viewFill } from './fill-view.ts'
import { positionView, viewPosition } from './position-view.ts'
import { tradeView, viewTrade } from './trade-view.ts'

/** The rows of both tasks as one. */
type Summary = PortfolioRow & RiskPortfolio

const fields = {
  ...viewFields(PortfolioRow, {
    hidden: [
      'portfolioId',
      'lastExecSeq',
      'stateHash',
      'openCost',
      'fills',
      'publishedMarkAt',
      'publishedGross',
      'publishedNet',
    ],
    about: {
      version: { description: 'Distinct reports that the books include.' },
      throughExecSeq: { description: 'The books include every report up to this one.' },
      provisional: { description: 'An earlier report is still missing.' },
      asOf: { description: 'Time of the newest report in the books.' },
      markedAt: { description: 'Time of the newest market price in the marks.' },
    },
  }),
  ...viewFields(RiskPortfolio, {
    hidden: [
      'portfolioId',
      'bufferedReports',
      'limitsVersion',
      'priceSeq',
      'pnl',
      'lossDay',
      'dayStartPnl',
      'peakPnl',
      'newestSignalAt',
    ],
    names: { reserved: 'reservedExposure' },
    about: {
      riskSeq: { description: 'Decisions that risk has taken.' },
      feedbackExecSeq: { description: 'Reports that risk includes.' },
      reserved: { description: 'The most that open orders may still cost.' },
      currency: { description: 'Of all amounts.', example: 'USD' },
      haltedBy: {
        description: 'LOSS_LIMIT or MAX_DRAWDOWN: losses have halted the portfolio until its trading state is set.',
      },
      exposure: {
        description:
          'The exposure that risk counts against the cap: positions at their cost or at the market, whichever is more, and open orders.',
      },
    },
  }),
  utilisation: {
    schema: decimalField.nullable().openapi({ description: 'exposure / exposureCap, 6 places.', example: '0.42' }),
    show: (row: Summary) => decimalText(utilisationOf(row)),
  },
  unrealisedPnl: { schema: decimalField, show: (row: Summary) => decimalText(unrealisedOf(row)) },
  equity: {
    schema: decimalField.openapi({ description: 'cash + netExposure: it follows the prices between own trades.' }),
    show: (row: Summary) => decimalText(row.cash + row.netExposure),
  },
  totalPnl: { schema: decimalField, show: (row: Summary) => decimalText(row.realisedPnl + unrealisedOf(row)) },
  fillCount: { schema: z.int(), show: (row: Summary) => Number(row.fills) },
  tradeCount: { schema: z.int(), show: (row: Summary) => Number(row.riskSeq) },
}

const summary = recordView('PortfolioSummary', fields, {
  first: [
    'version',
    'throughExecSeq',
    'riskSeq',
    'feedbackExecSeq',
    'provisional',
    'asOf',
    'markedAt',
    'equity',
    'grossExposure',
    'netExposure',
    'reservedExposure',
    'exposure',
    'exposureCap',
    'utilisation',
    'realisedPnl',
    'unrealisedPnl',
    'totalPnl',
    'fees',
  ],
})

/** The numbers of a portfolio. */
export const summaryView = summary.schema

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

/** The numbers of both tasks, side by side. One of the two may not have the portfolio yet. */
export function viewSummary(books: PortfolioRow | null | undefined, risk: RiskPortfolio | null | undefined) {
  return summary.view({ ...(risk ?? newRiskPortfolio('')), ...(books ?? newPortfolioRow('')) })
}

function utilisationOf({ exposure, exposureCap: cap }: Summary): bigint | null {
  if (cap === null || cap === 0n) return null
  const unit = unitOf(6)
  return divideHalfEven(exposure * one, cap * unit) * unit
}
