import { decimalOf } from '../../../processors/domain/shared/decimal.ts'
import { signalEvent } from '../../../processors/domain/shared/signal-event.ts'
import type { TradingSignal } from '../../../schemas/trading/generated/trading-signal.ts'

/** A market buy of 10 of instrument a for portfolio p, unless it is changed. Units: `at` is event time, ms. */
export function marketSignal(idempotencyKey: string, changes: Partial<TradingSignal> = {}, at = 1_000) {
  const payload: TradingSignal = {
    signalId: `s-${idempotencyKey}`,
    idempotencyKey,
    strategyId: 'test',
    portfolioId: 'p',
    exchange: 'X',
    instrumentId: 'a',
    side: 'BUY',
    quantity: decimalOf('10'),
    orderType: 'MARKET',
    limitPrice: null,
    referencePrice: decimalOf('100'),
    reduceOnly: false,
    validUntil: null,
    timeInForce: null,
    ...changes,
  }
  return signalEvent(payload, at, 'test')
}
