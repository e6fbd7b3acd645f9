import { setTimeout as sleep } from 'node:timers/promises'
import type { KafkaConfig } from 'kafkajs'
import type { Channel, OpenChannel } from '../../topology/broker/kafkajs/channel.ts'
import { openKafkajsChannel } from '../../topology/broker/kafkajs/internals.ts'
import { kafkajsBroker } from '../../topology/broker/kafkajs/kafkajs-broker.ts'
import type { Broker, CommitStep } from '../../topology/broker/port.ts'
import type { Clock } from '../../topology/definition/clock.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import type { BrokerUnderTest, ConformanceOptions } from './broker-bench.ts'

/** A cluster and the way to it. */
export interface KafkaUnderTest {
  /** Shape: `['127.0.0.1:9092']`. */
  readonly brokers: readonly string[]
  /** The library that connects. Unset: kafkajs. */
  readonly openChannel?: OpenChannel
  /** As in kafkajs. */
  readonly ssl?: KafkaConfig['ssl']
  /** As in kafkajs. */
  readonly sasl?: KafkaConfig['sasl']
}

/** The conformance options for a real Kafka: it is slower than memory, and its cleaner has to be told to hurry. */
export const kafkaConformance: ConformanceOptions = {
  patienceMs: 30_000,
  compactConfig: { 'segment.ms': '1000', 'min.cleanable.dirty.ratio': '0.01', 'max.compaction.lag.ms': '1000' },
}

/** The adapter on a real Kafka, for the conformance suite. */
export async function kafkaUnderTest(options: KafkaUnderTest): Promise<BrokerUnderTest> {
  const { openChannel = openKafkajsChannel } = options
  const mortals = new Map<Broker, Mortal>()
  const tool = await kafkajsBroker({ ...options, clock: systemClock })
  return {
    async connect() {
      const life = new Mortal(openChannel)
      const client = await kafkajsBroker({ ...options, clock: life.clock, openChannel: life.openChannel })
      mortals.set(client, life)
      return client
    },
    async crash(client) {
      mortals.get(client)!.kill()
    },
    compact: topic => compact(topic, options),
    deleteRecords: (topic, partition, offset) => tool.admin.deleteRecords([{ topic, partition, offset }]),
    close: () => tool.close(),
  }
}

const never = new Promise<never>(() => {})

/** The time and the connections of a client, which can be taken away at once, as SIGKILL takes them. */
class Mortal {
  readonly #open: OpenChannel
  readonly #channels = new Set<Channel>()
  #dead = false

  constructor(open: OpenChannel) {
    this.#open = open
  }

  readonly clock: Clock = {
    ...systemClock,
    sleep: async (ms, signal) => {
      await systemClock.sleep(ms, signal)
      if (this.#dead) await never
    },
    after: (ms, callback) => systemClock.after(ms, () => this.#dead || callback()),
  }

  readonly openChannel: OpenChannel = (host, port, settings) => {
    if (this.#dead) return { ready: never, abandon: () => {} }
    const { ready, abandon } = this.#open(host, port, settings)
    return { ready: this.#unlessDead(ready).then(channel => this.#mortal(channel)), abandon }
  }

  kill(): void {
    this.#dead = true
    for (const channel of this.#channels) channel.destroy(new Error('the process is dead'))
  }

  #mortal(channel: Channel): Channel {
    this.#channels.add(channel)
    return {
      versionsOf: apiKey => channel.versionsOf(apiKey),
      isUsable: () => channel.isUsable(),
      exchange: request => this.#unlessDead(channel.exchange(request)),
      destroy: reason => {
        this.#channels.delete(channel)
        channel.destroy(reason)
      },
    }
  }

  /** A process that is dead hears of nothing any more, neither of an answer nor of a loss. */
  async #unlessDead<T>(promise: Promise<T>): Promise<T> {
    try {
      return await promise
    } finally {
      if (this.#dead) await never
    }
  }
}

/**
 * Has the broker's cleaner compact the topic's present records. It never touches the newest segment, and a segment ends when a
 * record comes that is `segment.ms` later than its first: one of an aborted transaction, so that no reader sees it.
 */
async function compact(topic: string, options: KafkaUnderTest): Promise<void> {
  const client = await kafkajsBroker({ ...options, clock: systemClock })
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
    for (const end = Date.now() + 45_000; Date.now() < end; await sleep(100)) {
      reader.seek({ topic, partition: 0 }, 0)
      const [fetched] = await reader.poll()
      if (fetched !== undefined && fetched.records.length > 0 && fetched.records[0]!.offset > 0) return
    }
    throw new Error(`the cleaner did not pass over ${topic} within 45 s`)
  } finally {
    await client.close()
  }
}
