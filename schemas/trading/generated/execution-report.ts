// Generated from execution-report.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** Envelope of ExecutionReport. Record key: portfolioKey. */
export interface ExecutionReportEvent {
  /** The same for every copy of this event. */
  readonly eventId: string
  /** Name of the payload's record. */
  readonly eventType: string
  /** Version of this envelope and payload. */
  readonly schemaVersion: number
  /** Event time; of a derived event: its cause's time plus simulated delays, never a clock's. Units: milliseconds since the epoch. */
  readonly occurredAt: number
  /** The writer: a processor's name, gateway, bot or command. */
  readonly producer: string
  /** The key of the record. */
  readonly key: string
  /** Follows a signal through all events that derive from it. */
  readonly correlationId: string
  readonly payload: ExecutionReport
}

/** A report of an order: a fill, or its end. */
export interface ExecutionReport {
  readonly portfolioId: string
  readonly exchange: string
  readonly instrumentId: string
  readonly side: Side
  /** Units: 1e-18. */
  readonly orderQty: bigint
  readonly executionId: string
  /** PARTIAL_FILL, FILL, EXPIRED, CANCELED, REPLACED or REJECTED. */
  readonly execType: string
  readonly orderId: string
  readonly tradeId: string
  /** Null for a report without quantity. */
  readonly fillId: string | null
  /** Place among the reports of the order, from 1. */
  readonly fillSeq: number
  /** Place among the reports of the portfolio, from 1, without gaps. */
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
  /** The last report of its order. */
  readonly isTerminal: boolean
  /** Units: milliseconds since the epoch. */
  readonly executedAt: number
  /** eventId of the approval. */
  readonly sourceEventId: string
  /** Of a REPLACED report: the limit from now on. Units: 1e-18. */
  readonly limitPrice: bigint | null
}

export type Side = 'BUY' | 'SELL'

/** Writes and reads ExecutionReportEvent as Avro. */
export const ExecutionReportEvent = avroOf<ExecutionReportEvent>({
  type: 'record',
  name: 'ExecutionReportEvent',
  namespace: 'millrace.trading',
  doc: 'Envelope of ExecutionReport. Record key: portfolioKey.',
  fields: [
    { name: 'eventId', type: 'string', doc: 'The same for every copy of this event.' },
    { name: 'eventType', type: 'string', doc: "Name of the payload's record." },
    {
      name: 'schemaVersion',
      type: 'int',
      doc: 'Version of this envelope and payload.',
      default: 1,
    },
    {
      name: 'occurredAt',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: "Event time; of a derived event: its cause's time plus simulated delays, never a clock's.",
    },
    {
      name: 'producer',
      type: 'string',
      doc: "The writer: a processor's name, gateway, bot or command.",
    },
    { name: 'key', type: 'string', doc: 'The key of the record.' },
    {
      name: 'correlationId',
      type: 'string',
      doc: 'Follows a signal through all events that derive from it.',
    },
    {
      name: 'payload',
      type: {
        type: 'record',
        name: 'ExecutionReport',
        doc: 'A report of an order: a fill, or its end.',
        fields: [
          { name: 'portfolioId', type: 'string' },
          { name: 'exchange', type: 'string' },
          { name: 'instrumentId', type: 'string' },
          { name: 'side', type: { type: 'enum', name: 'Side', symbols: ['BUY', 'SELL'] } },
          {
            name: 'orderQty',
            type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
          },
          { name: 'executionId', type: 'string' },
          {
            name: 'execType',
            type: 'string',
            doc: 'PARTIAL_FILL, FILL, EXPIRED, CANCELED, REPLACED or REJECTED.',
          },
          { name: 'orderId', type: 'string' },
          { name: 'tradeId', type: 'string' },
          {
            name: 'fillId',
            type: ['null', 'string'],
            doc: 'Null for a report without quantity.',
            default: null,
          },
          { name: 'fillSeq', type: 'int', doc: 'Place among the reports of the order, from 1.' },
          {
            name: 'execSeq',
            type: 'long',
            doc: 'Place among the reports of the portfolio, from 1, without gaps.',
          },
          {
            name: 'lastQty',
            type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
          },
          {
            name: 'lastPrice',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            default: null,
          },
          {
            name: 'cumQty',
            type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
          },
          {
            name: 'leavesQty',
            type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
          },
          {
            name: 'fee',
            type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
          },
          { name: 'isTerminal', type: 'boolean', doc: 'The last report of its order.' },
          { name: 'executedAt', type: { type: 'long', logicalType: 'timestamp-millis' } },
          { name: 'sourceEventId', type: 'string', doc: 'eventId of the approval.' },
          {
            name: 'limitPrice',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            doc: 'Of a REPLACED report: the limit from now on.',
            default: null,
          },
        ],
      },
    },
  ],
})
