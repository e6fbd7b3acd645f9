// Generated from portfolio-updated.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** Envelope of PortfolioUpdated. Record key: portfolioKey. */
export interface PortfolioUpdatedEvent {
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
  readonly payload: PortfolioUpdated
}

/** The books of a portfolio after a report changed them, or prices their value. */
export interface PortfolioUpdated {
  readonly portfolioId: string
  /** Count of the distinct reports applied. */
  readonly version: bigint
  /** All reports up to this one are in. */
  readonly throughExecSeq: bigint
  /** Reports after a gap are in: an earlier one is still missing. */
  readonly provisional: boolean
  /** Equal for equal sets of reports, in whatever order they came. */
  readonly stateHash: string
  readonly summary: BooksSummary
  readonly changedPositions: readonly PositionChange[]
}

/** Totals over all positions. */
export interface BooksSummary {
  /** Units: 1e-18. */
  readonly cash: bigint
  /** Net of fees. Units: 1e-18. */
  readonly realisedPnl: bigint
  /** At the last fill prices. Units: 1e-18. */
  readonly unrealisedPnl: bigint
  /** Units: 1e-18. */
  readonly fees: bigint
  /** Sum of |quantity| x mark. Units: 1e-18. */
  readonly grossExposure: bigint
  /** Sum of quantity x mark. Units: 1e-18. */
  readonly netExposure: bigint
  readonly openPositions: number
  readonly fills: bigint
  /** Latest executedAt applied. Units: milliseconds since the epoch. */
  readonly asOf: number
  /** cash + netExposure: realised and unrealised profit and loss since the start. Units: 1e-18. */
  readonly equity: bigint | null
  /** Event time of the newest market price in the marks; null before any. Units: milliseconds since the epoch. */
  readonly markedAt: number | null
}

/** A position after the change. */
export interface PositionChange {
  readonly exchange: string
  readonly instrumentId: string
  /** Signed. Units: 1e-18. */
  readonly quantity: bigint
  /** Of the open quantity. Units: 1e-18. */
  readonly cost: bigint
  /** Units: 1e-18. */
  readonly realisedPnl: bigint
  /** Units: 1e-18. */
  readonly fees: bigint
  /** Units: 1e-18. */
  readonly cash: bigint
  /** The market's price, or that of the last fill where the instrument has no market prices. Units: 1e-18. */
  readonly markPrice: bigint | null
  /** Units: milliseconds since the epoch. */
  readonly markedAt: number | null
  /** MARKET: the price is the market's, common to all portfolios; FILL: that of the position's own last fill; null: unknown or none. */
  readonly markSource: string | null
}

/** Writes and reads PortfolioUpdatedEvent as Avro. */
export const PortfolioUpdatedEvent = avroOf<PortfolioUpdatedEvent>({
  type: 'record',
  name: 'PortfolioUpdatedEvent',
  namespace: 'millrace.trading',
  doc: 'Envelope of PortfolioUpdated. Record key: portfolioKey.',
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
        name: 'PortfolioUpdated',
        doc: 'The books of a portfolio after a report changed them, or prices their value.',
        fields: [
          { name: 'portfolioId', type: 'string' },
          { name: 'version', type: 'long', doc: 'Count of the distinct reports applied.' },
          { name: 'throughExecSeq', type: 'long', doc: 'All reports up to this one are in.' },
          {
            name: 'provisional',
            type: 'boolean',
            doc: 'Reports after a gap are in: an earlier one is still missing.',
          },
          {
            name: 'stateHash',
            type: 'string',
            doc: 'Equal for equal sets of reports, in whatever order they came.',
          },
          {
            name: 'summary',
            type: {
              type: 'record',
              name: 'BooksSummary',
              doc: 'Totals over all positions.',
              fields: [
                {
                  name: 'cash',
                  type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
                },
                {
                  name: 'realisedPnl',
                  type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
                  doc: 'Net of fees.',
                },
                {
                  name: 'unrealisedPnl',
                  type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
                  doc: 'At the last fill prices.',
                },
                {
                  name: 'fees',
                  type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
                },
                {
                  name: 'grossExposure',
                  type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
                  doc: 'Sum of |quantity| x mark.',
                },
                {
                  name: 'netExposure',
                  type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
                  doc: 'Sum of quantity x mark.',
                },
                { name: 'openPositions', type: 'int' },
                { name: 'fills', type: 'long' },
                {
                  name: 'asOf',
                  type: { type: 'long', logicalType: 'timestamp-millis' },
                  doc: 'Latest executedAt applied.',
                },
                {
                  name: 'equity',
                  type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
                  doc: 'cash + netExposure: realised and unrealised profit and loss since the start.',
                  default: null,
                },
                {
                  name: 'markedAt',
                  type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
                  doc: 'Event time of the newest market price in the marks; null before any.',
                  default: null,
                },
              ],
            },
          },
          {
            name: 'changedPositions',
            type: {
              type: 'array',
              items: {
                type: 'record',
                name: 'PositionChange',
                doc: 'A position after the change.',
                fields: [
                  { name: 'exchange', type: 'string' },
                  { name: 'instrumentId', type: 'string' },
                  {
                    name: 'quantity',
                    type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
                    doc: 'Signed.',
                  },
                  {
                    name: 'cost',
                    type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
                    doc: 'Of the open quantity.',
                  },
                  {
                    name: 'realisedPnl',
                    type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
                  },
                  {
                    name: 'fees',
                    type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
                  },
                  {
                    name: 'cash',
                    type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
                  },
                  {
                    name: 'markPrice',
                    type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
                    doc: "The market's price, or that of the last fill where the instrument has no market prices.",
                    default: null,
                  },
                  {
                    name: 'markedAt',
                    type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
                    default: null,
                  },
                  {
                    name: 'markSource',
                    type: ['null', 'string'],
                    doc: "MARKET: the price is the market's, common to all portfolios; FILL: that of the position's own last fill; null: unknown or none.",
                    default: null,
                  },
                ],
              },
            },
          },
        ],
      },
    },
  ],
})
