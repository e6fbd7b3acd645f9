import type { OrderRow } from '../../../schemas/trading/generated/order-row.ts'
import type { PositionRow } from '../../../schemas/trading/generated/position-row.ts'
import { hashPart } from './state-hash.ts'

/** A position's part of the state hash; zero before its first fill. */
export function positionPart(row: PositionRow | undefined): bigint {
  if (row === undefined || row.fills === 0) return 0n
  const { instrumentKey, quantity, cost, realisedPnl, fees, cash } = row
  return hashPart('position', instrumentKey, `${quantity}`, `${cost}`, `${realisedPnl}`, `${fees}`, `${cash}`)
}

/** An order's part of the state hash; zero before the first report that applies. */
export function orderPart(row: OrderRow | undefined): bigint {
  if (row === undefined || row.applied === 0) return 0n
  return hashPart('order', row.orderId, row.status, `${row.filled}`, `${row.leaves}`, `${row.applied}`)
}
