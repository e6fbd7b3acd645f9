import type { Socket } from 'node:net'
import net from 'node:net'
import { Kafka, logLevel } from 'kafkajs'
import { kafkajsBroker } from '../../topology/broker/kafkajs/kafkajs-broker.ts'
import type { Broker } from '../../topology/broker/port.ts'
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
      async compact() {},
      async deleteRecords(topic, partition, before) {
        await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(before) }] })
      },
      close: () => admin.disconnect(),
    }
  },
  { cannot: { compaction: 'the log cleaner' } },
)
