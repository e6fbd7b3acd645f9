import { decimalOf } from '../../../processors/domain/shared/decimal.ts'
import type { ExecutionReport, ExecutionReportEvent } from '../../../schemas/trading/generated/execution-report.ts'

const zero = 0n

/** A report of an order of `orderQty` units; whole and terminal unless said otherwise. */
export function report(execSeq: number, changes: Partial<ExecutionReport> = {}): ExecutionReportEvent {
  const lastQty = changes.lastQty ?? decimalOf('10')
  const payload: ExecutionReport = {
    portfolioId: 'p',
    exchange: 'X',
    instrumentId: 'a',
    side: 'BUY',
    orderQty: lastQty,
    executionId: `e${execSeq}`,
    execType: 'FILL',
    orderId: `o${execSeq}`,
    tradeId: `t-${changes.orderId ?? `o${execSeq}`}`,
    fillId: `e${execSeq}`,
    fillSeq: 1,
    execSeq: BigInt(execSeq),
    lastQty,
    lastPrice: decimalOf('100'),
    cumQty: lastQty,
    leavesQty: zero,
    fee: zero,
    isTerminal: true,
    executedAt: 1_000 + execSeq,
    sourceEventId: 'd',
    limitPrice: null,
    ...changes,
  }
  const shared = { eventType: 'ExecutionReport', schemaVersion: 1, producer: 'test', key: 'p', correlationId: 'c' }
  return { ...shared, eventId: payload.executionId, occurredAt: payload.executedAt, payload }
}
