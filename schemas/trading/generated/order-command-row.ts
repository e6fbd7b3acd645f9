// Generated from order-command-row.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** A command to an order, and its outcome. */
export interface OrderCommandRow {
  readonly portfolioId: string
  readonly tradeId: string
  readonly commandId: string
  readonly action: string
  /** Units: 1e-18. */
  readonly quantity: bigint | null
  /** Units: 1e-18. */
  readonly limitPrice: bigint | null
  /** Event time of the command. Units: milliseconds since the epoch. */
  readonly at: number
  /** APPLIED, REFUSED, or WAITING for the order to be placed. */
  readonly outcome: string
  /** Of a refusal. */
  readonly reasonCode: string | null
  readonly actor: string | null
  readonly reason: string | null
  readonly correlationId: string
}

/** Writes and reads OrderCommandRow as Avro. */
export const OrderCommandRow = avroOf<OrderCommandRow>({
  type: 'record',
  name: 'OrderCommandRow',
  namespace: 'millrace.trading.state',
  doc: 'A command to an order, and its outcome.',
  fields: [
    { name: 'portfolioId', type: 'string' },
    { name: 'tradeId', type: 'string' },
    { name: 'commandId', type: 'string' },
    { name: 'action', type: 'string' },
    {
      name: 'quantity',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      default: null,
    },
    {
      name: 'limitPrice',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      default: null,
    },
    {
      name: 'at',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'Event time of the command.',
    },
    {
      name: 'outcome',
      type: 'string',
      doc: 'APPLIED, REFUSED, or WAITING for the order to be placed.',
    },
    { name: 'reasonCode', type: ['null', 'string'], doc: 'Of a refusal.', default: null },
    { name: 'actor', type: ['null', 'string'], default: null },
    { name: 'reason', type: ['null', 'string'], default: null },
    { name: 'correlationId', type: 'string' },
  ],
})
