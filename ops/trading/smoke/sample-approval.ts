import { decisionIdOf } from '../../../processors/domain/shared/ids.ts'
import { termsOf } from '../../../processors/domain/shared/instrument.ts'
import { portfolioKey } from '../../../processors/domain/shared/keys.ts'
import { producers } from '../../../processors/domain/shared/producer.ts'
import type { InstrumentRegistered } from '../../../schemas/trading/generated/instrument-registered.ts'
import type { TradeApprovedEvent } from '../../../schemas/trading/generated/trade-approved.ts'

const one = 10n ** 18n

/** An approval as portfolio-risk would write it: portfolio `smoke` buys a hundred at 25. Units: `at` in ms. */
export function sampleApproval(instrument: InstrumentRegistered, at: number): TradeApprovedEvent {
  const portfolioId = 'smoke'
  const idempotencyKey = `smoke-${at}`
  const tradeId = decisionIdOf(portfolioId, idempotencyKey)
  const quantity = 100n * one
  const price = 25n * one
  const notional = (quantity * price) / one
  return {
    eventId: tradeId,
    eventType: 'TradeApproved',
    schemaVersion: 1,
    occurredAt: at,
    producer: producers.portfolioRisk,
    key: portfolioKey(portfolioId),
    correlationId: tradeId,
    payload: {
      tradeId,
      signalId: idempotencyKey,
      idempotencyKey,
      strategyId: 'smoke',
      portfolioId,
      exchange: instrument.exchange,
      instrumentId: instrument.instrumentId,
      side: 'BUY',
      quantity,
      orderType: 'MARKET',
      limitPrice: null,
      referencePrice: price,
      reduceOnly: false,
      validUntil: null,
      timeInForce: null,
      expiresAt: null,
      sourceEventId: tradeId,
      riskSeq: 1n,
      feedbackExecSeq: 0n,
      limitsVersion: 1,
      priceSeq: 0n,
      decidedAt: null,
      newestSignalAt: null,
      maxAgeMs: null,
      maxAheadMs: null,
      liveClock: false,
      controlVersion: 0n,
      killSwitchVersion: 0n,
      boundPrice: price,
      reservedNotional: notional,
      exposureBefore: 0n,
      exposureAfter: notional,
      portfolioCurrency: instrument.quoteCurrency,
      tradingState: 'ACTIVE',
      exposureCap: null,
      portfolioMaxPositionQty: null,
      rateMaximum: null,
      rateWindowMs: null,
      instrumentLimitsVersion: 1,
      slippageTicks: 0,
      maxNotionalPerOrder: null,
      priceBand: null,
      marketBidSize: null,
      marketAskSize: null,
      marketBid: null,
      marketAsk: null,
      marketLast: null,
      marketAt: null,
      ...termsOf(instrument),
    },
  }
}
