/** What became of an order: a fill, or its end. */
export interface ExecutionReport {
  readonly portfolioId: string
  readonly exchange: string
  readonly instrumentId: string
  readonly side: 'BUY' | 'SELL'
  readonly orderQty: bigint
  readonly executionId: string
  readonly execType: string
  readonly orderId: string
  readonly tradeId: string
  readonly fillId: string | null
  readonly fillSeq: number
  readonly execSeq: bigint
  readonly lastQty: bigint
  readonly lastPrice: bigint | null
  readonly cumQty: bigint
  readonly leavesQty: bigint
  readonly fee: bigint
  readonly isTerminal: boolean
  readonly executedAt: number
  readonly sourceEventId: string
}

/** Envelope of ExecutionReport. Record key: portfolioKey. */
export interface ExecutionReportEvent {
  readonly eventId: string
  readonly eventType: string
  readonly schemaVersion: number
  readonly occurredAt: number
  readonly producer: string
  readonly key: string
  readonly correlationId: string
  readonly payload: ExecutionReport
}

/** An instrument as it stands from this version on. */
export interface InstrumentRegistered {
  readonly exchange: string
  readonly instrumentId: string
  readonly baseCurrency: string
  readonly quoteCurrency: string
  readonly pricePrecision: number
  readonly sizePrecision: number
  readonly tickSize: bigint
  readonly lotSize: bigint
  readonly minQty: bigint | null
  readonly maxTradeQty: bigint | null
  readonly maxPositionQty: bigint | null
  readonly minNotional: bigint | null
  readonly maxNotional: bigint | null
  readonly takerFeeRate: bigint
  readonly feePrecision: number
  readonly shortable: boolean
  readonly enabled: boolean
  readonly instrumentVersion: bigint
}

/** Envelope of InstrumentRegistered. Record key: instrumentKey. */
export interface InstrumentRegisteredEvent {
  readonly eventId: string
  readonly eventType: string
  readonly schemaVersion: number
  readonly occurredAt: number
  readonly producer: string
  readonly key: string
  readonly correlationId: string
  readonly payload: InstrumentRegistered
}

/** An order of an approved trade, as it reached the (simulated) exchange. */
export interface OrderPlaced {
  readonly orderId: string
  readonly tradeId: string
  readonly portfolioId: string
  readonly strategyId: string
  readonly exchange: string
  readonly instrumentId: string
  readonly side: 'BUY' | 'SELL'
  readonly quantity: bigint
  readonly orderType: 'MARKET' | 'LIMIT'
  readonly limitPrice: bigint | null
  readonly status: string
  readonly placedAt: number
  readonly sourceEventId: string
}

/** Envelope of OrderPlaced. Record key: portfolioKey. */
export interface OrderPlacedEvent {
  readonly eventId: string
  readonly eventType: string
  readonly schemaVersion: number
  readonly occurredAt: number
  readonly producer: string
  readonly key: string
  readonly correlationId: string
  readonly payload: OrderPlaced
}

/** The limit that was broken and what was seen. */
export interface VerdictDetails {
  readonly limit: string | null
  readonly observed: string | null
}

/** A signal with the verdict of instrument-risk, and the instrument values that later stages need. */
export interface PortfolioSignal {
  readonly signalId: string
  readonly idempotencyKey: string
  readonly strategyId: string
  readonly portfolioId: string
  readonly exchange: string
  readonly instrumentId: string
  readonly side: 'BUY' | 'SELL'
  readonly quantity: bigint
  readonly orderType: 'MARKET' | 'LIMIT'
  readonly limitPrice: bigint | null
  readonly referencePrice: bigint | null
  readonly reduceOnly: boolean
  readonly validUntil: number | null
  readonly sourceEventId: string
  readonly verdict: string
  readonly reason: string | null
  readonly details: VerdictDetails | null
  readonly instrumentLimitsVersion: number
  readonly slippageTicks: number
  readonly maxNotionalPerOrder: bigint | null
  readonly boundPrice: bigint | null
  readonly worstNotional: bigint | null
  readonly instrumentVersion: bigint | null
  readonly quoteCurrency: string | null
  readonly pricePrecision: number | null
  readonly sizePrecision: number | null
  readonly tickSize: bigint | null
  readonly lotSize: bigint | null
  readonly minQty: bigint | null
  readonly maxTradeQty: bigint | null
  readonly maxPositionQty: bigint | null
  readonly minNotional: bigint | null
  readonly maxNotional: bigint | null
  readonly takerFeeRate: bigint | null
  readonly feePrecision: number | null
  readonly shortable: boolean | null
  readonly enabled: boolean | null
}

