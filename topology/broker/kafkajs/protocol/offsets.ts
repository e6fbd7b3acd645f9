import type { GroupOffset, TopicPartition } from '../../port.ts'
import { byTopic, type Message, readByTopic } from './message.ts'
import type { PartitionError } from './transaction.ts'

/** The offset that a ListOffsets found; -1 when no record is that late. */
interface ListedOffset extends PartitionError {
  readonly offset: number
}

/** Timestamps that ListOffsets reads as places. */
export const logEnd = -1
/** See `logEnd`. */
export const logStart = -2

/** A partition to ask about, and the epoch of its leader as the client knows it; -1: not known. */
interface ListedPartition extends TopicPartition {
  readonly leaderEpoch: number
}

/**
 * ListOffsets v5, with the leader's epoch (KIP-320), and refused while a new leader does not yet know its end (KIP-207). Under
 * read_committed `logEnd` is the last stable offset. v2 for brokers without it.
 *
 *     => replica(INT32) isolation(INT8) [topic(STRING) [partition(INT32) leader_epoch(INT32) timestamp(INT64)]]
 *     <= throttle(INT32) [topic(STRING) [partition(INT32) error(INT16) timestamp(INT64) offset(INT64) leader_epoch(INT32)]]
 *
 * v2 has no leader_epoch on either side.
 */
export function listOffsetsRequest(
  partitions: readonly ListedPartition[],
  timestamp: number,
  readCommitted: boolean,
): Message<readonly ListedOffset[]> {
  return listOffsetsIn(5, partitions, timestamp, readCommitted)
}

function listOffsetsIn(
  version: 2 | 5,
  partitions: readonly ListedPartition[],
  timestamp: number,
  readCommitted: boolean,
): Message<readonly ListedOffset[]> {
  return {
    api: 'ListOffsets',
    apiKey: 2,
    version,
    ...(version === 5 && { older: listOffsetsIn(2, partitions, timestamp, readCommitted) }),
    encode(writer) {
      writer.int32(-1).int8(readCommitted ? 1 : 0)
      writer.array(byTopic(partitions), (_, { topic, partitions }) => {
        writer.string(topic)
        writer.array(partitions, (_, { partition, leaderEpoch }) => {
          writer.int32(partition)
          if (version === 5) writer.int32(leaderEpoch)
          writer.int64(timestamp)
        })
      })
    },
    decode(reader) {
      reader.int32()
      return readByTopic(reader, (_, topic) => {
        const answer = { topic, partition: reader.int32(), errorCode: reader.int16() }
        reader.int64()
        const offset = reader.int64()
        if (version === 5) reader.int32()
        return { ...answer, offset }
      })
    },
  }
}

/** A group's offset for one partition; -1 when it has none. */
interface FetchedOffset extends PartitionError {
  readonly offset: number
  readonly metadata: string
}

/**
 * OffsetFetch v7, the first that can wait for pending transactional commits (KIP-447); kafkajs ends at v4.
 *
 *     => group(COMPACT_STRING) [topic(COMPACT_STRING) [partition(INT32)] TAGS] require_stable(BOOLEAN) TAGS
 *     <= throttle(INT32)
 *        [topic(COMPACT_STRING) [partition(INT32) offset(INT64) leader_epoch(INT32) metadata(COMPACT_NULLABLE_STRING) error(INT16) TAGS]
 *          TAGS] error(INT16) TAGS
 */
export function offsetFetchRequest(
  group: string,
  partitions: readonly TopicPartition[],
  requireStable: boolean,
): Message<{ readonly errorCode: number; readonly offsets: readonly FetchedOffset[] }> {
  return {
    api: 'OffsetFetch',
    apiKey: 9,
    version: 7,
    flexible: true,
    encode(writer) {
      writer.compactString(group)
      writer.compactArray(byTopic(partitions), (_, { topic, partitions }) => {
        writer.compactString(topic)
        writer.compactArray(partitions, (_, { partition }) => writer.int32(partition))
        writer.tags()
      })
      writer.boolean(requireStable).tags()
    },
    decode(reader) {
      reader.int32()
      const offsets = reader.compactArray(() => {
        const topic = reader.compactString() ?? ''
        const partitions = reader.compactArray(() => {
          const partition = reader.int32()
          const offset = reader.int64()
          reader.int32()
          const metadata = reader.compactString() ?? ''
          const errorCode = reader.int16()
          reader.tags()
          return { topic, partition, offset, metadata, errorCode }
        })
        reader.tags()
        return partitions
      })
      const errorCode = reader.int16()
      reader.tags()
      return { errorCode, offsets: offsets.flat() }
    },
  }
}

/**
 * OffsetCommit v7 from outside the group: no generation, no member.
 *
 *     => group(STRING) generation(INT32) member(STRING) instance(STRING)
 *        [topic(STRING) [partition(INT32) offset(INT64) leader_epoch(INT32) metadata(STRING)]]
 *     <= throttle(INT32) [topic(STRING) [partition(INT32) error(INT16)]]
 */
export function offsetCommitRequest(
  group: string,
  offsets: readonly GroupOffset[],
): Message<readonly PartitionError[]> {
  return {
    api: 'OffsetCommit',
    apiKey: 8,
    version: 7,
    encode(writer) {
      writer.string(group).int32(-1).string('').string(null)
      writer.array(byTopic(offsets), (_, { topic, partitions }) => {
        writer.string(topic)
        writer.array(partitions, (_, { partition, offset, metadata }) => {
          writer.int32(partition).int64(offset).int32(-1).string(metadata)
        })
      })
    },
    decode(reader) {
      reader.int32()
      return readByTopic(reader, (_, topic) => ({ topic, partition: reader.int32(), errorCode: reader.int16() }))
    },
  }
}
