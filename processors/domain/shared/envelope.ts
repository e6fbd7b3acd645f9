import type { ProducerName } from './producer.ts'

/** The fields that every event carries around its payload. */
interface Envelope<P> {
  readonly eventId: string
  readonly eventType: string
  readonly schemaVersion: number
  /** Units: ms. */
  readonly occurredAt: number
  readonly producer: string
  readonly key: string
  readonly correlationId: string
  readonly payload: P
}

/** The fields of an event's cause that the event takes over. */
type Cause = Pick<Envelope<unknown>, 'correlationId'>

/**
 * Puts a payload into its envelope. `occurredAt` derives from the cause and simulated delays, never from a clock, so the
 * bytes of an event are the same if it is made again.
 */
export function envelope<P>(
  about: { eventId: string; eventType: string; producer: ProducerName; key: string; occurredAt: number; cause: Cause },
  payload: P,
): Envelope<P> {
  const { eventId, eventType, producer, key, occurredAt, cause } = about
  return {
    eventId,
    eventType,
    schemaVersion: 1,
    occurredAt,
    producer,
    key,
    correlationId: cause.correlationId,
    payload,
  }
}
