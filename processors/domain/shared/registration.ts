import type {
  InstrumentRegistered,
  InstrumentRegisteredEvent,
} from '../../../schemas/trading/generated/instrument-registered.ts'
import { registrationIdOf } from './ids.ts'
import { instrumentKey } from './keys.ts'

/** The event that registers a version of an instrument. `producer` is the program that registers: gateway, command, demo. */
export function registrationEvent(
  payload: InstrumentRegistered,
  occurredAt: number,
  producer: string,
): InstrumentRegisteredEvent {
  const key = instrumentKey(payload.exchange, payload.instrumentId)
  const eventId = registrationIdOf(key, payload.instrumentVersion)
  const eventType = 'InstrumentRegistered'
  return { eventId, eventType, schemaVersion: 1, occurredAt, producer, key, correlationId: eventId, payload }
}
