import type { DecisionRow } from '../../../schemas/trading/generated/decision-row.ts'
import type { TradeApprovedEvent } from '../../../schemas/trading/generated/trade-approved.ts'
import type { TradeRejectedEvent } from '../../../schemas/trading/generated/trade-rejected.ts'
import type { Decision } from './decision.ts'

/** The row of a decision. */
export function decisionRow(decision: Decision): DecisionRow {
  return decision.outcome === 'APPROVED' ? approvedRow(decision.event) : rejectedRow(decision.event)
}

function approvedRow(event: TradeApprovedEvent): DecisionRow {
  const trade = event.payload
  const { reservedNotional, exposureBefore, exposureAfter, boundPrice } = trade
  return {
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
    ...sharedFields(event),
  }
}

function rejectedRow(event: TradeRejectedEvent): DecisionRow {
  const { decisionId, stage, reasonCode, reason, details, boundPrice } = event.payload
  return {
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
    ...sharedFields(event),
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
