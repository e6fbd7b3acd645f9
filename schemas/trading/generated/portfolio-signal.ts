// Generated from portfolio-signal.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** Envelope of PortfolioSignal. Record key: portfolioKey (in trading.signals.portfolio), instrumentKey (in signals.checked). */
export interface PortfolioSignalEvent {
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
  readonly payload: PortfolioSignal
}

/** A signal with the verdict of instrument-risk, and the instrument values that later stages need. */
export interface PortfolioSignal {
  readonly signalId: string
  /** One decision is made for it and the portfolio, ever. */
  readonly idempotencyKey: string
  readonly strategyId: string
  readonly portfolioId: string
  readonly exchange: string
  readonly instrumentId: string
  readonly side: Side
  /** Units: 1e-18. */
  readonly quantity: bigint
  readonly orderType: OrderType
  /** Units: 1e-18. */
  readonly limitPrice: bigint | null
  /** The market price the strategy saw. Units: 1e-18. */
  readonly referencePrice: bigint | null
  readonly reduceOnly: boolean
  /** Units: milliseconds since the epoch. */
  readonly validUntil: number | null
  /** eventId of the signal. */
  readonly sourceEventId: string
  /** PASS, or the reason code of the first check that failed. */
  readonly verdict: string
  readonly reason: string | null
  readonly details: VerdictDetails | null
  /** The reason code by which a reduce-only signal is refused unless it closes the whole position; reason and details are its. */
  readonly unlessClosing: string | null
  /** Version of the limits file that instrument-risk held. */
  readonly instrumentLimitsVersion: number
  /** Slippage allowed for in boundPrice. */
  readonly slippageTicks: number
  /** Units: 1e-18. */
  readonly maxNotionalPerOrder: bigint | null
  /** The most by which a price might differ from the market's, as a share of it; null: by any. Units: 1e-18. */
  readonly priceBand: bigint | null
  /** The best price at which the market bought when instrument-risk saw the signal; null where it has no prices. Units: 1e-18. */
  readonly marketBid: bigint | null
  /** The best price at which the market sold then. Units: 1e-18. */
  readonly marketAsk: bigint | null
  /** The price of the last trade then. Units: 1e-18. */
  readonly marketLast: bigint | null
  /** Event time of these prices. Units: milliseconds since the epoch. */
  readonly marketAt: number | null
  /** Highest price the trade may fill at; null when there is no price or instrument. Units: 1e-18. */
  readonly boundPrice: bigint | null
  /** quantity x boundPrice. Units: 1e-18. */
  readonly worstNotional: bigint | null
  /** The registration that was used; null when there was none. */
  readonly instrumentVersion: bigint | null
  readonly quoteCurrency: string | null
  readonly pricePrecision: number | null
  readonly sizePrecision: number | null
  /** Units: 1e-18. */
  readonly tickSize: bigint | null
  /** Units: 1e-18. */
  readonly lotSize: bigint | null
  /** Units: 1e-18. */
  readonly minQty: bigint | null
  /** Units: 1e-18. */
  readonly maxTradeQty: bigint | null
  /** Units: 1e-18. */
  readonly maxPositionQty: bigint | null
  /** Units: 1e-18. */
  readonly minNotional: bigint | null
  /** Units: 1e-18. */
  readonly maxNotional: bigint | null
  /** Units: 1e-18. */
  readonly takerFeeRate: bigint | null
  readonly feePrecision: number | null
  readonly shortable: boolean | null
  readonly enabled: boolean | null
  /** DAY: until the instrument's session closes; GTC: until it is cancelled; IOC: at once, in part if need be; FOK: at once and whole, or not. Null: as GTC. A market order never rests. */
  readonly timeInForce: string | null
  /** The order expires then: the earlier one of validUntil and, of a DAY order, the close of the session. Units: milliseconds since the epoch. */
  readonly expiresAt: number | null
  /** Units that the market bought at the bid then; null: any number. Units: 1e-18. */
  readonly marketBidSize: bigint | null
  /** Units that the market sold at the ask then; null: any number. Units: 1e-18. */
  readonly marketAskSize: bigint | null
}

export type Side = 'BUY' | 'SELL'

export type OrderType = 'MARKET' | 'LIMIT'

/** The limit that was broken and the observed value. */
export interface VerdictDetails {
  readonly limit: string | null
  readonly observed: string | null
}

