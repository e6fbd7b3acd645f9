import type { Generation, GroupOffset, TopicPartition } from '../../port.ts'
import { type Message, readByTopic, writeByTopic, writePartitions } from './message.ts'

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
 * InitProducerId v1 to v5. Without a transactional id it gives an identity for an idempotent producer.
 *
 *     => transactional_id(STRING) timeout(INT32) since 3: producer_id(INT64) epoch(INT16) TAGS
 *     <= throttle(INT32) error(INT16) producer_id(INT64) epoch(INT16) TAGS
 */
export function initProducerIdRequest(
  transactionalId: string | null,
  transactionTimeoutMs: number,
): Message<{ readonly errorCode: number; readonly identity: ProducerIdentity }> {
  return {
    api: 'InitProducerId',
    apiKey: 22,
    versions: [1, 5],
    flexibleFrom: 2,
    encode(writer, version) {
      writer.string(transactionalId).int32(transactionTimeoutMs)
      if (version >= 3) writer.bigint64(-1n).int16(-1)
      writer.tags()
    },
    decode(reader) {
      reader.int32()
      return { errorCode: reader.int16(), identity: { producerId: reader.bigint64(), epoch: reader.int16() } }
    },
  }
}

/**
 * AddPartitionsToTxn v1 to v3. Later versions are for brokers.
 *
 *     => transactional_id(STRING) producer_id(INT64) epoch(INT16) [topic(STRING) [partition(INT32)] TAGS] TAGS
 *     <= throttle(INT32) [topic(STRING) [partition(INT32) error(INT16) TAGS] TAGS] TAGS
 */
export function addPartitionsRequest(
  transactionalId: string,
  producer: ProducerIdentity,
  partitions: readonly TopicPartition[],
): Message<readonly PartitionError[]> {
  return {
    api: 'AddPartitionsToTxn',
    apiKey: 24,
    versions: [1, 3],
    flexibleFrom: 3,
    encode(writer) {
      writer.string(transactionalId).bigint64(producer.producerId).int16(producer.epoch)
      writePartitions(writer, partitions)
      writer.tags()
    },
    decode(reader) {
      reader.int32()
      return readByTopic(reader, (_, topic) => ({ topic, partition: reader.int32(), errorCode: reader.int16() }))
    },
  }
}

/**
 * AddOffsetsToTxn v1 to v4.
 *
 *     => transactional_id(STRING) producer_id(INT64) epoch(INT16) group(STRING) TAGS
 *     <= throttle(INT32) error(INT16) TAGS
 */
export function addOffsetsRequest(
  transactionalId: string,
  producer: ProducerIdentity,
  group: string,
): Message<{ readonly errorCode: number }> {
  return {
    api: 'AddOffsetsToTxn',
    apiKey: 25,
    versions: [1, 4],
    flexibleFrom: 3,
    encode(writer) {
      writer.string(transactionalId).bigint64(producer.producerId).int16(producer.epoch).string(group).tags()
    },
    decode(reader) {
      reader.int32()
      return { errorCode: reader.int16() }
    },
  }
}

/**
 * TxnOffsetCommit v3 to v4, with the member's generation (KIP-447), of Kafka 2.5; kafkajs ends at v1.
 *
 *     => transactional_id(STRING) group(STRING) producer_id(INT64) epoch(INT16) generation(INT32) member(STRING) instance(STRING)
 *        [topic(STRING) [partition(INT32) offset(INT64) leader_epoch(INT32) metadata(STRING) TAGS] TAGS] TAGS
 *     <= throttle(INT32) [topic(STRING) [partition(INT32) error(INT16) TAGS] TAGS] TAGS
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
    versions: [3, 4],
    flexibleFrom: 3,
    encode(writer) {
      writer.string(transactionalId).string(group)
      writer.bigint64(producer.producerId).int16(producer.epoch)
      writer
        .int32(generation?.id ?? -1)
        .string(generation?.memberId ?? '')
        .string(generation?.instanceId ?? null)
      writeByTopic(writer, offsets, (_, { partition, offset, metadata }) => {
        writer.int32(partition).int64(offset).int32(-1).string(metadata)
      })
      writer.tags()
    },
    decode(reader) {
      reader.int32()
      return readByTopic(reader, (_, topic) => ({ topic, partition: reader.int32(), errorCode: reader.int16() }))
    },
  }
}

/**
 * EndTxn v1 to v4.
 *
 *     => transactional_id(STRING) producer_id(INT64) epoch(INT16) committed(BOOLEAN) TAGS
 *     <= throttle(INT32) error(INT16) TAGS
 */
export function endTxnRequest(
  transactionalId: string,
  producer: ProducerIdentity,
  committed: boolean,
): Message<{ readonly errorCode: number }> {
  return {
    api: 'EndTxn',
    apiKey: 26,
    versions: [1, 4],
    flexibleFrom: 3,
    encode(writer) {
      writer.string(transactionalId).bigint64(producer.producerId).int16(producer.epoch).boolean(committed).tags()
    },
    decode(reader) {
      reader.int32()
      return { errorCode: reader.int16() }
    },
  }
}
