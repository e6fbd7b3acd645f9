import type { ExecutedTradeRow } from '../../../schemas/trading/generated/executed-trade-row.ts'
import type { ExecutionReport, ExecutionReportEvent } from '../../../schemas/trading/generated/execution-report.ts'
import type { ExecutionSequenceRow } from '../../../schemas/trading/generated/execution-sequence-row.ts'
import type { OrderPlaced, OrderPlacedEvent } from '../../../schemas/trading/generated/order-placed.ts'
import type { TradeApprovedEvent } from '../../../schemas/trading/generated/trade-approved.ts'
import type { Awaitable } from '../../../topology/index.ts'
import { chain, together } from '../../../topology/index.ts'
import type { Rows } from '../books/books-stores.ts'
import { envelope } from '../shared/envelope.ts'
import { fillIdOf, orderIdOf, placementIdOf } from '../shared/ids.ts'
import { instrumentKey, portfolioKey } from '../shared/keys.ts'
import { producers } from '../shared/producer.ts'
import { type ExecutionConfig, settingsOf } from './execution-config.ts'
import { type PlannedReport, planExecution } from './execution-plan.ts'

/** The stores that keep execution-sim's state. */
export interface ExecutionStores {
  readonly trades: Rows<readonly [portfolioId: string, tradeId: string], ExecutedTradeRow>
  readonly sequences: Rows<string, ExecutionSequenceRow>
}

/** All events of one approval: they go out in one transaction. */
interface Execution {
  readonly placed: OrderPlacedEvent
  readonly reports: readonly ExecutionReportEvent[]
}

/** Simulates an approved trade, once; undefined when it was done before. */
export function executeTrade(
  stores: ExecutionStores,
  event: TradeApprovedEvent,
  config: ExecutionConfig,
): Awaitable<Execution | undefined> {
  const { portfolioId, tradeId } = event.payload
  const rows = together([stores.trades.get([portfolioId, tradeId]), stores.sequences.get(portfolioId)])
  return chain(rows, ([done, sequence]) => {
    if (done !== undefined) return undefined
    const before = sequence?.execSeq ?? 0n
    const execution = simulate(event, config, before)
    const lastExecSeq = before + BigInt(execution.reports.length)
    const orderId = execution.placed.payload.orderId
    const firstExecSeq = before + 1n
    stores.trades.put([portfolioId, tradeId], { portfolioId, tradeId, orderId, firstExecSeq, lastExecSeq })
    stores.sequences.put(portfolioId, { portfolioId, execSeq: lastExecSeq })
    return execution
  })
}

/** The events of an approval, numbered on from an execSeq. Pure. */
function simulate(event: TradeApprovedEvent, config: ExecutionConfig, execSeq: bigint): Execution {
  const trade = event.payload
  const orderId = orderIdOf(trade.tradeId)
  const settings = settingsOf(config, instrumentKey(trade.exchange, trade.instrumentId))
  const plan = planExecution(trade, orderId, event.occurredAt, settings)
  return {
    placed: placedEvent(event, orderId, plan.placedAt),
    reports: plan.reports.map((report, index) => reportEvent(event, orderId, report, execSeq + BigInt(index + 1))),
  }
}

function placedEvent(cause: TradeApprovedEvent, orderId: string, placedAt: number): OrderPlacedEvent {
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
    status: 'PLACED',
    placedAt,
    sourceEventId: cause.eventId,
  }
  return inEnvelope(cause, placementIdOf(orderId), 'OrderPlaced', placedAt, payload)
}

function reportEvent(
  cause: TradeApprovedEvent,
  orderId: string,
  report: PlannedReport,
  execSeq: bigint,
): ExecutionReportEvent {
  const { portfolioId, exchange, instrumentId, side, quantity, tradeId } = cause.payload
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
    sourceEventId: cause.eventId,
  }
  return inEnvelope(cause, executionId, 'ExecutionReport', report.executedAt, payload)
}

function inEnvelope<P>(cause: TradeApprovedEvent, eventId: string, eventType: string, occurredAt: number, payload: P) {
  const key = portfolioKey(cause.payload.portfolioId)
  return envelope({ eventId, eventType, producer: producers.executionSim, key, occurredAt, cause }, payload)
}
