import { avro } from '../../../schemas/avro/avro.ts'
import type { OutboxEntry } from '../../../store/outbox/outbox.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'

const Note = avro({
  type: 'record',
  name: 'Note',
  fields: [
    { name: 'eventId', type: 'string' },
    { name: 'occurredAt', type: ['null', { type: 'long', logicalType: 'timestamp-millis' }], default: null },
    { name: 'version', type: 'int' },
  ],
})

/** A topic of versions of notes under a name of the test's own. */
export function noteTopic(name: string) {
  return topic(name, { key: string, value: Note, partitions: 3 })
}

/** A version of a note, as an entry for the topic. */
export function noteEntry(name: string, id: string, version: number): OutboxEntry {
  return entryOf(name, id, { version, occurredAt: 1_700_000_000_000 + version })
}

/** The same without a time in its event. */
export function untimedEntry(name: string, id: string, version: number): OutboxEntry {
  return entryOf(name, id, { version, occurredAt: null })
}

function entryOf(name: string, id: string, more: { version: number; occurredAt: number | null }): OutboxEntry {
  const eventId = `${id}-${more.version}`
  return { topic: name, key: id, eventId, event: Note.sql.toSql({ eventId, ...more }) as string }
}

/** A guard that always lets an entry in. */
export const always = { text: 'select 1', parameters: [] }