/** Envelope of PortfolioSignal. Record key: portfolioKey (in trading.signals.portfolio), instrumentKey (in signals.checked). */
export interface PortfolioSignalEvent {
  readonly eventId: string
  readonly eventType: string
  readonly schemaVersion: number
  readonly occurredAt: number
  readonly producer: string
  readonly key: string
  readonly correlationId: string
  readonly payload: PortfolioSignal
}

/** Totals over all positions. */
export interface BooksSummary {
  readonly cash: bigint
  readonly realisedPnl: bigint
  readonly unrealisedPnl: bigint
  readonly fees: bigint
  readonly grossExposure: bigint
  readonly netExposure: bigint
  readonly openPositions: number
  readonly fills: bigint
  readonly asOf: number
}

/** A position after the change. */
export interface PositionChange {
  readonly exchange: string
  readonly instrumentId: string
  readonly quantity: bigint
  readonly cost: bigint
  readonly realisedPnl: bigint
  readonly fees: bigint
  readonly cash: bigint
  readonly markPrice: bigint | null
  readonly markedAt: number | null
}

/** The books of a portfolio after a report changed them. */
export interface PortfolioUpdated {
  readonly portfolioId: string
  readonly version: bigint
  readonly throughExecSeq: bigint
  readonly provisional: boolean
  readonly stateHash: string
  readonly summary: BooksSummary
  readonly changedPositions: readonly PositionChange[]
}

/** Envelope of PortfolioUpdated. Record key: portfolioKey. */
export interface PortfolioUpdatedEvent {
  readonly eventId: string
  readonly eventType: string
  readonly schemaVersion: number
  readonly occurredAt: number
  readonly producer: string
  readonly key: string
  readonly correlationId: string
  readonly payload: PortfolioUpdated
}

/** A signal that passed every check, with its reservation and witness. */
export interface TradeApproved {
  readonly tradeId: string
  readonly signalId: string
  readonly idempotencyKey: string
  readonly strategyId: string
  readonly portfolioId: string
  readonly exchange: string
  readonly instrumentId: string
  readonly side: 'BUY' | 'SELL'
  readonly quantity: bigint
  readonly orderType: 'MARKET' | 'LIMIT'
  readonly limitPrice: bigint | null
  readonly referencePrice: bigint | null
  readonly reduceOnly: boolean
  readonly validUntil: number | null
  readonly sourceEventId: string
  readonly riskSeq: bigint
  readonly feedbackExecSeq: bigint
  readonly limitsVersion: number
  readonly boundPrice: bigint
  readonly reservedNotional: bigint
  readonly exposureBefore: bigint
  readonly exposureAfter: bigint
  readonly portfolioCurrency: string | null
  readonly tradingState: string | null
  readonly exposureCap: bigint | null
  readonly portfolioMaxPositionQty: bigint | null
  readonly rateMaximum: number | null
  readonly rateWindowMs: bigint | null
  readonly instrumentLimitsVersion: number
  readonly slippageTicks: number
  readonly maxNotionalPerOrder: bigint | null
  readonly instrumentVersion: bigint
  readonly quoteCurrency: string
  readonly pricePrecision: number
  readonly sizePrecision: number
  readonly tickSize: bigint
  readonly lotSize: bigint
  readonly minQty: bigint | null
  readonly maxTradeQty: bigint | null
  readonly maxPositionQty: bigint | null
  readonly minNotional: bigint | null
  readonly maxNotional: bigint | null
  readonly takerFeeRate: bigint
  readonly feePrecision: number
  readonly shortable: boolean
  readonly enabled: boolean
}

