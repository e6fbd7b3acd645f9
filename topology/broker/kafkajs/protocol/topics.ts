import type { TopicPartition, TopicSpec } from '../../port.ts'
import { byTopic, type Message, readByTopic } from './message.ts'
import type { PartitionError } from './transaction.ts'

/** An error code for one topic, with the broker's message. */
export interface TopicError {
  readonly name: string
  readonly errorCode: number
  readonly message: string | null
}

/**
 * CreateTopics v4, the first in which -1 asks for the cluster's default replication (KIP-464); kafkajs ends at v3.
 *
 *     => [topic(STRING) partitions(INT32) replication(INT16) [assignments] [config(STRING) value(STRING)]] timeout(INT32)
 *        validate_only(BOOLEAN)
 *     <= throttle(INT32) [topic(STRING) error(INT16) message(STRING)]
 */
export function createTopicsRequest(
  topics: readonly TopicSpec[],
  replicationFactor: number,
  timeoutMs: number,
): Message<readonly TopicError[]> {
  return {
    api: 'CreateTopics',
    apiKey: 19,
    version: 4,
    encode(writer) {
      writer.array(topics, (_, { name, partitions, config }) => {
        writer.string(name).int32(partitions).int16(replicationFactor).int32(0)
        writer.array(Object.entries(config), (_, [key, value]) => writer.string(key).string(value))
      })
      writer.int32(timeoutMs).boolean(false)
    },
    decode(reader) {
      reader.int32()
      return reader.array(() => ({
        name: reader.string() ?? '',
        errorCode: reader.int16(),
        message: reader.string(),
      }))
    },
  }
}

/**
 * DeleteTopics v3.
 *
 *     => [topic(STRING)] timeout(INT32)
 *     <= throttle(INT32) [topic(STRING) error(INT16)]
 */
export function deleteTopicsRequest(names: readonly string[], timeoutMs: number): Message<readonly TopicError[]> {
  return {
    api: 'DeleteTopics',
    apiKey: 20,
    version: 3,
    encode(writer) {
      writer.array(names, (_, name) => writer.string(name)).int32(timeoutMs)
    },
    decode(reader) {
      reader.int32()
      return reader.array(() => ({ name: reader.string() ?? '', errorCode: reader.int16(), message: null }))
    },
  }
}

/**
 * DeleteRecords v1, of partitions that the node leads.
 *
 *     => [topic(STRING) [partition(INT32) offset(INT64)]] timeout(INT32)
 *     <= throttle(INT32) [topic(STRING) [partition(INT32) low_watermark(INT64) error(INT16)]]
 */
export function deleteRecordsRequest(
  before: readonly (TopicPartition & { readonly offset: number })[],
  timeoutMs: number,
): Message<readonly PartitionError[]> {
  return {
    api: 'DeleteRecords',
    apiKey: 21,
    version: 1,
    encode(writer) {
      writer.array(byTopic(before), (_, { topic, partitions }) => {
        writer.string(topic)
        writer.array(partitions, (_, { partition, offset }) => writer.int32(partition).int64(offset))
      })
      writer.int32(timeoutMs)
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
 * CreatePartitions v1, by the cluster's own assignment.
 *
 *     => [topic(STRING) count(INT32) [assignments] (null: -1)] timeout(INT32) validate_only(BOOLEAN)
 *     <= throttle(INT32) [topic(STRING) error(INT16) message(STRING)]
 */
export function createPartitionsRequest(
  topics: readonly Pick<TopicSpec, 'name' | 'partitions'>[],
  timeoutMs: number,
): Message<readonly TopicError[]> {
  return {
    api: 'CreatePartitions',
    apiKey: 37,
    version: 1,
    encode(writer) {
      writer.array(topics, (_, { name, partitions }) => writer.string(name).int32(partitions).int32(-1))
      writer.int32(timeoutMs).boolean(false)
    },
    decode(reader) {
      reader.int32()
      return reader.array(() => ({
        name: reader.string() ?? '',
        errorCode: reader.int16(),
        message: reader.string(),
      }))
    },
  }
}

const topicResource = 2
const setValue = 0

/**
 * IncrementalAlterConfigs v0 (KIP-339) of topics: settings that are not named stay as they are.
 *
 *     => [resource_type(INT8) name(STRING) [config(STRING) operation(INT8) value(STRING)]] validate_only(BOOLEAN)
 *     <= throttle(INT32) [error(INT16) message(STRING) resource_type(INT8) name(STRING)]
 */
export function alterConfigsRequest(
  topics: readonly Pick<TopicSpec, 'name' | 'config'>[],
): Message<readonly TopicError[]> {
  return {
    api: 'IncrementalAlterConfigs',
    apiKey: 44,
    version: 0,
    encode(writer) {
      writer.array(topics, (_, { name, config }) => {
        writer.int8(topicResource).string(name)
        writer.array(Object.entries(config), (_, [key, value]) => writer.string(key).int8(setValue).string(value))
      })
      writer.boolean(false)
    },
    decode(reader) {
      reader.int32()
      return reader.array(() => {
        const errorCode = reader.int16()
        const message = reader.string()
        reader.int8()
        return { name: reader.string() ?? '', errorCode, message }
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
 * DescribeConfigs v1 of topics. The broker answers with every setting of a topic, and from where it has it: the topic, the brokers'
 * dynamic or static configuration under its name there (`log.cleaner.delete.retention.ms`), or Kafka's default.
 *
 *     => [resource_type(INT8) name(STRING) [keys(STRING)]] include_synonyms(BOOLEAN)
 *     <= throttle(INT32) [error(INT16) message(STRING) resource_type(INT8) name(STRING)
 *          [name(STRING) value(STRING) read_only(BOOLEAN) source(INT8) sensitive(BOOLEAN) [synonym(STRING) value(STRING)
 *          source(INT8)]]]
 */
export function describeConfigsRequest(names: readonly string[]): Message<readonly TopicConfig[]> {
  return {
    api: 'DescribeConfigs',
    apiKey: 32,
    version: 1,
    encode(writer) {
      writer.array(names, (_, name) => writer.int8(topicResource).string(name).int32(-1)).boolean(false)
    },
    decode(reader) {
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
          })
        })
        return { name, errorCode, message, config, effective }
      })
    },
  }
}
