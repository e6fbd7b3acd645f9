// Generated from portfolio-control.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** Envelope of PortfolioControl. Record key: portfolioKey; for every portfolio: one key of each partition. */
export interface PortfolioControlEvent {
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
  readonly payload: PortfolioControl
}

/** The rules of a portfolio in force from now on, all of them: it takes the place of every earlier one. */
export interface PortfolioControl {
  /** Null: every portfolio. */
  readonly portfolioId: string | null
  /** Counts the rule sets of this scope, from 1. Two rule sets never share one. */
  readonly controlVersion: bigint
  /** ACTIVE, REDUCING or HALTED. */
  readonly tradingState: string
  /** Null in a record for every portfolio, which sets the trading state alone. */
  readonly currency: string | null
  /** Null: none. Units: 1e-18. */
  readonly exposureCap: bigint | null
  /** Null: none. Units: 1e-18. */
  readonly maxPositionQty: bigint | null
  /** Approvals allowed in a window; null: any number. */
  readonly rateMaximum: number | null
  /** Length of that window. Units: ms. */
  readonly rateWindowMs: bigint | null
  /** The most that a day of event time (UTC) may lose; null: any loss. Units: 1e-18. */
  readonly lossLimit: bigint | null
  /** The most that profit and loss may fall below its highest value; null: any. Units: 1e-18. */
  readonly maxDrawdown: bigint | null
  /** The newest controlVersion that asked to close all positions; 0: none did. */
  readonly flattenVersion: bigint
  /** The newest controlVersion that set the trading state: it ends a halt by losses. */
  readonly stateVersion: bigint
  /** The person or program that gave the order. */
  readonly actor: string
  readonly reason: string
}

/** Writes and reads PortfolioControlEvent as Avro. */
export const PortfolioControlEvent = avroOf<PortfolioControlEvent>({
  type: 'record',
  name: 'PortfolioControlEvent',
  namespace: 'millrace.trading',
  doc: 'Envelope of PortfolioControl. Record key: portfolioKey; for every portfolio: one key of each partition.',
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
        name: 'PortfolioControl',
        doc: 'The rules of a portfolio in force from now on, all of them: it takes the place of every earlier one.',
        fields: [
          {
            name: 'portfolioId',
            type: ['null', 'string'],
            doc: 'Null: every portfolio.',
            default: null,
          },
          {
            name: 'controlVersion',
            type: 'long',
            doc: 'Counts the rule sets of this scope, from 1. Two rule sets never share one.',
          },
          { name: 'tradingState', type: 'string', doc: 'ACTIVE, REDUCING or HALTED.' },
          {
            name: 'currency',
            type: ['null', 'string'],
            doc: 'Null in a record for every portfolio, which sets the trading state alone.',
            default: null,
          },
          {
            name: 'exposureCap',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            doc: 'Null: none.',
            default: null,
          },
          {
            name: 'maxPositionQty',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            doc: 'Null: none.',
            default: null,
          },
          {
            name: 'rateMaximum',
            type: ['null', 'int'],
            doc: 'Approvals allowed in a window; null: any number.',
            default: null,
          },
          {
            name: 'rateWindowMs',
            type: ['null', 'long'],
            doc: 'Length of that window. Units: ms.',
            default: null,
          },
          {
            name: 'lossLimit',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            doc: 'The most that a day of event time (UTC) may lose; null: any loss.',
            default: null,
          },
          {
            name: 'maxDrawdown',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            doc: 'The most that profit and loss may fall below its highest value; null: any.',
            default: null,
          },
          {
            name: 'flattenVersion',
            type: 'long',
            doc: 'The newest controlVersion that asked to close all positions; 0: none did.',
            default: 0,
          },
          {
            name: 'stateVersion',
            type: 'long',
            doc: 'The newest controlVersion that set the trading state: it ends a halt by losses.',
            default: 0,
          },
          { name: 'actor', type: 'string', doc: 'The person or program that gave the order.' },
          { name: 'reason', type: 'string' },
        ],
      },
    },
  ],
})
