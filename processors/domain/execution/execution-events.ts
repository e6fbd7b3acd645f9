import type { ExecutionReport, ExecutionReportEvent } from '../../../schemas/trading/generated/execution-report.ts'
import type { OrderPlaced, OrderPlacedEvent } from '../../../schemas/trading/generated/order-placed.ts'
import type { TradeApprovedEvent } from '../../../schemas/trading/generated/trade-approved.ts'
import { envelope } from '../shared/envelope.ts'
import { fillIdOf, placementIdOf } from '../shared/ids.ts'
import { portfolioKey } from '../shared/keys.ts'
import type { ExecType } from '../shared/order-moves.ts'
import { producers } from '../shared/producer.ts'
import type { PlannedReport } from './execution-plan.ts'
import type { OpenOrder } from './open-order.ts'

/** The event that an order was placed. */
export function placedEvent(cause: TradeApprovedEvent, { orderId, placedAt }: OpenOrder): OrderPlacedEvent {
  const { tradeId, portfolioId, strategyId, exchange, instrumentId, side, quantity, orderType, limitPrice } =
    cause.payload
  const payload: OrderPlaced = {
    orderId,
    tradeId,
    portfolioId,
    strategyId,
    exchange,
    instrumentId,
    side,
    quantity,
    orderType,
    limitPrice,
    status: 'NEW',
    placedAt,
    sourceEventId: cause.eventId,
  }
  return inEnvelope(cause.correlationId, portfolioId, placementIdOf(orderId), 'OrderPlaced', placedAt, payload)
}

/** A report as it is sent: of a plan, or of a replacement. */
type SentReport = Omit<PlannedReport, 'execType'> & { readonly execType: ExecType }

/** The event of one report of an order. */
export function reportEvent(order: OpenOrder, report: SentReport, execSeq: bigint): ExecutionReportEvent {
  const { portfolioId, exchange, instrumentId, side, quantity, tradeId, orderId, sourceEventId } = order
  const executionId = fillIdOf(orderId, report.fillSeq)
  const payload: ExecutionReport = {
    portfolioId,
    exchange,
    instrumentId,
    side,
    orderQty: quantity,
    executionId,
    execType: report.execType,
    orderId,
    tradeId,
    fillId: report.lastQty === 0n ? null : executionId,
    fillSeq: report.fillSeq,
    execSeq,
    lastQty: report.lastQty,
    lastPrice: report.lastPrice,
    cumQty: report.cumQty,
    leavesQty: report.leavesQty,
    fee: report.fee,
    isTerminal: report.isTerminal,
    executedAt: report.executedAt,
    sourceEventId,
    limitPrice: report.execType === 'REPLACED' ? order.limitPrice : null,
  }
  return inEnvelope(order.correlationId, portfolioId, executionId, 'ExecutionReport', report.executedAt, payload)
}

function inEnvelope<P>(
  correlationId: string,
  portfolioId: string,
  eventId: string,
  eventType: string,
  occurredAt: number,
  payload: P,
) {
  const key = portfolioKey(portfolioId)
  const cause = { correlationId }
  return envelope({ eventId, eventType, producer: producers.executionSim, key, occurredAt, cause }, payload)
}
