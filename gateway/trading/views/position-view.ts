import { z } from '@hono/zod-openapi'
import { absolute, divideHalfEven, multiply, one, signOf, unitOf } from '../../../processors/domain/shared/decimal.ts'
import type { PositionRow } from '../../../schemas/trading/generated/position-row.ts'
import { decimalField, decimalText, longField, timeField, timeText } from '../../index.ts'

/** A position as the API shows it. */
export const positionView = z
  .object({
    exchange: z.string().openapi({ example: 'XNAS' }),
    instrumentId: z.string().openapi({ example: 'MSFT' }),
    quantity: decimalField.openapi({ description: 'Signed: negative when short.', example: '150' }),
    cost: decimalField.openapi({ description: 'Of the open quantity.' }),
    averagePrice: decimalField.nullable().openapi({ description: 'cost / |quantity|, 12 places; null when flat.' }),
    markPrice: decimalField.nullable().openapi({ description: 'The last fill price.' }),
    markedAt: timeField.nullable(),
    marketValue: decimalField.nullable().openapi({ description: 'quantity x markPrice; signed.' }),
    unrealisedPnl: decimalField.nullable(),
    realisedPnl: decimalField.openapi({ description: 'Net of fees.' }),
    fees: decimalField,
    cash: decimalField,
    fillCount: z.int(),
    lastExecSeq: longField,
  })
  .openapi('Position')

/** The view of a row. */
export function viewPosition(row: PositionRow): z.input<typeof positionView> {
  const marketValue = row.markPrice === null ? null : multiply(row.quantity, row.markPrice)
  return {
    exchange: row.exchange,
    instrumentId: row.instrumentId,
    quantity: decimalText(row.quantity),
    cost: decimalText(row.cost),
    averagePrice: decimalText(averagePrice(row)),
    markPrice: decimalText(row.markPrice),
    markedAt: timeText(row.markedAt),
    marketValue: decimalText(marketValue),
    unrealisedPnl: decimalText(marketValue === null ? null : marketValue - signOf(row.quantity) * row.cost),
    realisedPnl: decimalText(row.realisedPnl),
    fees: decimalText(row.fees),
    cash: decimalText(row.cash),
    fillCount: row.fills,
    lastExecSeq: row.lastExecSeq.toString(),
  }
}

/** For display: the books never use it. */
function averagePrice({ quantity, cost }: PositionRow): bigint | null {
  if (quantity === 0n) return null
  const unit = unitOf(12)
  return divideHalfEven(cost * one, absolute(quantity) * unit) * unit
}
