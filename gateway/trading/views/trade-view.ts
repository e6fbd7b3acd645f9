import { z } from '@hono/zod-openapi'
import type { DecisionRow } from '../../../schemas/trading/generated/decision-row.ts'
import { decimalField, decimalText, longField, timeField, timeText } from '../../index.ts'

/** A decision on a signal as the API shows it: an approved trade or a rejection, with its witness. */
export const tradeView = z
  .object({
    decisionId: z.string().openapi({ description: 'Also the tradeId, when approved.' }),
    idempotencyKey: z.string(),
    outcome: z.enum(['APPROVED', 'REJECTED']),
    stage: z.enum(['INSTRUMENT', 'PORTFOLIO']).nullable(),
    reasonCode: z.string().nullable().openapi({ example: 'EXPOSURE_CAP_EXCEEDED' }),
    reason: z.string().nullable(),
    limit: z.string().nullable().openapi({ description: 'The limit that refused it.' }),
    observed: z.string().nullable().openapi({ description: 'The observed value that was compared with the limit.' }),
    signalId: z.string(),
    strategyId: z.string(),
    exchange: z.string().openapi({ example: 'XNAS' }),
    instrumentId: z.string().openapi({ example: 'MSFT' }),
    side: z.enum(['BUY', 'SELL']),
    quantity: decimalField,
    orderType: z.enum(['MARKET', 'LIMIT']),
    limitPrice: decimalField.nullable(),
    referencePrice: decimalField.nullable(),
    reduceOnly: z.boolean(),
    validUntil: timeField.nullable(),
    boundPrice: decimalField.nullable(),
    reservedNotional: decimalField.nullable(),
    exposureBefore: decimalField.nullable(),
    exposureAfter: decimalField.nullable(),
    exposureCap: decimalField.nullable(),
    occurredAt: timeField,
    riskSeq: longField.openapi({ description: 'Counts the decisions of the portfolio.' }),
    feedbackExecSeq: longField,
    limitsVersion: z.int(),
    instrumentVersion: longField.nullable(),
  })
  .openapi('Trade')

/** The view of a row. */
export function viewTrade(row: DecisionRow): z.input<typeof tradeView> {
  return {
    decisionId: row.decisionId,
    idempotencyKey: row.idempotencyKey,
    outcome: row.outcome,
    stage: row.stage,
    reasonCode: row.reasonCode,
    reason: row.reason,
    limit: row.limitValue,
    observed: row.observedValue,
    signalId: row.signalId,
    strategyId: row.strategyId,
    exchange: row.exchange,
    instrumentId: row.instrumentId,
    side: row.side,
    quantity: decimalText(row.quantity),
    orderType: row.orderType,
    limitPrice: decimalText(row.limitPrice),
    referencePrice: decimalText(row.referencePrice),
    reduceOnly: row.reduceOnly,
    validUntil: timeText(row.validUntil),
    boundPrice: decimalText(row.boundPrice),
    reservedNotional: decimalText(row.reservedNotional),
    exposureBefore: decimalText(row.exposureBefore),
    exposureAfter: decimalText(row.exposureAfter),
    exposureCap: decimalText(row.exposureCap),
    occurredAt: timeText(row.occurredAt),
    riskSeq: row.riskSeq.toString(),
    feedbackExecSeq: row.feedbackExecSeq.toString(),
    limitsVersion: row.limitsVersion,
    instrumentVersion: row.instrumentVersion?.toString() ?? null,
  }
}
