import type { TopicPartition } from '../../port.ts'
import { byTopic, type Message } from './message.ts'
import type { Reader } from './reader.ts'

/** A partition as the cluster keeps it. Node ids. */
export interface PartitionPlacement {
  readonly partition: number
  /** -1: nobody leads it. */
  readonly leader: number
  readonly replicas: readonly number[]
  readonly inSync: readonly number[]
}

/** A topic with its replicas, and what the client may do with it: a bit for each code of `AclOperation`. */
export interface TopicPlacement {
  readonly errorCode: number
  readonly name: string
  readonly partitions: readonly PartitionPlacement[]
  readonly operations: number
}

/** Nodes, topics and rights. */
export interface Placement {
  readonly clusterId: string
  readonly nodes: readonly { readonly id: number; readonly host: string; readonly port: number }[]
  readonly topics: readonly TopicPlacement[]
  readonly operations: number
}

/**
 * Metadata v8, with the operations that the client is authorised to (KIP-430).
 *
 *     => [topic(STRING)] allow_auto_topic_creation(BOOLEAN) cluster_operations(BOOLEAN) topic_operations(BOOLEAN)
 *     <= throttle(INT32) [node(INT32) host(STRING) port(INT32) rack(STRING)] cluster_id(STRING) controller(INT32)
 *        [error(INT16) name(STRING) internal(BOOLEAN)
 *          [error(INT16) partition(INT32) leader(INT32) leader_epoch(INT32) [replicas(INT32)] [isr(INT32)] [offline(INT32)]]
 *          topic_operations(INT32)] cluster_operations(INT32)
 */
export function placementRequest(topics: readonly string[]): Message<Placement> {
  return {
    api: 'Metadata',
    apiKey: 3,
    version: 8,
    encode(writer) {
      writer.array(topics, (_, topic) => writer.string(topic))
      writer.boolean(false).boolean(true).boolean(true)
    },
    decode(reader) {
      reader.int32()
      const nodes = reader.array(() => {
        const node = { id: reader.int32(), host: reader.string() ?? '', port: reader.int32() }
        reader.string()
        return node
      })
      const clusterId = reader.string() ?? ''
      reader.int32()
      const described = reader.array(() => {
        const topic = { errorCode: reader.int16(), name: reader.string() ?? '' }
        reader.boolean()
        const partitions = reader.array(() => readPlacement(reader))
        return { ...topic, partitions, operations: reader.int32() }
      })
      return { clusterId, nodes, topics: described, operations: reader.int32() }
    },
  }
}

function readPlacement(reader: Reader): PartitionPlacement {
  reader.int16()
  const place = { partition: reader.int32(), leader: reader.int32() }
  reader.int32()
  const ids = () => reader.array(() => reader.int32())
  const placement = { ...place, replicas: ids(), inSync: ids() }
  ids()
  return placement
}

/**
 * DescribeGroups v3 of one group, for the operations that the client is authorised to.
 *
 *     => [group(STRING)] operations(BOOLEAN)
 *     <= throttle(INT32) [error(INT16) group(STRING) state(STRING) protocol_type(STRING) protocol(STRING)
 *          [member(STRING) client_id(STRING) client_host(STRING) metadata(BYTES) assignment(BYTES)] operations(INT32)]
 */
export function groupRightsRequest(
  group: string,
): Message<{ readonly errorCode: number; readonly operations: number } | undefined> {
  return {
    api: 'DescribeGroups',
    apiKey: 15,
    version: 3,
    encode(writer) {
      writer.array([group], (_, name) => writer.string(name)).boolean(true)
    },
    decode(reader) {
      reader.int32()
      const [found] = reader.array(() => {
        const errorCode = reader.int16()
        for (let texts = 0; texts < 4; texts++) reader.string()
        reader.array(() => {
          for (let texts = 0; texts < 3; texts++) reader.string()
          reader.bytes()
          reader.bytes()
        })
        return { errorCode, operations: reader.int32() }
      })
      return found
    },
  }
}

/** A transaction as its coordinator has it. Units: ms. */
export interface TransactionState {
  readonly errorCode: number
  readonly transactionalId: string
  /** Kafka's name. Shape: `'Ongoing'`, `'Empty'`, `'CompleteCommit'`. */
  readonly state: string
  readonly timeoutMs: number
  /** By the coordinator's clock; -1: it has not begun. */
  readonly startedAt: number
}

