// Generated from trade-approved.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** Envelope of TradeApproved. Record key: portfolioKey. */
export interface TradeApprovedEvent {
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
  readonly payload: TradeApproved
}

/** A signal that passed every check, with its reservation and witness. */
export interface TradeApproved {
  /** Also the id of the decision and of this event. */
  readonly tradeId: string
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
  readonly sourceEventId: string
  /** Place among the decisions of the portfolio, from 1, without gaps. */
  readonly riskSeq: bigint
  /** Reports that portfolio-risk had applied: all up to this execSeq. */
  readonly feedbackExecSeq: bigint
  /** Prices of its instruments that portfolio-risk had applied. */
  readonly priceSeq: bigint
  /** Version of the limits file that portfolio-risk held. */
  readonly limitsVersion: number
  /** Version of the portfolio's rules that were set at run time; 0: those of the limits file. */
  readonly controlVersion: bigint
  /** Version of the trading state of every portfolio; 0: it was never set. */
  readonly killSwitchVersion: bigint
  /** The wall clock, where a limit needs it; null: none does. Units: milliseconds since the epoch. */
  readonly decidedAt: number | null
  /** The latest time of the portfolio's earlier signals. Units: milliseconds since the epoch. */
  readonly newestSignalAt: number | null
  /** The age that a signal may have; null: any. */
  readonly maxAgeMs: bigint | null
  /** The most that a signal may be ahead of the wall clock; null: any. */
  readonly maxAheadMs: bigint | null
  /** Whether age counts against the wall clock, too. */
  readonly liveClock: boolean
  /** Fills never exceed it. Units: 1e-18. */
  readonly boundPrice: bigint
  /** quantity x boundPrice. Units: 1e-18. */
  readonly reservedNotional: bigint
  /** Units: 1e-18. */
  readonly exposureBefore: bigint
  /** Units: 1e-18. */
  readonly exposureAfter: bigint
  readonly portfolioCurrency: string | null
  readonly tradingState: string | null
  /** Units: 1e-18. */
  readonly exposureCap: bigint | null
  /** Position limit of the limits file, beside the instrument's. Units: 1e-18. */
  readonly portfolioMaxPositionQty: bigint | null
  /** Most approvals in a rate window. */
  readonly rateMaximum: number | null
  readonly rateWindowMs: bigint | null
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
  /** The registration that was used. */
  readonly instrumentVersion: bigint
  readonly quoteCurrency: string
  readonly pricePrecision: number
  readonly sizePrecision: number
  /** Units: 1e-18. */
  readonly tickSize: bigint
  /** Units: 1e-18. */
  readonly lotSize: bigint
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
  readonly takerFeeRate: bigint
  readonly feePrecision: number
  readonly shortable: boolean
  readonly enabled: boolean
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

/** Writes and reads TradeApprovedEvent as Avro. */
export const TradeApprovedEvent = avroOf<TradeApprovedEvent>({
  type: 'record',
  name: 'TradeApprovedEvent',
  namespace: 'millrace.trading',
  doc: 'Envelope of TradeApproved. Record key: portfolioKey.',
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
        name: 'TradeApproved',
        doc: 'A signal that passed every check, with its reservation and witness.',
        fields: [
          {
            name: 'tradeId',
            type: 'string',
            doc: 'Also the id of the decision and of this event.',
          },
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
          { name: 'sourceEventId', type: 'string' },
          {
            name: 'riskSeq',
            type: 'long',
            doc: 'Place among the decisions of the portfolio, from 1, without gaps.',
          },
          {
            name: 'feedbackExecSeq',
            type: 'long',
            doc: 'Reports that portfolio-risk had applied: all up to this execSeq.',
          },
          {
            name: 'priceSeq',
            type: 'long',
            doc: 'Prices of its instruments that portfolio-risk had applied.',
            default: 0,
          },
          {
            name: 'limitsVersion',
            type: 'int',
            doc: 'Version of the limits file that portfolio-risk held.',
          },
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
          {
            name: 'decidedAt',
            type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
            doc: 'The wall clock, where a limit needs it; null: none does.',
            default: null,
          },
          {
            name: 'newestSignalAt',
            type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
            doc: "The latest time of the portfolio's earlier signals.",
            default: null,
          },
          {
            name: 'maxAgeMs',
            type: ['null', 'long'],
            doc: 'The age that a signal may have; null: any.',
            default: null,
          },
          {
            name: 'maxAheadMs',
            type: ['null', 'long'],
            doc: 'The most that a signal may be ahead of the wall clock; null: any.',
            default: null,
          },
          {
            name: 'liveClock',
            type: 'boolean',
            doc: 'Whether age counts against the wall clock, too.',
            default: false,
          },
          {
            name: 'boundPrice',
            type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
            doc: 'Fills never exceed it.',
          },
          {
            name: 'reservedNotional',
            type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
            doc: 'quantity x boundPrice.',
          },
          {
            name: 'exposureBefore',
            type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
          },
          {
            name: 'exposureAfter',
            type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
          },
          { name: 'portfolioCurrency', type: ['null', 'string'], default: null },
          { name: 'tradingState', type: ['null', 'string'], default: null },
          {
            name: 'exposureCap',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            default: null,
          },
          {
            name: 'portfolioMaxPositionQty',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            doc: "Position limit of the limits file, beside the instrument's.",
            default: null,
          },
          {
            name: 'rateMaximum',
            type: ['null', 'int'],
            doc: 'Most approvals in a rate window.',
            default: null,
          },
          { name: 'rateWindowMs', type: ['null', 'long'], default: null },
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
          { name: 'instrumentVersion', type: 'long', doc: 'The registration that was used.' },
          { name: 'quoteCurrency', type: 'string' },
          { name: 'pricePrecision', type: 'int' },
          { name: 'sizePrecision', type: 'int' },
          {
            name: 'tickSize',
            type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
          },
          {
            name: 'lotSize',
            type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
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
            type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
          },
          { name: 'feePrecision', type: 'int' },
          { name: 'shortable', type: 'boolean' },
          { name: 'enabled', type: 'boolean' },
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
