import { registrationEvent } from '../../../processors/domain/shared/registration.ts'
import { instrumentRegistered } from '../../../processors/topics.ts'
import type { InstrumentRegistered } from '../../../schemas/trading/generated/instrument-registered.ts'

/** An event as every topic of the pipeline has it. */
export interface AnyEvent {
  readonly eventId: string
  readonly occurredAt: number
  readonly key: string
  readonly payload: object
}

/** A record that comes in, or a pause in which the pipeline comes to rest. */
export type Step = { readonly topic: string; readonly key: string; readonly event: AnyEvent } | 'pause'

/** The record of an event under its own key. */
export function recordOf(topic: { readonly name: string }, event: AnyEvent): Step {
  return { topic: topic.name, key: event.key, event }
}

/** The step that registers an instrument. Units: `at` is event time, ms. */
export function registrationStep(instrument: InstrumentRegistered, at: number): Step {
  return recordOf(instrumentRegistered, registrationEvent(instrument, at, 'witness'))
}
