import { z } from '@hono/zod-openapi'
import type { ExecutionRow } from '../../../schemas/trading/generated/execution-row.ts'
import { decimalField, decimalText, longField, timeField, timeText } from '../../index.ts'

/** A fill as the API shows it. */
export const fillView = z
  .object({
    fillId: z.string(),
    execSeq: longField.openapi({ description: 'Contiguous within the portfolio.' }),
    orderId: z.string(),
    tradeId: z.string(),
    exchange: z.string().openapi({ example: 'XNAS' }),
    instrumentId: z.string().openapi({ example: 'MSFT' }),
    side: z.enum(['BUY', 'SELL']),
    quantity: decimalField,
    price: decimalField,
    fee: decimalField,
    orderQuantity: decimalField,
    leaves: decimalField.openapi({ description: 'The quantity of the order that is left after this fill.' }),
    executedAt: timeField,
  })
  .openapi('Fill')

/** The view of a row that has a fill. */
export function viewFill(row: ExecutionRow): z.input<typeof fillView> {
  return {
    fillId: row.fillId ?? row.executionId,
    execSeq: row.execSeq.toString(),
    orderId: row.orderId,
    tradeId: row.tradeId,
    exchange: row.exchange,
    instrumentId: row.instrumentId,
    side: row.side,
    quantity: decimalText(row.lastQty),
    price: decimalText(row.lastPrice ?? 0n),
    fee: decimalText(row.fee),
    orderQuantity: decimalText(row.orderQty),
    leaves: decimalText(row.leavesQty),
    executedAt: timeText(row.executedAt),
  }
}
