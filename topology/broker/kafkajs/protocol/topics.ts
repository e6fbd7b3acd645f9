import type { TopicPartition, TopicSpec } from '../../port.ts'
import { type Message, readByTopic, writeByTopic } from './message.ts'
import type { PartitionError } from './transaction.ts'

/** An error code for one topic, with the broker's message. */
export interface TopicError {
  readonly name: string
  readonly errorCode: number
  readonly message: string | null
}

/**
 * CreateTopics v4 to v7. Since v4, of Kafka 2.4, -1 asks for the cluster's default replication (KIP-464); kafkajs ends at v3.
 *
 *     => [topic(STRING) partitions(INT32) replication(INT16) [assignments] [config(STRING) value(STRING) TAGS] TAGS] timeout(INT32)
 *        validate_only(BOOLEAN) TAGS
 *     <= throttle(INT32) [topic(STRING) since 7: topic_id(UUID) error(INT16) message(STRING) since 5: partitions(INT32)
 *          replication(INT16) [config(STRING) value(STRING) read_only(BOOLEAN) source(INT8) sensitive(BOOLEAN) TAGS] TAGS] TAGS
 */
export function createTopicsRequest(
  topics: readonly TopicSpec[],
  replicationFactor: number,
  timeoutMs: number,
): Message<readonly TopicError[]> {
  return {
    api: 'CreateTopics',
    apiKey: 19,
    versions: [4, 7],
    flexibleFrom: 5,
    encode(writer) {
      writer.array(topics, (_, { name, partitions, config }) => {
        writer.string(name).int32(partitions).int16(replicationFactor)
        writer.array([], () => {})
        writer.array(Object.entries(config), (_, [key, value]) => writer.string(key).string(value).tags()).tags()
      })
      writer.int32(timeoutMs).boolean(false).tags()
    },
    decode(reader, version) {
      reader.int32()
      return reader.array(() => {
        const name = reader.string() ?? ''
        if (version >= 7) reader.uuid()
        const answer = { name, errorCode: reader.int16(), message: reader.string() }
        if (version < 5) return answer
        reader.int32()
        reader.int16()
        reader.array(() => {
          reader.string()
          reader.string()
          reader.boolean()
          reader.int8()
          reader.boolean()
          reader.tags()
        })
        reader.tags()
        return answer
      })
    },
  }
}

/**
 * DeleteTopics v3 to v6. Since v6 topics may be named by their identity, too (KIP-516); here they are named.
 *
 *     => before 6: [topic(STRING)] since 6: [topic(STRING) topic_id(UUID) TAGS] timeout(INT32) TAGS
 *     <= throttle(INT32) [topic(STRING) since 6: topic_id(UUID) error(INT16) since 5: message(STRING) TAGS] TAGS
 */
export function deleteTopicsRequest(names: readonly string[], timeoutMs: number): Message<readonly TopicError[]> {
  return {
    api: 'DeleteTopics',
    apiKey: 20,
    versions: [3, 6],
    flexibleFrom: 4,
    encode(writer, version) {
      writer.array(names, (_, name) => {
        writer.string(name)
        if (version >= 6) writer.bigint64(0n).bigint64(0n).tags()
      })
      writer.int32(timeoutMs).tags()
    },
    decode(reader, version) {
      reader.int32()
      return reader.array(() => {
        const name = reader.string() ?? ''
        if (version >= 6) reader.uuid()
        const errorCode = reader.int16()
        const message = version >= 5 ? reader.string() : null
        reader.tags()
        return { name, errorCode, message }
      })
    },
  }
}

/**
 * DeleteRecords v1 to v2, of partitions that the node leads.
 *
 *     => [topic(STRING) [partition(INT32) offset(INT64) TAGS] TAGS] timeout(INT32) TAGS
 *     <= throttle(INT32) [topic(STRING) [partition(INT32) low_watermark(INT64) error(INT16) TAGS] TAGS] TAGS
 */
export function deleteRecordsRequest(
  before: readonly (TopicPartition & { readonly offset: number })[],
  timeoutMs: number,
): Message<readonly PartitionError[]> {
  return {
    api: 'DeleteRecords',
    apiKey: 21,
    versions: [1, 2],
    flexibleFrom: 2,
    encode(writer) {
      writeByTopic(writer, before, (_, { partition, offset }) => writer.int32(partition).int64(offset))
      writer.int32(timeoutMs).tags()
    },
    decode(reader) {
      reader.int32()
      return readByTopic(reader, (_, topic) => {
        const partition = reader.int32()
        reader.int64()
        return { topic, partition, errorCode: reader.int16() }
      })
    },
  }
}

