import type { TopicPartition } from '../../port.ts'
import { type Message, readByTopic, writePartitions } from './message.ts'
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
 * Metadata v8 to v9, with the operations that the client is authorised to (KIP-430). Since v11 those on the cluster are another request's.
 *
 *     => [topic(STRING) TAGS] allow_auto_topic_creation(BOOLEAN) cluster_operations(BOOLEAN) topic_operations(BOOLEAN) TAGS
 *     <= throttle(INT32) [node(INT32) host(STRING) port(INT32) rack(STRING) TAGS] cluster_id(STRING) controller(INT32)
 *        [error(INT16) name(STRING) internal(BOOLEAN)
 *          [error(INT16) partition(INT32) leader(INT32) leader_epoch(INT32) [replicas(INT32)] [isr(INT32)] [offline(INT32)] TAGS]
 *          topic_operations(INT32) TAGS] cluster_operations(INT32) TAGS
 */
export function placementRequest(topics: readonly string[]): Message<Placement> {
  return {
    api: 'Metadata',
    apiKey: 3,
    versions: [8, 9],
    flexibleFrom: 9,
    encode(writer) {
      writer.array(topics, (_, topic) => writer.string(topic).tags())
      writer.boolean(false).boolean(true).boolean(true).tags()
    },
    decode(reader) {
      reader.int32()
      const nodes = reader.array(() => {
        const node = { id: reader.int32(), host: reader.string() ?? '', port: reader.int32() }
        reader.string()
        reader.tags()
        return node
      })
      const clusterId = reader.string() ?? ''
      reader.int32()
      const described = reader.array(() => {
        const topic = { errorCode: reader.int16(), name: reader.string() ?? '' }
        reader.boolean()
        const partitions = reader.array(() => readPlacement(reader))
        const operations = reader.int32()
        reader.tags()
        return { ...topic, partitions, operations }
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
  reader.tags()
  return placement
}

/**
 * DescribeGroups v3 to v6 of one group, for the operations that the client is authorised to.
 *
 *     => [group(STRING)] operations(BOOLEAN) TAGS
 *     <= throttle(INT32) [error(INT16) since 6: message(STRING) group(STRING) state(STRING) protocol_type(STRING) protocol(STRING)
 *          [member(STRING) since 4: instance(STRING) client_id(STRING) client_host(STRING) metadata(BYTES) assignment(BYTES) TAGS]
 *          operations(INT32) TAGS] TAGS
 */
export function groupRightsRequest(
  group: string,
): Message<{ readonly errorCode: number; readonly operations: number } | undefined> {
  return {
    api: 'DescribeGroups',
    apiKey: 15,
    versions: [3, 6],
    flexibleFrom: 5,
    encode(writer) {
      writer
        .array([group], (_, name) => writer.string(name))
        .boolean(true)
        .tags()
    },
    decode(reader, version) {
      reader.int32()
      const [found] = reader.array(() => {
        const errorCode = reader.int16()
        for (let texts = version >= 6 ? 5 : 4; texts > 0; texts--) reader.string()
        reader.array(() => {
          for (let texts = version >= 4 ? 4 : 3; texts > 0; texts--) reader.string()
          reader.bytes()
          reader.bytes()
          reader.tags()
        })
        const operations = reader.int32()
        reader.tags()
        return { errorCode, operations }
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
 *     => [transactional_id(STRING)] TAGS
 *     <= throttle(INT32) [error(INT16) transactional_id(STRING) state(STRING) timeout(INT32) start(INT64)
 *          producer_id(INT64) epoch(INT16) [topic(STRING) [partition(INT32)] TAGS] TAGS] TAGS
 */
export function describeTransactionsRequest(ids: readonly string[]): Message<readonly TransactionState[]> {
  return {
    api: 'DescribeTransactions',
    apiKey: 65,
    versions: [0, 0],
    flexibleFrom: 0,
    encode(writer) {
      writer.array(ids, (_, id) => writer.string(id)).tags()
    },
    decode(reader) {
      reader.int32()
      return reader.array(() => {
        const errorCode = reader.int16()
        const [transactionalId, state] = [reader.string() ?? '', reader.string() ?? '']
        const timeoutMs = reader.int32()
        const startedAt = reader.int64()
        reader.bigint64()
        reader.int16()
        reader.array(() => {
          reader.string()
          reader.array(() => reader.int32())
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
  readonly epoch: number
  /** The epoch of the coordinator that last wrote a marker for it; -1: none has. */
  readonly coordinatorEpoch: number
  /** The time of its last record by the broker's clock. Units: ms; -1: not known. */
  readonly lastAt: number
  /** First offset of its open transaction; -1: it has none. */
  readonly openFrom: number
}

/**
 * DescribeProducers v0 (KIP-664), of partitions that the node leads.
 *
 *     => [topic(STRING) [partition(INT32)] TAGS] TAGS
 *     <= throttle(INT32) [topic(STRING) [partition(INT32) error(INT16) message(STRING)
 *          [producer_id(INT64) epoch(INT32) last_sequence(INT32) last_timestamp(INT64) coordinator_epoch(INT32)
 *          transaction_start(INT64) TAGS] TAGS] TAGS] TAGS
 */
export function describeProducersRequest(partitions: readonly TopicPartition[]): Message<readonly ActiveProducer[]> {
  return {
    api: 'DescribeProducers',
    apiKey: 61,
    versions: [0, 0],
    flexibleFrom: 0,
    encode(writer) {
      writePartitions(writer, partitions)
      writer.tags()
    },
    decode(reader) {
      reader.int32()
      const answers = readByTopic(reader, (_, topic) => {
        const partition = reader.int32()
        reader.int16()
        reader.string()
        return reader.array(() => {
          const producerId = reader.bigint64()
          const epoch = reader.int32()
          reader.int32()
          const lastAt = reader.int64()
          const coordinatorEpoch = reader.int32()
          const openFrom = reader.int64()
          reader.tags()
          return { topic, partition, producerId, epoch, lastAt, coordinatorEpoch, openFrom }
        })
      })
      return answers.flat()
    },
  }
}

/**
 * ListTransactions v0 (KIP-664), of those that the node coordinates, by producer.
 *
 *     => [state(STRING)] [producer_id(INT64)] TAGS
 *     <= throttle(INT32) error(INT16) [unknown_state(STRING)]
 *        [transactional_id(STRING) producer_id(INT64) state(STRING) TAGS] TAGS
 */
export function listTransactionsRequest(
  producers: readonly bigint[],
): Message<readonly { readonly transactionalId: string; readonly producerId: bigint }[]> {
  return {
    api: 'ListTransactions',
    apiKey: 66,
    versions: [0, 0],
    flexibleFrom: 0,
    encode(writer) {
      writer.array([], () => {}).array(producers, (_, id) => writer.bigint64(id))
      writer.tags()
    },
    decode(reader) {
      reader.int32()
      reader.int16()
      reader.array(() => reader.string())
      return reader.array(() => {
        const found = { transactionalId: reader.string() ?? '', producerId: reader.bigint64() }
        reader.string()
        reader.tags()
        return found
      })
    },
  }
}

/**
 * WriteTxnMarkers v1, of one producer in partitions that the node leads: ends its transaction there, aborted. For operators, who may alter
 * the cluster (`ClusterAction`); while the coordinator of a transaction knows it, that one writes the markers.
 *
 *     => [producer_id(INT64) epoch(INT16) commit(BOOLEAN) [topic(COMPACT_STRING) [partition(INT32)] TAGS] coordinator_epoch(INT32) TAGS] TAGS
 *     <= [producer_id(INT64) [topic(COMPACT_STRING) [partition(INT32) error(INT16) TAGS] TAGS] TAGS] TAGS
 */
export function abortMarkersRequest(
  { producerId, epoch, coordinatorEpoch }: Pick<ActiveProducer, 'producerId' | 'epoch' | 'coordinatorEpoch'>,
  partitions: readonly TopicPartition[],
): Message<readonly (TopicPartition & { readonly errorCode: number })[]> {
  return {
    api: 'WriteTxnMarkers',
    apiKey: 27,
    versions: [1, 1],
    flexibleFrom: 1,
    encode(writer) {
      writer.array([producerId], (_, id) => {
        writer.bigint64(id).int16(epoch).boolean(false)
        writePartitions(writer, partitions)
        writer.int32(Math.max(0, coordinatorEpoch)).tags()
      })
      writer.tags()
    },
    decode(reader) {
      const answers = reader.array(() => {
        reader.bigint64()
        const found = readByTopic(reader, (_, topic) => ({
          topic,
          partition: reader.int32(),
          errorCode: reader.int16(),
        }))
        reader.tags()
        return found
      })
      return answers.flat()
    },
  }
}