/** Writes and reads PortfolioSignalEvent as Avro. */
export const PortfolioSignalEvent = avroOf<PortfolioSignalEvent>({
  type: 'record',
  name: 'PortfolioSignalEvent',
  namespace: 'millrace.trading',
  doc: 'Envelope of PortfolioSignal. Record key: portfolioKey (in trading.signals.portfolio), instrumentKey (in signals.checked).',
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
        name: 'PortfolioSignal',
        doc: 'A signal with the verdict of instrument-risk, and the instrument values that later stages need.',
        fields: [
          { name: 'signalId', type: 'string' },
          {
            name: 'idempotencyKey',
            type: 'string',
            doc: 'One decision is made for it and the portfolio, ever.',
          },
          { name: 'strategyId', type: 'string' },
          { name: 'portfolioId', type: 'string' },
          { name: 'exchange', type: 'string' },
          { name: 'instrumentId', type: 'string' },
          { name: 'side', type: { type: 'enum', name: 'Side', symbols: ['BUY', 'SELL'] } },
          {
            name: 'quantity',
            type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
          },
          {
            name: 'orderType',
            type: { type: 'enum', name: 'OrderType', symbols: ['MARKET', 'LIMIT'] },
          },
          {
            name: 'limitPrice',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            default: null,
          },
          {
            name: 'referencePrice',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            doc: 'The market price the strategy saw.',
            default: null,
          },
          { name: 'reduceOnly', type: 'boolean', default: false },
          {
            name: 'validUntil',
            type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
            default: null,
          },
          { name: 'sourceEventId', type: 'string', doc: 'eventId of the signal.' },
          {
            name: 'verdict',
            type: 'string',
            doc: 'PASS, or the reason code of the first check that failed.',
          },
          { name: 'reason', type: ['null', 'string'], default: null },
          {
            name: 'details',
            type: [
              'null',
              {
                type: 'record',
                name: 'VerdictDetails',
                doc: 'The limit that was broken and the observed value.',
                fields: [
                  { name: 'limit', type: ['null', 'string'], default: null },
                  { name: 'observed', type: ['null', 'string'], default: null },
                ],
              },
            ],
            default: null,
          },
          {
            name: 'unlessClosing',
            type: ['null', 'string'],
            doc: 'The reason code by which a reduce-only signal is refused unless it closes the whole position; reason and details are its.',
            default: null,
          },
          {
            name: 'instrumentLimitsVersion',
            type: 'int',
            doc: 'Version of the limits file that instrument-risk held.',
          },
          { name: 'slippageTicks', type: 'int', doc: 'Slippage allowed for in boundPrice.' },
          {
            name: 'maxNotionalPerOrder',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            default: null,
          },
          {
            name: 'priceBand',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            doc: "The most by which a price might differ from the market's, as a share of it; null: by any.",
            default: null,
          },
          {
            name: 'marketBid',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            doc: 'The best price at which the market bought when instrument-risk saw the signal; null where it has no prices.',
            default: null,
          },
          {
            name: 'marketAsk',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            doc: 'The best price at which the market sold then.',
            default: null,
          },
          {
            name: 'marketLast',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            doc: 'The price of the last trade then.',
            default: null,
          },
          {
            name: 'marketAt',
            type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
            doc: 'Event time of these prices.',
            default: null,
          },
          {
            name: 'boundPrice',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            doc: 'Highest price the trade may fill at; null when there is no price or instrument.',
            default: null,
          },
          {
            name: 'worstNotional',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            doc: 'quantity x boundPrice.',
            default: null,
          },
          {
            name: 'instrumentVersion',
            type: ['null', 'long'],
            doc: 'The registration that was used; null when there was none.',
            default: null,
          },
          { name: 'quoteCurrency', type: ['null', 'string'], default: null },
          { name: 'pricePrecision', type: ['null', 'int'], default: null },
          { name: 'sizePrecision', type: ['null', 'int'], default: null },
          {
            name: 'tickSize',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            default: null,
          },
          {
            name: 'lotSize',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            default: null,
          },
          {
            name: 'minQty',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            default: null,
          },
          {
            name: 'maxTradeQty',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            default: null,
          },
          {
            name: 'maxPositionQty',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            default: null,
          },
          {
            name: 'minNotional',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            default: null,
          },
          {
            name: 'maxNotional',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            default: null,
          },
          {
            name: 'takerFeeRate',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            default: null,
          },
          { name: 'feePrecision', type: ['null', 'int'], default: null },
          { name: 'shortable', type: ['null', 'boolean'], default: null },
          { name: 'enabled', type: ['null', 'boolean'], default: null },
          {
            name: 'timeInForce',
            type: ['null', 'string'],
            doc: "DAY: until the instrument's session closes; GTC: until it is cancelled; IOC: at once, in part if need be; FOK: at once and whole, or not. Null: as GTC. A market order never rests.",
            default: null,
          },
          {
            name: 'expiresAt',
            type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
            doc: 'The order expires then: the earlier one of validUntil and, of a DAY order, the close of the session.',
            default: null,
          },
          {
            name: 'marketBidSize',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            doc: 'Units that the market bought at the bid then; null: any number.',
            default: null,
          },
          {
            name: 'marketAskSize',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            doc: 'Units that the market sold at the ask then; null: any number.',
            default: null,
          },
        ],
      },
    },
  ],
})