/**
 * CreatePartitions v1 to v3, by the cluster's own assignment: the list of assignments is null.
 *
 *     => [topic(STRING) count(INT32) [assignments] TAGS] timeout(INT32) validate_only(BOOLEAN) TAGS
 *     <= throttle(INT32) [topic(STRING) error(INT16) message(STRING) TAGS] TAGS
 */
export function createPartitionsRequest(
  topics: readonly Pick<TopicSpec, 'name' | 'partitions'>[],
  timeoutMs: number,
): Message<readonly TopicError[]> {
  return {
    api: 'CreatePartitions',
    apiKey: 37,
    versions: [1, 3],
    flexibleFrom: 2,
    encode(writer) {
      writer.array(topics, (_, { name, partitions }) => writer.string(name).int32(partitions).nullArray().tags())
      writer.int32(timeoutMs).boolean(false).tags()
    },
    decode(reader) {
      reader.int32()
      return reader.array(() => {
        const answer = { name: reader.string() ?? '', errorCode: reader.int16(), message: reader.string() }
        reader.tags()
        return answer
      })
    },
  }
}

const topicResource = 2
const setValue = 0

/**
 * IncrementalAlterConfigs v0 to v1 (KIP-339) of topics: settings that are not named stay as they are.
 *
 *     => [resource_type(INT8) name(STRING) [config(STRING) operation(INT8) value(STRING) TAGS] TAGS] validate_only(BOOLEAN) TAGS
 *     <= throttle(INT32) [error(INT16) message(STRING) resource_type(INT8) name(STRING) TAGS] TAGS
 */
export function alterConfigsRequest(
  topics: readonly Pick<TopicSpec, 'name' | 'config'>[],
): Message<readonly TopicError[]> {
  return {
    api: 'IncrementalAlterConfigs',
    apiKey: 44,
    versions: [0, 1],
    flexibleFrom: 1,
    encode(writer) {
      writer.array(topics, (_, { name, config }) => {
        writer.int8(topicResource).string(name)
        writer.array(Object.entries(config), (_, [key, value]) =>
          writer.string(key).int8(setValue).string(value).tags(),
        )
        writer.tags()
      })
      writer.boolean(false).tags()
    },
    decode(reader) {
      reader.int32()
      return reader.array(() => {
        const errorCode = reader.int16()
        const message = reader.string()
        reader.int8()
        const name = reader.string() ?? ''
        reader.tags()
        return { name, errorCode, message }
      })
    },
  }
}

const setOnTopic = 1

/** The configuration of one topic: set on the topic itself, and all that holds for it. */
interface TopicConfig extends TopicError {
  readonly config: Readonly<Record<string, string>>
  readonly effective: Readonly<Record<string, string>>
}

/**
 * DescribeConfigs v1 to v4 of topics. The broker answers with every setting of a topic, and from where it has it: the topic, the brokers'
 * dynamic or static configuration under its name there (`log.cleaner.delete.retention.ms`), or Kafka's default.
 *
 *     => [resource_type(INT8) name(STRING) [keys(STRING)] TAGS] include_synonyms(BOOLEAN) since 3: documentation(BOOLEAN) TAGS
 *     <= throttle(INT32) [error(INT16) message(STRING) resource_type(INT8) name(STRING)
 *          [name(STRING) value(STRING) read_only(BOOLEAN) source(INT8) sensitive(BOOLEAN)
 *            [synonym(STRING) value(STRING) source(INT8) TAGS] since 3: type(INT8) documentation(STRING) TAGS] TAGS] TAGS
 */
export function describeConfigsRequest(names: readonly string[]): Message<readonly TopicConfig[]> {
  return {
    api: 'DescribeConfigs',
    apiKey: 32,
    versions: [1, 4],
    flexibleFrom: 4,
    encode(writer, version) {
      writer.array(names, (_, name) => writer.int8(topicResource).string(name).nullArray().tags()).boolean(false)
      if (version >= 3) writer.boolean(false)
      writer.tags()
    },
    decode(reader, version) {
      reader.int32()
      return reader.array(() => {
        const errorCode = reader.int16()
        const message = reader.string()
        reader.int8()
        const name = reader.string() ?? ''
        const config: Record<string, string> = {}
        const effective: Record<string, string> = {}
        reader.array(() => {
          const key = reader.string() ?? ''
          const value = reader.string()
          reader.boolean()
          const source = reader.int8()
          if (value !== null) effective[key] = value
          if (source === setOnTopic && value !== null) config[key] = value
          reader.boolean()
          reader.array(() => {
            reader.string()
            reader.string()
            reader.int8()
            reader.tags()
          })
          if (version >= 3) {
            reader.int8()
            reader.string()
          }
          reader.tags()
        })
        reader.tags()
        return { name, errorCode, message, config, effective }
      })
    },
  }
}
