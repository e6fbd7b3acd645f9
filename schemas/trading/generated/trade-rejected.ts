// Generated from trade-rejected.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** Envelope of TradeRejected. Record key: portfolioKey. */
export interface TradeRejectedEvent {
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
  readonly payload: TradeRejected
}

/** A signal that failed a check, with the first one that failed and the witness. */
export interface TradeRejected {
  /** Also the id of this event. */
  readonly decisionId: string
  readonly stage: Stage
  readonly reasonCode: string
  readonly reason: string
  readonly details: RejectionDetails | null
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
  /** Place among the decisions of the portfolio, from 1, without gaps; 0 for a portfolio that is unknown. */
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
  /** Highest price the trade may fill at; null when there is no price or instrument. Units: 1e-18. */
  readonly boundPrice: bigint | null
  /** quantity x boundPrice. Units: 1e-18. */
  readonly worstNotional: bigint | null
  /** The limit by which losses had halted the portfolio: LOSS_LIMIT or MAX_DRAWDOWN. */
  readonly haltedBy: string | null
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
  /** Units that the market bought at the bid then; null: any number. Units: 1e-18. */
  readonly marketBidSize: bigint | null
  /** Units that the market sold at the ask then; null: any number. Units: 1e-18. */
  readonly marketAskSize: bigint | null
}

export type Stage = 'INSTRUMENT' | 'PORTFOLIO'

/** The limit that was broken and the observed value. */
export interface RejectionDetails {
  readonly limit: string | null
  readonly observed: string | null
}

export type Side = 'BUY' | 'SELL'

export type OrderType = 'MARKET' | 'LIMIT'

/** Writes and reads TradeRejectedEvent as Avro. */
export const TradeRejectedEvent = avroOf<TradeRejectedEvent>({
  type: 'record',
  name: 'TradeRejectedEvent',
  namespace: 'millrace.trading',
  doc: 'Envelope of TradeRejected. Record key: portfolioKey.',
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
        name: 'TradeRejected',
        doc: 'A signal that failed a check, with the first one that failed and the witness.',
        fields: [
          { name: 'decisionId', type: 'string', doc: 'Also the id of this event.' },
          {
            name: 'stage',
            type: { type: 'enum', name: 'Stage', symbols: ['INSTRUMENT', 'PORTFOLIO'] },
          },
          { name: 'reasonCode', type: 'string' },
          { name: 'reason', type: 'string' },
          {
            name: 'details',
            type: [
              'null',
              {
                type: 'record',
                name: 'RejectionDetails',
                doc: 'The limit that was broken and the observed value.',
                fields: [
                  { name: 'limit', type: ['null', 'string'], default: null },
                  { name: 'observed', type: ['null', 'string'], default: null },
                ],
              },
            ],
            default: null,
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
            doc: 'Place among the decisions of the portfolio, from 1, without gaps; 0 for a portfolio that is unknown.',
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
            name: 'haltedBy',
            type: ['null', 'string'],
            doc: 'The limit by which losses had halted the portfolio: LOSS_LIMIT or MAX_DRAWDOWN.',
            default: null,
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
