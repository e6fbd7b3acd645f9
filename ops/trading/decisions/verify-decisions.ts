import {
  type Disagreement,
  type RecordedTrading,
  verifyDecisions,
} from '../../../processors/domain/risk/witness-oracle.ts'
import { ordersFills, portfolioPrices, tradesApproved, tradesRejected } from '../../../processors/topics.ts'
import type { Tailed } from '../../commands.ts'

/** The topics that decisions are verified by. */
export const decisionTopics = [tradesApproved, tradesRejected, ordersFills, portfolioPrices] as const

/** The result of an oracle that follows each decision's witness. */
export interface DecisionAudit {
  readonly approved: number
  readonly rejected: number
  readonly reports: number
  readonly disagreements: readonly Disagreement[]
}

/** Verifies the decisions among the records of the topics. */
export function auditDecisions(records: readonly Tailed[]): DecisionAudit {
  const valuesOf = (topic: string) => records.filter(record => record.topic === topic).map(record => record.value)
  const recorded = {
    approved: valuesOf(tradesApproved.name),
    rejected: valuesOf(tradesRejected.name),
    reports: valuesOf(ordersFills.name),
    prices: valuesOf(portfolioPrices.name),
  } as RecordedTrading
  return {
    approved: recorded.approved.length,
    rejected: recorded.rejected.length,
    reports: recorded.reports.length,
    disagreements: verifyDecisions(recorded),
  }
}

/** Shape: `p decision 7 (key k1): expected EXPOSURE_CAP_EXCEEDED, found APPROVE`. */
export function disagreementLine({ portfolioId, riskSeq, idempotencyKey, expected, found }: Disagreement): string {
  return `${portfolioId} decision ${riskSeq} (key ${idempotencyKey}): expected ${expected}, found ${found}`
}
