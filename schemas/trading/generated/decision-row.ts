// Generated from decision-row.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** The decision on a signal, as it is kept by (portfolioId, idempotencyKey), for good. */
export interface DecisionRow {
  readonly portfolioId: string
  readonly idempotencyKey: string
  /** Also the tradeId, when approved. */
  readonly decisionId: string
  readonly outcome: Outcome
  readonly stage: Stage | null
  readonly reasonCode: string | null
  readonly reason: string | null
  readonly limitValue: string | null
  readonly observedValue: string | null
  readonly riskSeq: bigint
  readonly feedbackExecSeq: bigint
  readonly limitsVersion: number
  /** Version of the portfolio's rules that were set at run time; 0: those of the limits file. */
  readonly controlVersion: bigint
  /** Version of the trading state of every portfolio; 0: it was never set. */
  readonly killSwitchVersion: bigint
  readonly instrumentVersion: bigint | null
  readonly signalId: string
  readonly strategyId: string
  readonly exchange: string
  readonly instrumentId: string
  readonly side: Side
  /** Units: 1e-18. */
  readonly quantity: bigint
  readonly orderType: OrderType
  /** Units: 1e-18. */
  readonly limitPrice: bigint | null
  /** Units: 1e-18. */
  readonly referencePrice: bigint | null
  readonly reduceOnly: boolean
  /** Units: milliseconds since the epoch. */
  readonly validUntil: number | null
  /** Units: 1e-18. */
  readonly boundPrice: bigint | null
  /** Units: 1e-18. */
  readonly reservedNotional: bigint | null
  /** Units: 1e-18. */
  readonly exposureBefore: bigint | null
  /** Units: 1e-18. */
  readonly exposureAfter: bigint | null
  /** Units: 1e-18. */
  readonly exposureCap: bigint | null
  /** Time of the signal. Units: milliseconds since the epoch. */
  readonly occurredAt: number
  readonly sourceEventId: string
  readonly correlationId: string
  /** DAY: until the instrument's session closes; GTC: until it is cancelled; IOC: at once, in part if need be; FOK: at once and whole, or not. Null: as GTC. A market order never rests. */
  readonly timeInForce: string | null
}

export type Outcome = 'APPROVED' | 'REJECTED'

export type Stage = 'INSTRUMENT' | 'PORTFOLIO'

export type Side = 'BUY' | 'SELL'

export type OrderType = 'MARKET' | 'LIMIT'

/** Writes and reads DecisionRow as Avro. */
export const DecisionRow = avroOf<DecisionRow>({
  type: 'record',
  name: 'DecisionRow',
  namespace: 'millrace.trading.state',
  doc: 'The decision on a signal, as it is kept by (portfolioId, idempotencyKey), for good.',
  fields: [
    { name: 'portfolioId', type: 'string' },
    { name: 'idempotencyKey', type: 'string' },
    { name: 'decisionId', type: 'string', doc: 'Also the tradeId, when approved.' },
    { name: 'outcome', type: { type: 'enum', name: 'Outcome', symbols: ['APPROVED', 'REJECTED'] } },
    {
      name: 'stage',
      type: ['null', { type: 'enum', name: 'Stage', symbols: ['INSTRUMENT', 'PORTFOLIO'] }],
      default: null,
    },
    { name: 'reasonCode', type: ['null', 'string'], default: null },
    { name: 'reason', type: ['null', 'string'], default: null },
    { name: 'limitValue', type: ['null', 'string'], default: null },
    { name: 'observedValue', type: ['null', 'string'], default: null },
    { name: 'riskSeq', type: 'long' },
    { name: 'feedbackExecSeq', type: 'long' },
    { name: 'limitsVersion', type: 'int' },
    {
      name: 'controlVersion',
      type: 'long',
      doc: "Version of the portfolio's rules that were set at run time; 0: those of the limits file.",
      default: 0,
    },
    {
      name: 'killSwitchVersion',
      type: 'long',
      doc: 'Version of the trading state of every portfolio; 0: it was never set.',
      default: 0,
    },
    { name: 'instrumentVersion', type: ['null', 'long'], default: null },
    { name: 'signalId', type: 'string' },
    { name: 'strategyId', type: 'string' },
    { name: 'exchange', type: 'string' },
    { name: 'instrumentId', type: 'string' },
    { name: 'side', type: { type: 'enum', name: 'Side', symbols: ['BUY', 'SELL'] } },
    { name: 'quantity', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    { name: 'orderType', type: { type: 'enum', name: 'OrderType', symbols: ['MARKET', 'LIMIT'] } },
    {
      name: 'limitPrice',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      default: null,
    },
    {
      name: 'referencePrice',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      default: null,
    },
    { name: 'reduceOnly', type: 'boolean' },
    {
      name: 'validUntil',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      default: null,
    },
    {
      name: 'boundPrice',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      default: null,
    },
    {
      name: 'reservedNotional',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      default: null,
    },
    {
      name: 'exposureBefore',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      default: null,
    },
    {
      name: 'exposureAfter',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      default: null,
    },
    {
      name: 'exposureCap',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      default: null,
    },
    {
      name: 'occurredAt',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'Time of the signal.',
    },
    { name: 'sourceEventId', type: 'string' },
    { name: 'correlationId', type: 'string' },
    {
      name: 'timeInForce',
      type: ['null', 'string'],
      doc: "DAY: until the instrument's session closes; GTC: until it is cancelled; IOC: at once, in part if need be; FOK: at once and whole, or not. Null: as GTC. A market order never rests.",
      default: null,
    },
  ],
})
