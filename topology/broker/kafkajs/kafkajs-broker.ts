import type { KafkaConfig } from 'kafkajs'
import type { Clock } from '../../definition/clock.ts'
import { TopologyError } from '../../definition/errors.ts'
import type { Broker } from '../port.ts'
import { KafkaAdmin } from './admin.ts'
import type { ChannelLog, OpenChannel } from './channel.ts'
import { Cluster } from './cluster.ts'
import type { Address } from './connection.ts'
import { KafkaGroupMember } from './group-member.ts'
import { retryFor } from './patience.ts'
import { KafkaRecordReader } from './record-reader.ts'
import { KafkaRecordWriter } from './record-writer.ts'
import { KafkaSurvey } from './survey.ts'
import { KafkaTransactionalProducer } from './transactional-producer.ts'

/** The options for reaching a cluster. Units: ms. */
interface KafkajsBrokerOptions {
  /** Shape: `['127.0.0.1:9092']`. Any of them that answers is enough. */
  readonly brokers: readonly string[]
  readonly clock: Clock
  /** Unset: `millrace`. */
  readonly clientId?: string
  /** As in kafkajs: true, or TLS options. */
  readonly ssl?: KafkaConfig['ssl']
  /** As in kafkajs: mechanism and credentials. */
  readonly sasl?: KafkaConfig['sasl']
  /** Unset: 3,000. */
  readonly connectTimeoutMs?: number
  /** The time that an answer may take, in addition to the time that the request itself may wait. Unset: 10,000. */
  readonly requestTimeoutMs?: number
  /** The time for which errors that may pass are retried before RetriableError BROKER_UNAVAILABLE. Unset: 5,000. */
  readonly retryForMs?: number
  /** Of topics created. Unset: the cluster's default. */
  readonly replicationFactor?: number
  /** Settings of topics created that do not set them themselves. Shape: `{ 'min.insync.replicas': '2' }`. */
  readonly topicDefaults?: Readonly<Record<string, string>>
  /** Connection and group trouble, one line each. Unset: silent. */
  readonly log?: ChannelLog
  /** The trouble of groups alone. Unset: as `log`. */
  readonly groupLog?: ChannelLog
  /** The library that connects. Unset: kafkajs. */
  readonly openChannel?: OpenChannel
}

/**
 * The broker port on a Kafka cluster, 2.5 or newer, through the connections of kafkajs or of another library. Resolves when one broker has answered.
 *
 * Errors: RetriableError BROKER_UNAVAILABLE when none does; TopologyError CONFIG_INVALID for an address or credentials that
 * cannot be right.
 */
export async function kafkajsBroker(options: KafkajsBrokerOptions): Promise<Broker> {
  const { retryForMs = patienceMs, log = () => {} } = options
  const cluster = await openCluster(options)
  return {
    admin: new KafkaAdmin(cluster, retryForMs, options.replicationFactor ?? -1, options.topicDefaults ?? {}),
    producer: producerOptions => new KafkaTransactionalProducer(cluster, producerOptions, retryForMs),
    writer: async () => new KafkaRecordWriter(cluster, retryForMs),
    reader: readerOptions => new KafkaRecordReader(cluster, readerOptions, retryForMs),
    join: groupOptions => new KafkaGroupMember(cluster, groupOptions, options.groupLog ?? log),
    close: async () => cluster.close(),
  }
}

/** A look at a cluster for tools, over connections of its own. Errors: as `kafkajsBroker`. */
export async function kafkaSurvey(options: KafkajsBrokerOptions): Promise<KafkaSurvey> {
  return new KafkaSurvey(await openCluster(options), options.retryForMs ?? patienceMs)
}

/** Units: ms. */
const patienceMs = 5_000

async function openCluster(options: KafkajsBrokerOptions): Promise<Cluster> {
  const { clock, retryForMs = patienceMs } = options
  const cluster = new Cluster(options.brokers.map(parseAddress), {
    clock,
    clientId: options.clientId ?? 'millrace',
    connectTimeoutMs: options.connectTimeoutMs ?? 3_000,
    requestTimeoutMs: options.requestTimeoutMs ?? 10_000,
    ...(options.openChannel !== undefined && { openChannel: options.openChannel }),
    ...(options.ssl !== undefined && { ssl: options.ssl }),
    ...(options.sasl !== undefined && { sasl: options.sasl }),
    ...(options.log !== undefined && { log: options.log }),
  })
  try {
    await retryFor(clock, retryForMs, () => cluster.refresh([]))
  } catch (error) {
    cluster.close()
    throw error
  }
  return cluster
}

/** Shape: `'127.0.0.1:9092'`, `'[::1]:9092'`. */
function parseAddress(broker: string): Address {
  const match = /^\[?([^\]]+)\]?:(\d+)$/.exec(broker.trim())
  if (match) return { host: match[1]!, port: Number(match[2]) }
  throw new TopologyError('CONFIG_INVALID', `a broker's address is malformed, '${broker}': write host:port`)
}
