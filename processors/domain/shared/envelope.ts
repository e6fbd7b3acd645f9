import type { ProducerName } from './producer.ts'

/** What every event carries around its payload. */
export interface Envelope<P> {
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

/** The cause of an event, as far as the event takes after it. */
export type Cause = Pick<Envelope<unknown>, 'correlationId'>

/**
 * Puts a payload into its envelope. `occurredAt` derives from the cause and simulated delays, never from a clock, so an
 * event made again is the same bytes.
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