/**
 * DescribeTransactions v0 (KIP-664).
 *
 *     => [transactional_id(COMPACT_STRING)] TAGS
 *     <= throttle(INT32) [error(INT16) transactional_id(COMPACT_STRING) state(COMPACT_STRING) timeout(INT32) start(INT64)
 *          producer_id(INT64) epoch(INT16) [topic(COMPACT_STRING) [partition(INT32)] TAGS] TAGS] TAGS
 */
export function describeTransactionsRequest(ids: readonly string[]): Message<readonly TransactionState[]> {
  return {
    api: 'DescribeTransactions',
    apiKey: 65,
    version: 0,
    flexible: true,
    encode(writer) {
      writer.compactArray(ids, (_, id) => writer.compactString(id)).tags()
    },
    decode(reader) {
      reader.int32()
      return reader.compactArray(() => {
        const errorCode = reader.int16()
        const [transactionalId, state] = [reader.compactString() ?? '', reader.compactString() ?? '']
        const timeoutMs = reader.int32()
        const startedAt = reader.int64()
        reader.bigint64()
        reader.int16()
        reader.compactArray(() => {
          reader.compactString()
          reader.compactArray(() => reader.int32())
          reader.tags()
        })
        reader.tags()
        return { errorCode, transactionalId, state, timeoutMs, startedAt }
      })
    },
  }
}

/** A producer that a partition knows. */
export interface ActiveProducer extends TopicPartition {
  readonly producerId: bigint
  /** First offset of its open transaction; -1: it has none. */
  readonly openFrom: number
}

/**
 * DescribeProducers v0 (KIP-664), of partitions that the node leads.
 *
 *     => [topic(COMPACT_STRING) [partition(INT32)] TAGS] TAGS
 *     <= throttle(INT32) [topic(COMPACT_STRING) [partition(INT32) error(INT16) message(COMPACT_NULLABLE_STRING)
 *          [producer_id(INT64) epoch(INT32) last_sequence(INT32) last_timestamp(INT64) coordinator_epoch(INT32)
 *          transaction_start(INT64) TAGS] TAGS] TAGS] TAGS
 */
export function describeProducersRequest(partitions: readonly TopicPartition[]): Message<readonly ActiveProducer[]> {
  return {
    api: 'DescribeProducers',
    apiKey: 61,
    version: 0,
    flexible: true,
    encode(writer) {
      writer.compactArray(byTopic(partitions), (_, { topic, partitions }) => {
        writer.compactString(topic)
        writer.compactArray(partitions, (_, { partition }) => writer.int32(partition)).tags()
      })
      writer.tags()
    },
    decode(reader) {
      reader.int32()
      const answers = reader.compactArray(() => {
        const topic = reader.compactString() ?? ''
        const producers = reader.compactArray(() => {
          const partition = reader.int32()
          reader.int16()
          reader.compactString()
          const active = reader.compactArray(() => {
            const producerId = reader.bigint64()
            reader.int32()
            reader.int32()
            reader.int64()
            reader.int32()
            const openFrom = reader.int64()
            reader.tags()
            return { topic, partition, producerId, openFrom }
          })
          reader.tags()
          return active
        })
        reader.tags()
        return producers.flat()
      })
      return answers.flat()
    },
  }
}

/**
 * ListTransactions v0 (KIP-664), of those that the node coordinates, by producer.
 *
 *     => [state(COMPACT_STRING)] [producer_id(INT64)] TAGS
 *     <= throttle(INT32) error(INT16) [unknown_state(COMPACT_STRING)]
 *        [transactional_id(COMPACT_STRING) producer_id(INT64) state(COMPACT_STRING) TAGS] TAGS
 */
export function listTransactionsRequest(
  producers: readonly bigint[],
): Message<readonly { readonly transactionalId: string; readonly producerId: bigint }[]> {
  return {
    api: 'ListTransactions',
    apiKey: 66,
    version: 0,
    flexible: true,
    encode(writer) {
      writer.compactArray([], () => {}).compactArray(producers, (_, id) => writer.bigint64(id))
      writer.tags()
    },
    decode(reader) {
      reader.int32()
      reader.int16()
      reader.compactArray(() => reader.compactString())
      return reader.compactArray(() => {
        const found = { transactionalId: reader.compactString() ?? '', producerId: reader.bigint64() }
        reader.compactString()
        reader.tags()
        return found
      })
    },
  }
}
