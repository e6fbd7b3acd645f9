import { registrationEvent } from '../../../processors/domain/shared/registration.ts'
import { string } from '../../../schemas/serdes.ts'
import { InstrumentRegisteredEvent } from '../../../schemas/trading/generated/instrument-registered.ts'
import type { OutboxEntry } from '../../../store/outbox/outbox.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { instrument } from '../../gateway/support/stub-reads.ts'

/** A topic of registrations under a name of the test's own. */
export function registrationTopic(name: string) {
  return topic(name, { key: string, value: InstrumentRegisteredEvent, partitions: 3 })
}

/** A version of an instrument, as an entry for the topic. */
export function registrationEntry(name: string, instrumentId: string, version: number): OutboxEntry {
  const { instrumentKey: _, ...terms } = { ...instrument, instrumentId, instrumentVersion: BigInt(version) }
  const event = registrationEvent(terms, 1_700_000_000_000 + version, 'test')
  const json = InstrumentRegisteredEvent.sql.toSql(event) as string
  return { topic: name, key: event.key, eventId: event.eventId, event: json }
}

/** A guard that always lets an entry in. */
export const always = { text: 'select 1', parameters: [] }
