import type { TradingSignal, TradingSignalEvent } from '../../../schemas/trading/generated/trading-signal.ts'
import { signalEventIdOf } from './ids.ts'
import { instrumentKey } from './keys.ts'

/** The event that carries a signal. The same signal gives the same event; its id correlates all events that derive from it. */
export function signalEvent(payload: TradingSignal, occurredAt: number, producer: string): TradingSignalEvent {
  const key = instrumentKey(payload.exchange, payload.instrumentId)
  const eventId = signalEventIdOf(payload.portfolioId, payload.signalId)
  const eventType = 'TradingSignal'
  return { eventId, eventType, schemaVersion: 1, occurredAt, producer, key, correlationId: eventId, payload }
}
