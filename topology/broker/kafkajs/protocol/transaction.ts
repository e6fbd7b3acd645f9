import type { Generation, GroupOffset, TopicPartition } from '../../port.ts'
import { byTopic, type Message, readByTopic } from './message.ts'

/** The identity of a producer at the brokers. The epoch rises with every InitProducerId of a transactional id. */
export interface ProducerIdentity {
  readonly producerId: bigint
  readonly epoch: number
}

/** An error code for one partition. */
export interface PartitionError extends TopicPartition {
  readonly errorCode: number
}

/**
 * InitProducerId v1. Without a transactional id it gives an identity for an idempotent producer.
 *
 *     => transactional_id(STRING) timeout(INT32)
 *     <= throttle(INT32) error(INT16) producer_id(INT64) epoch(INT16)
 */
export function initProducerIdRequest(
  transactionalId: string | null,
  transactionTimeoutMs: number,
): Message<{ readonly errorCode: number; readonly identity: ProducerIdentity }> {
  return {
    api: 'InitProducerId',
    apiKey: 22,
    version: 1,
    encode(writer) {
      writer.string(transactionalId).int32(transactionTimeoutMs)
    },
    decode(reader) {
      reader.int32()
      return { errorCode: reader.int16(), identity: { producerId: reader.bigint64(), epoch: reader.int16() } }
    },
  }
}

/**
 * AddPartitionsToTxn v1.
 *
 *     => transactional_id(STRING) producer_id(INT64) epoch(INT16) [topic(STRING) [partition(INT32)]]
 *     <= throttle(INT32) [topic(STRING) [partition(INT32) error(INT16)]]
 */
export function addPartitionsRequest(
  transactionalId: string,
  producer: ProducerIdentity,
  partitions: readonly TopicPartition[],
): Message<readonly PartitionError[]> {
  return {
    api: 'AddPartitionsToTxn',
    apiKey: 24,
    version: 1,
    encode(writer) {
      writer.string(transactionalId).bigint64(producer.producerId).int16(producer.epoch)
      writer.array(byTopic(partitions), (_, { topic, partitions }) => {
        writer.string(topic)
        writer.array(partitions, (_, { partition }) => writer.int32(partition))
      })
    },
    decode(reader) {
      reader.int32()
      return readByTopic(reader, (_, topic) => ({ topic, partition: reader.int32(), errorCode: reader.int16() }))
    },
  }
}

/**
 * AddOffsetsToTxn v1.
 *
 *     => transactional_id(STRING) producer_id(INT64) epoch(INT16) group(STRING)
 *     <= throttle(INT32) error(INT16)
 */
export function addOffsetsRequest(
  transactionalId: string,
  producer: ProducerIdentity,
  group: string,
): Message<{ readonly errorCode: number }> {
  return {
    api: 'AddOffsetsToTxn',
    apiKey: 25,
    version: 1,
    encode(writer) {
      writer.string(transactionalId).bigint64(producer.producerId).int16(producer.epoch).string(group)
    },
    decode(reader) {
      reader.int32()
      return { errorCode: reader.int16() }
    },
  }
}

/**
 * TxnOffsetCommit v3, the first that carries the member's generation (KIP-447); kafkajs ends at v1.
 *
 *     => transactional_id(COMPACT_STRING) group(COMPACT_STRING) producer_id(INT64) epoch(INT16) generation(INT32)
 *        member(COMPACT_STRING) instance(COMPACT_NULLABLE_STRING)
 *        [topic(COMPACT_STRING) [partition(INT32) offset(INT64) leader_epoch(INT32) metadata(COMPACT_NULLABLE_STRING) TAGS] TAGS]
 *        TAGS
 *     <= throttle(INT32) [topic(COMPACT_STRING) [partition(INT32) error(INT16) TAGS] TAGS] TAGS
 */
export function txnOffsetCommitRequest(
  transactionalId: string,
  producer: ProducerIdentity,
  group: string,
  generation: Generation | undefined,
  offsets: readonly GroupOffset[],
): Message<readonly PartitionError[]> {
  return {
    api: 'TxnOffsetCommit',
    apiKey: 28,
    version: 3,
    flexible: true,
    encode(writer) {
      writer.compactString(transactionalId).compactString(group)
      writer.bigint64(producer.producerId).int16(producer.epoch)
      writer
        .int32(generation?.id ?? -1)
        .compactString(generation?.memberId ?? '')
        .compactString(generation?.instanceId ?? null)
      writer.compactArray(byTopic(offsets), (_, { topic, partitions }) => {
        writer.compactString(topic)
        writer.compactArray(partitions, (_, { partition, offset, metadata }) => {
          writer.int32(partition).int64(offset).int32(-1).compactString(metadata).tags()
        })
        writer.tags()
      })
      writer.tags()
    },
    decode(reader) {
      reader.int32()
      const answers = reader.compactArray(() => {
        const topic = reader.compactString() ?? ''
        const partitions = reader.compactArray(() => {
          const answer = { topic, partition: reader.int32(), errorCode: reader.int16() }
          reader.tags()
          return answer
        })
        reader.tags()
        return partitions
      })
      reader.tags()
      return answers.flat()
    },
  }
}

/**
 * EndTxn v1.
 *
 *     => transactional_id(STRING) producer_id(INT64) epoch(INT16) committed(BOOLEAN)
 *     <= throttle(INT32) error(INT16)
 */
export function endTxnRequest(
  transactionalId: string,
  producer: ProducerIdentity,
  committed: boolean,
): Message<{ readonly errorCode: number }> {
  return {
    api: 'EndTxn',
    apiKey: 26,
    version: 1,
    encode(writer) {
      writer.string(transactionalId).bigint64(producer.producerId).int16(producer.epoch).boolean(committed)
    },
    decode(reader) {
      reader.int32()
      return { errorCode: reader.int16() }
    },
  }
}
