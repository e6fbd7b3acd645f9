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
 * Metadata v5 to v12 of the topics named, all topics when null. It never creates a topic. The leader's epoch is there since v7, of Kafka
 * 2.2, and the topic's identity since v10, of Kafka 2.8.
 *
 *     => [since 10: topic_id(UUID) name(STRING) TAGS] allow_auto_topic_creation(BOOLEAN)
 *        8 to 10: cluster_operations(BOOLEAN) since 8: topic_operations(BOOLEAN) TAGS
 *     <= throttle(INT32) [node(INT32) host(STRING) port(INT32) rack(STRING) TAGS] cluster_id(STRING) controller(INT32)
 *        [error(INT16) name(STRING) since 10: topic_id(UUID) internal(BOOLEAN)
 *          [error(INT16) partition(INT32) leader(INT32) since 7: leader_epoch(INT32) [replicas(INT32)] [isr(INT32)]
 *            [offline(INT32)] TAGS]
 *          since 8: topic_operations(INT32) TAGS] 8 to 10: cluster_operations(INT32) TAGS
 */
export function metadataRequest(topics: readonly string[] | null): Message<Metadata> {
  return {
    api: 'Metadata',
    apiKey: 3,
    versions: [5, 12],
    flexibleFrom: 9,
    encode(writer, version) {
      if (topics === null) writer.nullArray()
      else
        writer.array(topics, (_, topic) => {
          if (version >= 10) writer.bigint64(0n).bigint64(0n)
          writer.string(topic).tags()
        })
      writer.boolean(false)
      if (version >= 8 && version <= 10) writer.boolean(false)
      if (version >= 8) writer.boolean(false)
      writer.tags()
    },
    decode(reader, version) {
      reader.int32()
      const nodes = reader.array(() => {
        const node = { id: reader.int32(), host: reader.string() ?? '', port: reader.int32() }
        reader.string()
        reader.tags()
        return node
      })
      reader.string()
      const controller = reader.int32()
      const described = reader.array(() => {
        const errorCode = reader.int16()
        const name = reader.string() ?? ''
        const id = version >= 10 ? reader.uuid() : noId
        const internal = reader.boolean()
        const partitions = reader.array(() => readPartition(reader, version))
        if (version >= 8) reader.int32()
        reader.tags()
        return { errorCode, name, id: id === noId ? undefined : id, internal, partitions }
      })
      return { nodes, controller, topics: described }
    },
  }
}

function readPartition(reader: Reader, version: number): PartitionMetadata {
  const errorCode = reader.int16()
  const partition = reader.int32()
  const leader = reader.int32()
  const leaderEpoch = version >= 7 ? reader.int32() : -1
  for (let lists = 0; lists < 3; lists++) reader.array(() => reader.int32())
  reader.tags()
  return { errorCode, partition, leader, leaderEpoch }
}

/** The kinds of things that a coordinator manages. */
export type CoordinatorKind = 'group' | 'transaction'

/**
 * FindCoordinator v2 to v6. Since v4 it takes several keys (KIP-699); one is asked for here.
 *
 *     => before 4: key(STRING) key_type(INT8) since 4: [key(STRING)] TAGS
 *     <= throttle(INT32) before 4: error(INT16) message(STRING) node(INT32) host(STRING) port(INT32)
 *        since 4: [key(STRING) node(INT32) host(STRING) port(INT32) error(INT16) message(STRING) TAGS] TAGS
 */
export function findCoordinatorRequest(kind: CoordinatorKind, key: string): Message<FoundCoordinator> {
  return {
    api: 'FindCoordinator',
    apiKey: 10,
    versions: [2, 6],
    flexibleFrom: 3,
    encode(writer, version) {
      if (version < 4) writer.string(key)
      writer.int8(kind === 'group' ? 0 : 1)
      if (version >= 4) writer.array([key], (_, key) => writer.string(key))
      writer.tags()
    },
    decode(reader, version) {
      reader.int32()
      const node = () => ({ id: reader.int32(), host: reader.string() ?? '', port: reader.int32() })
      if (version < 4) {
        const errorCode = reader.int16()
        reader.string()
        return { errorCode, node: node() }
      }
      const [found] = reader.array(() => {
        reader.string()
        const coordinator = { node: node(), errorCode: reader.int16() }
        reader.string()
        reader.tags()
        return coordinator
      })
      if (found === undefined) throw new RangeError('the answer to FindCoordinator names no coordinator and no error')
      return found
    },
  }
}

/** The node that coordinates, where there is no error. */
interface FoundCoordinator {
  readonly errorCode: number
  readonly node: NodeAddress
}
