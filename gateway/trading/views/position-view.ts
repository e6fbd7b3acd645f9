import { averagePrice } from '../../../processors/domain/books/books.ts'
import type { MarkSource } from '../../../processors/domain/books/mark.ts'
import { multiply, signOf } from '../../../processors/domain/shared/decimal.ts'
import { PositionRow } from '../../../schemas/trading/generated/position-row.ts'
import { decimalField, decimalText, recordView, timeField, timeText, viewFields, z } from '../../index.ts'
import { instrumentExamples } from './instrument-view.ts'

const fields = {
  averagePrice: {
    schema: decimalField.nullable().openapi({ description: 'cost / |quantity|, 12 places; null when flat.' }),
    show: (row: PositionRow) => decimalText(averagePrice(row)),
  },
  marketValue: {
    schema: decimalField.nullable().openapi({ description: 'quantity x markPrice; signed.' }),
    show: (row: PositionRow) => decimalText(marketValueOf(row)),
  },
  unrealisedPnl: {
    schema: decimalField.nullable(),
    show: (row: PositionRow) => decimalText(unrealisedOf(row)),
  },
  mark: {
    schema: z
      .object({ price: decimalField, at: timeField, source: z.enum(['MARKET', 'FILL']) })
      .nullable()
      .openapi({
        description: "The price that values the position: the market's, common to all portfolios, or its last fill's.",
      }),
    show: (row: PositionRow) => markOf(row),
  },
  ...viewFields(PositionRow, {
    hidden: ['portfolioId', 'instrumentKey', 'markSource'],
    names: { fills: 'fillCount' },
    about: {
      ...instrumentExamples,
      quantity: { description: 'Signed: negative when short.', example: '150' },
      markPrice: { description: 'The price of `mark`.' },
      markedAt: { description: 'The time of `mark`.' },
      realisedPnl: { description: 'Net of fees.' },
    },
  }),
}

const position = recordView('Position', fields, {
  first: [
    'exchange',
    'instrumentId',
    'quantity',
    'cost',
    'averagePrice',
    'mark',
    'markPrice',
    'markedAt',
    'marketValue',
    'unrealisedPnl',
  ],
})

/** A position as the API shows it. */
export const positionView = position.schema

/** The view of a row. */
export const viewPosition = position.view

function markOf({ markPrice, markedAt, markSource }: PositionRow) {
  if (markPrice === null || markedAt === null) return null
  const source: MarkSource = markSource === 'MARKET' ? 'MARKET' : 'FILL'
  return { price: decimalText(markPrice), at: timeText(markedAt), source }
}

function marketValueOf({ markPrice, quantity }: PositionRow): bigint | null {
  return markPrice === null ? null : multiply(quantity, markPrice)
}

function unrealisedOf(row: PositionRow): bigint | null {
  const marketValue = marketValueOf(row)
  return marketValue === null ? null : marketValue - signOf(row.quantity) * row.cost
}
