import type { Socket } from 'node:net'
import net from 'node:net'
import { Kafka, logLevel } from 'kafkajs'
import { kafkajsBroker } from '../../topology/broker/kafkajs/kafkajs-broker.ts'
import type { Broker, CommitStep } from '../../topology/broker/port.ts'
import type { Clock } from '../../topology/definition/clock.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { realParts } from '../support/real-parts.ts'
import { brokerConformance } from './broker.ts'

const { kafka } = await realParts({ kafka: true })
const brokers = kafka.url.split(',')

/** A client whose time and sockets can be taken away at once, as SIGKILL takes them. */
interface Mortal {
  readonly clock: Clock
  readonly sockets: Set<Socket>
  kill(): void
}

function mortal(): Mortal {
  let dead = false
  const sockets = new Set<Socket>()
  const never = new Promise<never>(() => {})
  const clock: Clock = {
    ...systemClock,
    sleep: async (ms, signal) => {
      await systemClock.sleep(ms, signal)
      if (dead) await never
    },
    after: (ms, callback) => systemClock.after(ms, () => dead || callback()),
  }
  const kill = () => {
    dead = true
    for (const socket of sockets)
      socket
        .removeAllListeners()
        .on('error', () => {})
        .destroy()
  }
  return { clock, sockets, kill }
}

const mortals = new Map<Broker, Mortal>()

brokerConformance(
  'kafkajs on a real Kafka',
  async () => {
    const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    return {
      async connect() {
        const life = mortal()
        const client = await kafkajsBroker({
          brokers,
          clock: life.clock,
          socketFactory: ({ host, port, onConnect }) => {
            const socket = net.connect({ host, port }, onConnect)
            life.sockets.add(socket)
            return socket
          },
        })
        mortals.set(client, life)
        return client
      },
      async crash(client) {
        mortals.get(client)!.kill()
      },
      compact: topic => compact(topic),
      async deleteRecords(topic, partition, before) {
        // kafkajs asks for the leader before it has asked for metadata.
        await admin.fetchTopicOffsets(topic)
        await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(before) }] })
      },
      close: () => admin.disconnect(),
    }
  },
  {
    patienceMs: 30_000,
    compactConfig: { 'segment.ms': '1000', 'min.cleanable.dirty.ratio': '0.01', 'max.compaction.lag.ms': '1000' },
  },
)

/**
 * Has the broker's cleaner compact the topic's present records. It never touches the newest segment, and a segment ends when a
 * record comes that is `segment.ms` later than its first: one of an aborted transaction, so that no reader sees it.
 */
async function compact(topic: string): Promise<void> {
  const client = await kafkajsBroker({ brokers, clock: systemClock })
  const onStep = (step: CommitStep) => {
    if (step === 'before-end') throw new Error('this transaction is to be aborted')
  }
  const producer = client.producer({ transactionalId: `${topic}-compact`, onStep })
  await producer.init()
  const late = { topic, partition: 0, timestamp: Date.now(), key: Buffer.from('late'), value: null, headers: [] }
  await producer.commit({ records: [late] }).catch(() => {})
  await producer.close()
  const reader = client.reader({ isolation: 'read_committed' })
  try {
    for (const end = Date.now() + 45_000; Date.now() < end; await systemClock.sleep(100)) {
      reader.seek({ topic, partition: 0 }, 0)
      const [fetched] = await reader.poll()
      if (fetched !== undefined && fetched.records.length > 0 && fetched.records[0]!.offset > 0) return
    }
    throw new Error(`the cleaner did not pass over ${topic} within 45 s`)
  } finally {
    await client.close()
  }
}