/** Envelope of TradeApproved. Record key: portfolioKey. */
export interface TradeApprovedEvent {
  readonly eventId: string
  readonly eventType: string
  readonly schemaVersion: number
  readonly occurredAt: number
  readonly producer: string
  readonly key: string
  readonly correlationId: string
  readonly payload: TradeApproved
}

/** The limit that was broken and what was seen. */
export interface RejectionDetails {
  readonly limit: string | null
  readonly observed: string | null
}

/** A signal that failed a check, with the first one that failed and the witness. */
export interface TradeRejected {
  readonly decisionId: string
  readonly stage: 'INSTRUMENT' | 'PORTFOLIO'
  readonly reasonCode: string
  readonly reason: string
  readonly details: RejectionDetails | null
  readonly signalId: string
  readonly idempotencyKey: string
  readonly strategyId: string
  readonly portfolioId: string
  readonly exchange: string
  readonly instrumentId: string
  readonly side: 'BUY' | 'SELL'
  readonly quantity: bigint
  readonly orderType: 'MARKET' | 'LIMIT'
  readonly limitPrice: bigint | null
  readonly referencePrice: bigint | null
  readonly reduceOnly: boolean
  readonly validUntil: number | null
  readonly sourceEventId: string
  readonly riskSeq: bigint
  readonly feedbackExecSeq: bigint
  readonly limitsVersion: number
  readonly boundPrice: bigint | null
  readonly worstNotional: bigint | null
  readonly portfolioCurrency: string | null
  readonly tradingState: string | null
  readonly exposureCap: bigint | null
  readonly portfolioMaxPositionQty: bigint | null
  readonly rateMaximum: number | null
  readonly rateWindowMs: bigint | null
  readonly instrumentLimitsVersion: number
  readonly slippageTicks: number
  readonly maxNotionalPerOrder: bigint | null
  readonly instrumentVersion: bigint | null
  readonly quoteCurrency: string | null
  readonly pricePrecision: number | null
  readonly sizePrecision: number | null
  readonly tickSize: bigint | null
  readonly lotSize: bigint | null
  readonly minQty: bigint | null
  readonly maxTradeQty: bigint | null
  readonly maxPositionQty: bigint | null
  readonly minNotional: bigint | null
  readonly maxNotional: bigint | null
  readonly takerFeeRate: bigint | null
  readonly feePrecision: number | null
  readonly shortable: boolean | null
  readonly enabled: boolean | null
}

/** Envelope of TradeRejected. Record key: portfolioKey. */
export interface TradeRejectedEvent {
  readonly eventId: string
  readonly eventType: string
  readonly schemaVersion: number
  readonly occurredAt: number
  readonly producer: string
  readonly key: string
  readonly correlationId: string
  readonly payload: TradeRejected
}

/** What a strategy asks for. */
export interface TradingSignal {
  readonly signalId: string
  readonly idempotencyKey: string
  readonly strategyId: string
  readonly portfolioId: string
  readonly exchange: string
  readonly instrumentId: string
  readonly side: 'BUY' | 'SELL'
  readonly quantity: bigint
  readonly orderType: 'MARKET' | 'LIMIT'
  readonly limitPrice: bigint | null
  readonly referencePrice: bigint | null
  readonly reduceOnly: boolean
  readonly validUntil: number | null
}

/** Envelope of TradingSignal. Record key: instrumentKey. */
export interface TradingSignalEvent {
  readonly eventId: string
  readonly eventType: string
  readonly schemaVersion: number
  readonly occurredAt: number
  readonly producer: string
  readonly key: string
  readonly correlationId: string
  readonly payload: TradingSignal
}
