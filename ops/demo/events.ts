import { registrationIdOf, signalEventIdOf } from '../../processors/domain/ids.ts'
import { instrumentKey } from '../../processors/domain/keys.ts'
import type {
  InstrumentRegistered,
  InstrumentRegisteredEvent,
} from '../../schemas/trading/generated/instrument-registered.ts'
import type { TradingSignalEvent } from '../../schemas/trading/generated/trading-signal.ts'
import type { TimedSignal } from './strategy.ts'

const producer = 'demo'

/** The event of a registration. Units: `at` in ms. */
export function registrationEvent(instrument: InstrumentRegistered, at: number): InstrumentRegisteredEvent {
  const key = instrumentKey(instrument.exchange, instrument.instrumentId)
  const eventId = registrationIdOf(key, instrument.instrumentVersion)
  return {
    eventId,
    eventType: 'InstrumentRegistered',
    schemaVersion: 1,
    occurredAt: at,
    producer,
    key,
    correlationId: eventId,
    payload: instrument,
  }
}

/** The event of a signal. */
export function signalEvent({ at, signal }: TimedSignal): TradingSignalEvent {
  const eventId = signalEventIdOf(signal.portfolioId, signal.signalId)
  return {
    eventId,
    eventType: 'TradingSignal',
    schemaVersion: 1,
    occurredAt: at,
    producer,
    key: instrumentKey(signal.exchange, signal.instrumentId),
    correlationId: eventId,
    payload: signal,
  }
}
