import { RestingOrderRow } from '../../../schemas/trading/generated/resting-order-row.ts'
import type { TradeApprovedEvent } from '../../../schemas/trading/generated/trade-approved.ts'
import { pickFields } from '../../../topology/index.ts'
import { orderIdOf } from '../shared/ids.ts'
import type { OrderStatus } from '../shared/order-moves.ts'
import type { ExecutionSettings } from './execution-config.ts'
import { placedAtOf } from './execution-plan.ts'
import { formatPending, type PendingReport, parsePending } from './pending-reports.ts'

/** An order that has not ended, as the simulator computes with it. */
export interface OpenOrder extends Omit<RestingOrderRow, 'status' | 'filled' | 'since' | 'pending'> {
  readonly status: OrderStatus
  readonly filled: bigint
  /** Its time among those that rest. Units: ms. */
  readonly since: number
  readonly pending: readonly PendingReport[]
}

/** The order of a row. */
export function openOrderOf(row: RestingOrderRow): OpenOrder {
  return {
    ...row,
    status: row.status as OrderStatus,
    filled: row.filled ?? 0n,
    since: row.since ?? row.placedAt,
    pending: parsePending(row.pending),
  }
}

/** The row of an order. */
export function rowOfOrder(order: OpenOrder): RestingOrderRow {
  return pickFields(RestingOrderRow, { ...order, pending: formatPending(order.pending) })
}

/** The order of an approval, with nothing planned yet. */
export function orderOfApproval(
  event: TradeApprovedEvent,
  key: string,
  settings: ExecutionSettings,
  traceparent: string | null,
): OpenOrder {
  const trade = event.payload
  const orderId = orderIdOf(trade.tradeId)
  const placedAt = placedAtOf(orderId, event.occurredAt, settings)
  return {
    portfolioId: trade.portfolioId,
    instrumentKey: key,
    orderId,
    tradeId: trade.tradeId,
    exchange: trade.exchange,
    instrumentId: trade.instrumentId,
    side: trade.side,
    quantity: trade.quantity,
    limitPrice: trade.limitPrice ?? trade.boundPrice,
    boundPrice: trade.boundPrice,
    validUntil: trade.expiresAt ?? trade.validUntil,
    tickSize: trade.tickSize,
    lotSize: trade.lotSize,
    takerFeeRate: trade.takerFeeRate,
    feePrecision: trade.feePrecision,
    placedAt,
    sourceEventId: event.eventId,
    correlationId: event.correlationId,
    orderType: trade.orderType,
    timeInForce: trade.timeInForce,
    status: 'NEW',
    filled: 0n,
    reports: 0,
    planned: 0,
    since: placedAt,
    updatedAt: null,
    pending: [],
    traceparent,
  }
}

/** Orders that rest longest come first; of one time the one with the smaller id. */
export function byAge(a: OpenOrder, b: OpenOrder): number {
  if (a.since !== b.since) return a.since - b.since
  return a.orderId < b.orderId ? -1 : 1
}
