import type { Message } from './message.ts'
import type { Reader } from './reader.ts'

/** The address at which a node listens. */
export interface NodeAddress {
  readonly id: number
  readonly host: string
  readonly port: number
}

/** One topic as the cluster describes it. */
export interface TopicMetadata {
  readonly errorCode: number
  readonly name: string
  /** The identity of the topic, which a topic made anew under its name does not share. Undefined: the broker does not tell. */
  readonly id: string | undefined
  /** One of Kafka's own, such as `__consumer_offsets`. */
  readonly internal: boolean
  readonly partitions: readonly PartitionMetadata[]
}

/** The leader of a partition; -1 while there is none. Its epoch rises with each election; -1: the broker does not tell. */
export interface PartitionMetadata {
  readonly errorCode: number
  readonly partition: number
  readonly leader: number
  readonly leaderEpoch: number
}

/** Nodes, controller, topics. */
export interface Metadata {
  readonly nodes: readonly NodeAddress[]
  readonly controller: number
  readonly topics: readonly TopicMetadata[]
}

const noId = '0'.repeat(32)

/**
 * Metadata of the topics named, all topics when null. It never creates a topic.
 *
 * v12, the first that is asked by topic identity; v9, without identities, of Kafka 2.4; v5 for what is compatible with less.
 *
 *     => [topic_id(UUID) name(COMPACT_NULLABLE_STRING) TAGS] allow_auto_topic_creation(BOOLEAN) topic_operations(BOOLEAN) TAGS
 *     <= throttle(INT32) [node(INT32) host(COMPACT_STRING) port(INT32) rack(COMPACT_NULLABLE_STRING) TAGS]
 *        cluster_id(COMPACT_NULLABLE_STRING) controller(INT32)
 *        [error(INT16) name(COMPACT_NULLABLE_STRING) topic_id(UUID) internal(BOOLEAN)
 *          [error(INT16) partition(INT32) leader(INT32) leader_epoch(INT32) [replicas(INT32)] [isr(INT32)] [offline(INT32)] TAGS]
 *          topic_operations(INT32) TAGS] TAGS
 *
 * v9 lacks both topic_id, and has cluster_operations: a BOOLEAN before topic_operations of the request, an INT32 after the topics.
 */
export function metadataRequest(topics: readonly string[] | null): Message<Metadata> {
  return flexible(topics, 12, flexible(topics, 9, metadataBeforeEpochs(topics)))
}

function flexible(topics: readonly string[] | null, version: 9 | 12, older: Message<Metadata>): Message<Metadata> {
  const identified = version === 12
  return {
    api: 'Metadata',
    apiKey: 3,
    version,
    flexible: true,
    older,
    encode(writer) {
      if (topics === null) writer.unsignedVarint(0)
      else
        writer.compactArray(topics, (_, topic) => {
          if (identified) writer.bigint64(0n).bigint64(0n)
          writer.compactString(topic).tags()
        })
      writer.boolean(false)
      if (!identified) writer.boolean(false)
      writer.boolean(false).tags()
    },
    decode(reader) {
      reader.int32()
      const nodes = reader.compactArray(() => {
        const node = { id: reader.int32(), host: reader.compactString() ?? '', port: reader.int32() }
        reader.compactString()
        reader.tags()
        return node
      })
      reader.compactString()
      const controller = reader.int32()
      const described = reader.compactArray(() => {
        const errorCode = reader.int16()
        const name = reader.compactString() ?? ''
        const id = identified ? reader.uuid() : noId
        const internal = reader.boolean()
        const partitions = reader.compactArray(readPartition)
        reader.int32()
        reader.tags()
        return { errorCode, name, id: id === noId ? undefined : id, internal, partitions }
      })
      return { nodes, controller, topics: described }
    },
  }
}

function readPartition(reader: Reader): PartitionMetadata {
  const errorCode = reader.int16()
  const partition = reader.int32()
  const leader = reader.int32()
  const leaderEpoch = reader.int32()
  for (let lists = 0; lists < 3; lists++) reader.compactArray(() => reader.int32())
  reader.tags()
  return { errorCode, partition, leader, leaderEpoch }
}

/**
 * Metadata v5.
 *
 *     => [topics(STRING)] allow_auto_topic_creation(BOOLEAN)
 *     <= throttle(INT32) [node(INT32) host(STRING) port(INT32) rack(STRING)] cluster_id(STRING) controller(INT32)
 *        [error(INT16) name(STRING) internal(BOOLEAN)
 *          [error(INT16) partition(INT32) leader(INT32) [replicas(INT32)] [isr(INT32)] [offline(INT32)]]]
 */
function metadataBeforeEpochs(topics: readonly string[] | null): Message<Metadata> {
  return {
    api: 'Metadata',
    apiKey: 3,
    version: 5,
    encode(writer) {
      if (topics === null) writer.int32(-1)
      else writer.array(topics, (_, topic) => writer.string(topic))
      writer.boolean(false)
    },
    decode(reader) {
      reader.int32()
      const nodes = reader.array(() => {
        const node = { id: reader.int32(), host: reader.string() ?? '', port: reader.int32() }
        reader.string()
        return node
      })
      reader.string()
      const controller = reader.int32()
      const described = reader.array(() => {
        const topic = { errorCode: reader.int16(), name: reader.string() ?? '', internal: reader.boolean() }
        const partitions = reader.array(() => {
          const partition = { errorCode: reader.int16(), partition: reader.int32(), leader: reader.int32() }
          for (let lists = 0; lists < 3; lists++) reader.array(() => reader.int32())
          return { ...partition, leaderEpoch: -1 }
        })
        return { ...topic, id: undefined, partitions }
      })
      return { nodes, controller, topics: described }
    },
  }
}

/** The kinds of things that a coordinator manages. */
export type CoordinatorKind = 'group' | 'transaction'

/**
 * FindCoordinator v2.
 *
 *     => key(STRING) key_type(INT8)
 *     <= throttle(INT32) error(INT16) message(STRING) node(INT32) host(STRING) port(INT32)
 */
export function findCoordinatorRequest(
  kind: CoordinatorKind,
  key: string,
): Message<{ readonly errorCode: number; readonly node: NodeAddress }> {
  return {
    api: 'FindCoordinator',
    apiKey: 10,
    version: 2,
    encode(writer) {
      writer.string(key).int8(kind === 'group' ? 0 : 1)
    },
    decode(reader) {
      reader.int32()
      const errorCode = reader.int16()
      reader.string()
      return { errorCode, node: { id: reader.int32(), host: reader.string() ?? '', port: reader.int32() } }
    },
  }
}
