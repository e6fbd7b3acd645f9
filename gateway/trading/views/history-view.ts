import { z } from '@hono/zod-openapi'
import type { SnapshotRow } from '../../../schemas/trading/generated/snapshot-row.ts'
import { decimalField, decimalText, longField, timeField, timeText } from '../../index.ts'
import type { PortfolioHistory } from '../reads/history-reads.ts'
import type { PortfolioCut } from '../reads/portfolio-cut.ts'

/** The books at one version. */
export const booksView = z
  .object({
    at: timeField,
    version: longField,
    equity: decimalField.openapi({ description: 'cash + netExposure: realised and unrealised P&L since the start.' }),
    realisedPnl: decimalField,
    unrealisedPnl: decimalField,
    grossExposure: decimalField,
    netExposure: decimalField,
    fees: decimalField,
    cash: decimalField,
    openPositions: z.int(),
    fillCount: z.int(),
  })
  .openapi('PortfolioBooks')

/** A portfolio over time as the API shows it. */
export const historyView = z
  .object({
    portfolioId: z.string().openapi({ example: 'alpha-01' }),
    books: z.array(booksView),
    exposure: z
      .array(z.object({ at: timeField, exposure: decimalField, cap: decimalField.nullable() }))
      .openapi({ description: 'The exposure after each approval, and the cap.' }),
    fills: z.array(
      z.object({
        at: timeField,
        side: z.enum(['BUY', 'SELL']),
        instrumentId: z.string(),
        quantity: decimalField,
        price: decimalField,
      }),
    ),
  })
  .openapi('PortfolioHistory')

/** The view of a portfolio's history. */
export function viewHistory({ portfolioId }: PortfolioCut, history: PortfolioHistory): z.input<typeof historyView> {
  return {
    portfolioId,
    books: history.books.map(viewBooks),
    exposure: history.exposure.map(({ at, exposure, cap }) => ({
      at: timeText(at),
      exposure: decimalText(exposure),
      cap: decimalText(cap),
    })),
    fills: history.fills.map(({ at, side, instrumentId, quantity, price }) => ({
      at: timeText(at),
      side,
      instrumentId,
      quantity: decimalText(quantity),
      price: decimalText(price),
    })),
  }
}

/** The view of one version. */
export function viewBooks(row: SnapshotRow): z.input<typeof booksView> {
  return {
    at: timeText(row.at),
    version: row.version.toString(),
    equity: decimalText(row.cash + row.netExposure),
    realisedPnl: decimalText(row.realisedPnl),
    unrealisedPnl: decimalText(row.unrealisedPnl),
    grossExposure: decimalText(row.grossExposure),
    netExposure: decimalText(row.netExposure),
    fees: decimalText(row.fees),
    cash: decimalText(row.cash),
    openPositions: row.openPositions,
    fillCount: Number(row.fills),
  }
}
