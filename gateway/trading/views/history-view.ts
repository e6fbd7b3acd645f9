import { SnapshotRow } from '../../../schemas/trading/generated/snapshot-row.ts'
import { decimalField, decimalText, recordView, timeField, timeText, viewFields, z } from '../../index.ts'
import type { PortfolioHistory } from '../reads/history-reads.ts'
import type { PortfolioCut } from '../reads/portfolio-cut.ts'

const fields = {
  equity: {
    schema: decimalField.openapi({ description: 'cash + netExposure: realised and unrealised P&L since the start.' }),
    show: (row: SnapshotRow) => decimalText(row.cash + row.netExposure),
  },
  ...viewFields(SnapshotRow, { hidden: ['portfolioId', 'fills'] }),
  fillCount: { schema: z.int(), show: (row: SnapshotRow) => Number(row.fills) },
}

const books = recordView('PortfolioBooks', fields, {
  first: ['at', 'version', 'equity'],
  last: ['fees', 'cash', 'openPositions', 'fillCount'],
})

/** The view of one version of the books. */
export const viewBooks = books.view

/** A portfolio over time as the API shows it. */
export const historyView = z
  .object({
    portfolioId: z.string().openapi({ example: 'alpha-01' }),
    books: z.array(books.schema),
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
