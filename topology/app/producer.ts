import { type Connections, connectParts } from './connections.ts'
import { RecordSender } from './record-sender.ts'

/** A producer for programs outside a topology. It is typed by the topics that it sends to. */
export type Producer = Pick<RecordSender, 'send' | 'close'>

/** The servers of a producer, and its name in the brokers' logs. */
export interface ProducerOptions extends Pick<Connections, 'kafka' | 'registry'> {
  /** Unset: `millrace`. */
  readonly clientId?: string
}

/** Opens a producer, as described for the `openProducer` of `on-demand.ts`. Errors: as there. */
export async function openProducer(options: ProducerOptions): Promise<Producer> {
  const parts = await connectParts({ ...options, postgres: 'memory' })
  const sender = new RecordSender(parts)
  return {
    send: sender.send.bind(sender),
    async close() {
      await sender.close()
      await parts.close()
    },
  }
}
