import type { Message } from './message.ts'

/** The address at which a node listens. */
export interface NodeAddress {
  readonly id: number
  readonly host: string
  readonly port: number
}

/** One topic as the cluster describes it. `leader` is -1 while there is none. */
export interface TopicMetadata {
  readonly errorCode: number
  readonly name: string
  /** One of Kafka's own, such as `__consumer_offsets`. */
  readonly internal: boolean
  readonly partitions: readonly { readonly errorCode: number; readonly partition: number; readonly leader: number }[]
}

/** Nodes, controller, topics. */
export interface Metadata {
  readonly nodes: readonly NodeAddress[]
  readonly controller: number
  readonly topics: readonly TopicMetadata[]
}

/**
 * Metadata v5 of the topics named, all topics when null. It never creates a topic.
 *
 *     => [topics(STRING)] allow_auto_topic_creation(BOOLEAN)
 *     <= throttle(INT32) [node(INT32) host(STRING) port(INT32) rack(STRING)] cluster_id(STRING) controller(INT32)
 *        [error(INT16) name(STRING) internal(BOOLEAN)
 *          [error(INT16) partition(INT32) leader(INT32) [replicas(INT32)] [isr(INT32)] [offline(INT32)]]]
 */
export function metadataRequest(topics: readonly string[] | null): Message<Metadata> {
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
          reader.array(() => reader.int32())
          reader.array(() => reader.int32())
          reader.array(() => reader.int32())
          return partition
        })
        return { ...topic, partitions }
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
