import type { PortfolioControlEvent } from '../../../schemas/trading/generated/portfolio-control.ts'
import type { RiskLedger } from '../../../schemas/trading/generated/risk-ledger.ts'
import type { TradingSignalEvent } from '../../../schemas/trading/generated/trading-signal.ts'
import { absolute } from '../shared/decimal.ts'
import { instrumentOfKey } from '../shared/keys.ts'
import { producers } from '../shared/producer.ts'
import type { Side } from '../shared/side.ts'
import { signalEvent } from '../shared/signal-event.ts'
import { unitsOf } from './price-levels.ts'
import { parseLevels } from './risk-state.ts'

/**
 * The signals that close a portfolio's positions: reduce-only market orders for all that is held and not on its way out already.
 * They go the way of every signal. The same control gives the same signals.
 */
export function closingSignals(
  { payload, occurredAt, correlationId }: PortfolioControlEvent,
  portfolioId: string,
  ledgers: readonly RiskLedger[],
): readonly TradingSignalEvent[] {
  return ledgers.flatMap(ledger => {
    const side: Side = ledger.quantity > 0n ? 'SELL' : 'BUY'
    const closing = unitsOf(parseLevels(side === 'SELL' ? ledger.pendingSells : ledger.pendingBuys))
    const quantity = absolute(ledger.quantity) - closing
    if (quantity <= 0n) return []
    const id = `flatten:${payload.flattenVersion}:${ledger.instrumentKey}`
    const { exchange, instrumentId } = instrumentOfKey(ledger.instrumentKey)
    const signal = signalEvent(
      {
        signalId: id,
        idempotencyKey: id,
        strategyId: 'flatten',
        portfolioId,
        exchange,
        instrumentId,
        side,
        quantity,
        orderType: 'MARKET',
        limitPrice: null,
        referencePrice: ledger.lastPrice,
        reduceOnly: true,
        validUntil: null,
        timeInForce: null,
      },
      occurredAt,
      producers.portfolioRisk,
    )
    return [{ ...signal, correlationId }]
  })
}
