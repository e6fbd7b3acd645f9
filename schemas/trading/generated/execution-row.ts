// Generated from execution-row.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** An execution: a report as it came. Appended, never changed but for its quarantine. */
export interface ExecutionRow {
  readonly portfolioId: string
  readonly exchange: string
  readonly instrumentId: string
  readonly side: Side
  /** Units: 1e-18. */
  readonly orderQty: bigint
  readonly executionId: string
  readonly execType: string
  readonly orderId: string
  readonly tradeId: string
  readonly fillId: string | null
  readonly fillSeq: number
  readonly execSeq: bigint
  /** Units: 1e-18. */
  readonly lastQty: bigint
  /** Units: 1e-18. */
  readonly lastPrice: bigint | null
  /** Units: 1e-18. */
  readonly cumQty: bigint
  /** Units: 1e-18. */
  readonly leavesQty: bigint
  /** Units: 1e-18. */
  readonly fee: bigint
  readonly isTerminal: boolean
  /** Units: milliseconds since the epoch. */
  readonly executedAt: number
  readonly sourceEventId: string
  /** Of a REPLACED report: the limit from now on. Units: 1e-18. */
  readonly limitPrice: bigint | null
  readonly instrumentKey: string
  readonly correlationId: string
  /** The reason why it is kept out of the books, if it is. */
  readonly quarantine: string | null
}

export type Side = 'BUY' | 'SELL'

/** Writes and reads ExecutionRow as Avro. */
export const ExecutionRow = avroOf<ExecutionRow>({
  type: 'record',
  name: 'ExecutionRow',
  namespace: 'millrace.trading.state',
  doc: 'An execution: a report as it came. Appended, never changed but for its quarantine.',
  fields: [
    { name: 'portfolioId', type: 'string' },
    { name: 'exchange', type: 'string' },
    { name: 'instrumentId', type: 'string' },
    { name: 'side', type: { type: 'enum', name: 'Side', symbols: ['BUY', 'SELL'] } },
    { name: 'orderQty', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    { name: 'executionId', type: 'string' },
    { name: 'execType', type: 'string' },
    { name: 'orderId', type: 'string' },
    { name: 'tradeId', type: 'string' },
    { name: 'fillId', type: ['null', 'string'], default: null },
    { name: 'fillSeq', type: 'int' },
    { name: 'execSeq', type: 'long' },
    { name: 'lastQty', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    {
      name: 'lastPrice',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      default: null,
    },
    { name: 'cumQty', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    {
      name: 'leavesQty',
      type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
    },
    { name: 'fee', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    { name: 'isTerminal', type: 'boolean' },
    { name: 'executedAt', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'sourceEventId', type: 'string' },
    {
      name: 'limitPrice',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      doc: 'Of a REPLACED report: the limit from now on.',
      default: null,
    },
    { name: 'instrumentKey', type: 'string' },
    { name: 'correlationId', type: 'string' },
    {
      name: 'quarantine',
      type: ['null', 'string'],
      doc: 'The reason why it is kept out of the books, if it is.',
      default: null,
    },
  ],
})
