import { DecisionRow } from '../../../schemas/trading/generated/decision-row.ts'
import type { TradeApprovedEvent } from '../../../schemas/trading/generated/trade-approved.ts'
import type { TradeRejectedEvent } from '../../../schemas/trading/generated/trade-rejected.ts'
import { pickFields } from '../../../topology/index.ts'
import type { Decision } from './decision.ts'

/** The row of a decision: the fields of its event that the table has, and those that the event has in another form. */
export function decisionRow(decision: Decision): DecisionRow {
  return decision.outcome === 'APPROVED' ? approvedRow(decision.event) : rejectedRow(decision.event)
}

function approvedRow({ payload, occurredAt, correlationId }: TradeApprovedEvent): DecisionRow {
  return pickFields(DecisionRow, payload, {
    decisionId: payload.tradeId,
    outcome: 'APPROVED',
    stage: null,
    reasonCode: null,
    reason: null,
    limitValue: null,
    observedValue: null,
    occurredAt,
    correlationId,
  })
}

function rejectedRow({ payload, occurredAt, correlationId }: TradeRejectedEvent): DecisionRow {
  return pickFields(DecisionRow, payload, {
    outcome: 'REJECTED',
    limitValue: payload.details?.limit ?? null,
    observedValue: payload.details?.observed ?? null,
    reservedNotional: null,
    exposureBefore: null,
    exposureAfter: null,
    occurredAt,
    correlationId,
  })
}
