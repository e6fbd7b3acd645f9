import type { GroupOffset, TopicPartition } from '../../port.ts'
import { type Message, readByTopic, writeByTopic, writePartitions } from './message.ts'
import type { Reader } from './reader.ts'
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
 * ListOffsets v2 to v7. Since v4 with the leader's epoch (KIP-320), and since v5 refused while a new leader does not yet know its end
 * (KIP-207). Under read_committed `logEnd` is the last stable offset.
 *
 *     => replica(INT32) isolation(INT8) [topic(STRING) [partition(INT32) since 4: leader_epoch(INT32) timestamp(INT64) TAGS] TAGS] TAGS
 *     <= throttle(INT32)
 *        [topic(STRING) [partition(INT32) error(INT16) timestamp(INT64) offset(INT64) since 4: leader_epoch(INT32) TAGS] TAGS] TAGS
 */
export function listOffsetsRequest(
  partitions: readonly ListedPartition[],
  timestamp: number,
  readCommitted: boolean,
): Message<readonly ListedOffset[]> {
  return {
    api: 'ListOffsets',
    apiKey: 2,
    versions: [2, 7],
    flexibleFrom: 6,
    encode(writer, version) {
      writer.int32(-1).int8(readCommitted ? 1 : 0)
      writeByTopic(writer, partitions, (_, { partition, leaderEpoch }) => {
        writer.int32(partition)
        if (version >= 4) writer.int32(leaderEpoch)
        writer.int64(timestamp)
      })
      writer.tags()
    },
    decode(reader, version) {
      reader.int32()
      return readByTopic(reader, (_, topic) => {
        const answer = { topic, partition: reader.int32(), errorCode: reader.int16() }
        reader.int64()
        const offset = reader.int64()
        if (version >= 4) reader.int32()
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
 * OffsetFetch v7 to v9, which can wait for pending transactional commits (KIP-447), of Kafka 2.5; kafkajs ends at v4. Since v8 it takes several
 * groups (KIP-709); one is asked for here.
 *
 *     => before 8: group(STRING) [topic(STRING) [partition(INT32)] TAGS]
 *        since 8: [group(STRING) since 9: member(STRING) member_epoch(INT32) [topic(STRING) [partition(INT32)] TAGS] TAGS]
 *        require_stable(BOOLEAN) TAGS
 *     <= throttle(INT32) since 8: [group(STRING)
 *        [topic(STRING) [partition(INT32) offset(INT64) leader_epoch(INT32) metadata(STRING) error(INT16) TAGS] TAGS] error(INT16)
 *        since 8: TAGS] TAGS
 */
export function offsetFetchRequest(
  group: string,
  partitions: readonly TopicPartition[],
  requireStable: boolean,
): Message<FetchedOffsets> {
  return {
    api: 'OffsetFetch',
    apiKey: 9,
    versions: [7, 9],
    flexibleFrom: 6,
    encode(writer, version) {
      const question = () => {
        writer.string(group)
        if (version >= 9) writer.string(null).int32(-1)
        writePartitions(writer, partitions)
      }
      if (version < 8) question()
      else
        writer.array([group], () => {
          question()
          writer.tags()
        })
      writer.boolean(requireStable).tags()
    },
    decode(reader, version) {
      reader.int32()
      if (version < 8) return readGroupOffsets(reader)
      const [found] = reader.array(() => {
        reader.string()
        const offsets = readGroupOffsets(reader)
        reader.tags()
        return offsets
      })
      if (found === undefined) throw new RangeError('the answer to OffsetFetch names no group')
      return found
    },
  }
}

/** The offsets of a group, where there is no error for the group as a whole. */
interface FetchedOffsets {
  readonly errorCode: number
  readonly offsets: readonly FetchedOffset[]
}

function readGroupOffsets(reader: Reader): FetchedOffsets {
  const offsets = readByTopic(reader, (_, topic) => {
    const partition = reader.int32()
    const offset = reader.int64()
    reader.int32()
    return { topic, partition, offset, metadata: reader.string() ?? '', errorCode: reader.int16() }
  })
  return { errorCode: reader.int16(), offsets }
}

/**
 * OffsetCommit v6 to v9 from outside the group: no generation, no member.
 *
 *     => group(STRING) generation(INT32) member(STRING) since 7: instance(STRING)
 *        [topic(STRING) [partition(INT32) offset(INT64) leader_epoch(INT32) metadata(STRING) TAGS] TAGS] TAGS
 *     <= throttle(INT32) [topic(STRING) [partition(INT32) error(INT16) TAGS] TAGS] TAGS
 */
export function offsetCommitRequest(
  group: string,
  offsets: readonly GroupOffset[],
): Message<readonly PartitionError[]> {
  return {
    api: 'OffsetCommit',
    apiKey: 8,
    versions: [6, 9],
    flexibleFrom: 8,
    encode(writer, version) {
      writer.string(group).int32(-1).string('')
      if (version >= 7) writer.string(null)
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
