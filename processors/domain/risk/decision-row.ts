import { DecisionRow } from '../../../schemas/trading/generated/decision-row.ts'
import type { TradeApprovedEvent } from '../../../schemas/trading/generated/trade-approved.ts'
import type { TradeRejectedEvent } from '../../../schemas/trading/generated/trade-rejected.ts'
import { pickFields } from '../../../topology/index.ts'
import type { Decision } from './decision.ts'

/** The row of a decision: the fields of its event that the table has, and those that the event has in another form. */
export function decisionRow(decision: Decision): DecisionRow {
  return decision.outcome === 'APPROVED' ? approvedRow(decision.event) : rejectedRow(decision.event)
}

/** A decision that refused nothing. */
const unrefused = { stage: null, reasonCode: null, reason: null, limitValue: null, observedValue: null }

/** A decision that reserved nothing. */
const unreserved = { reservedNotional: null, exposureBefore: null, exposureAfter: null }

function approvedRow({ payload, ...event }: TradeApprovedEvent): DecisionRow {
  return pickFields(DecisionRow, {
    ...unrefused,
    ...event,
    ...payload,
    decisionId: payload.tradeId,
    outcome: 'APPROVED',
  })
}

function rejectedRow({ payload, ...event }: TradeRejectedEvent): DecisionRow {
  return pickFields(DecisionRow, {
    ...unreserved,
    ...event,
    ...payload,
    outcome: 'REJECTED',
    limitValue: payload.details?.limit ?? null,
    observedValue: payload.details?.observed ?? null,
  })
}
