import { z } from '@hono/zod-openapi'
import type { OrderRow } from '../../../schemas/trading/generated/order-row.ts'
import { decimalField, decimalText, timeField, timeText } from '../../index.ts'

/** The states of an order. */
export const orderStatus = z.enum(['PLACED', 'PARTIALLY_FILLED', 'FILLED', 'EXPIRED', 'CANCELED', 'REJECTED'])

/** An order as the API shows it. */
export const orderView = z
  .object({
    orderId: z.string(),
    tradeId: z.string(),
    strategyId: z.string().nullable(),
    exchange: z.string().openapi({ example: 'XNAS' }),
    instrumentId: z.string().openapi({ example: 'MSFT' }),
    side: z.enum(['BUY', 'SELL']),
    orderType: z.enum(['MARKET', 'LIMIT']).nullable(),
    limitPrice: decimalField.nullable(),
    quantity: decimalField,
    filled: decimalField,
    leaves: decimalField,
    status: z.string().openapi({ description: orderStatus.options.join(', '), example: 'FILLED' }),
    placedAt: timeField.nullable().openapi({ description: 'Null until the placement was seen.' }),
    updatedAt: timeField,
  })
  .openapi('Order')

/** The view of a row. */
export function viewOrder(row: OrderRow): z.input<typeof orderView> {
  return {
    orderId: row.orderId,
    tradeId: row.tradeId,
    strategyId: row.strategyId,
    exchange: row.exchange,
    instrumentId: row.instrumentId,
    side: row.side,
    orderType: row.orderType,
    limitPrice: decimalText(row.limitPrice),
    quantity: decimalText(row.quantity),
    filled: decimalText(row.filled),
    leaves: decimalText(row.leaves),
    status: row.status,
    placedAt: timeText(row.placedAt),
    updatedAt: timeText(row.updatedAt),
  }
}
