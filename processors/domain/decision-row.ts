import type { TradeApprovedEvent } from '../../schemas/trading/generated/trade-approved.ts'
import type { TradeRejectedEvent } from '../../schemas/trading/generated/trade-rejected.ts'
import type { Decision } from './decision.ts'

/** The decision on a signal, as it is kept by (portfolioId, idempotencyKey), for good. */
export interface DecisionRow {
  readonly portfolioId: string
  readonly idempotencyKey: string
  /** Also the tradeId, when approved. */
  readonly decisionId: string
  readonly outcome: 'APPROVED' | 'REJECTED'
  readonly stage: 'INSTRUMENT' | 'PORTFOLIO' | null
  readonly reasonCode: string | null
  readonly reason: string | null
  readonly limitValue: string | null
  readonly observedValue: string | null
  readonly riskSeq: bigint
  readonly feedbackExecSeq: bigint
  readonly limitsVersion: number
  readonly instrumentVersion: bigint | null
  readonly signalId: string
  readonly strategyId: string
  readonly exchange: string
  readonly instrumentId: string
  readonly side: 'BUY' | 'SELL'
  readonly quantity: bigint
  readonly orderType: 'MARKET' | 'LIMIT'
  readonly limitPrice: bigint | null
  readonly referencePrice: bigint | null
  readonly reduceOnly: boolean
  readonly validUntil: number | null
  readonly boundPrice: bigint | null
  readonly reservedNotional: bigint | null
  readonly exposureBefore: bigint | null
  readonly exposureAfter: bigint | null
  readonly exposureCap: bigint | null
  /** Time of the signal. Units: ms. */
  readonly occurredAt: number
  readonly sourceEventId: string
  readonly correlationId: string
}

/** The row of a decision. */
export function decisionRow(decision: Decision): DecisionRow {
  return decision.outcome === 'APPROVED' ? approvedRow(decision.event) : rejectedRow(decision.event)
}

function approvedRow(event: TradeApprovedEvent): DecisionRow {
  const trade = event.payload
  const { reservedNotional, exposureBefore, exposureAfter, boundPrice } = trade
  return {
    ...sharedFields(event),
    decisionId: trade.tradeId,
    outcome: 'APPROVED',
    stage: null,
    reasonCode: null,
    reason: null,
    limitValue: null,
    observedValue: null,
    boundPrice,
    reservedNotional,
    exposureBefore,
    exposureAfter,
  }
}

function rejectedRow(event: TradeRejectedEvent): DecisionRow {
  const { decisionId, stage, reasonCode, reason, details, boundPrice } = event.payload
  return {
    ...sharedFields(event),
    decisionId,
    outcome: 'REJECTED',
    stage,
    reasonCode,
    reason,
    limitValue: details?.limit ?? null,
    observedValue: details?.observed ?? null,
    boundPrice,
    reservedNotional: null,
    exposureBefore: null,
    exposureAfter: null,
  }
}

function sharedFields(event: TradeApprovedEvent | TradeRejectedEvent) {
  const { payload, occurredAt, correlationId } = event
  return {
    portfolioId: payload.portfolioId,
    idempotencyKey: payload.idempotencyKey,
    riskSeq: payload.riskSeq,
    feedbackExecSeq: payload.feedbackExecSeq,
    limitsVersion: payload.limitsVersion,
    instrumentVersion: payload.instrumentVersion,
    signalId: payload.signalId,
    strategyId: payload.strategyId,
    exchange: payload.exchange,
    instrumentId: payload.instrumentId,
    side: payload.side,
    quantity: payload.quantity,
    orderType: payload.orderType,
    limitPrice: payload.limitPrice,
    referencePrice: payload.referencePrice,
    reduceOnly: payload.reduceOnly,
    validUntil: payload.validUntil,
    exposureCap: payload.exposureCap,
    occurredAt,
    sourceEventId: payload.sourceEventId,
    correlationId,
  }
}
