import { Outbox } from '../../../store/outbox/outbox.ts'
import { startRelay } from '../../../store/outbox/relay.ts'
import { connectParts } from '../../../topology/app/connections.ts'
import { noteTopic } from './note-topic.ts'

/*
 * A relay as a process of its own, which ends by SIGKILL between the publishing of its first batch and the mark.
 * Arguments: Kafka, registry, database, topic.
 */

const [kafka, registry, databaseUrl, name] = process.argv.slice(2) as [string, string, string, string]
const parts = await connectParts({ kafka, registry })
const relay = startRelay({
  ...parts,
  outbox: new Outbox({ url: databaseUrl, schema: 'public', clock: parts.clock }),
  application: name,
  topics: [noteTopic(name)],
  leaseMs: 500,
  onPublished: () => void process.kill(process.pid, 'SIGKILL'),
})
setInterval(() => {}, 60_000)
console.error(await relay.failed)
process.exit(1)
