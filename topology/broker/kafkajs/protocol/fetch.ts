import { type Message, readByTopic, writeByTopic } from './message.ts'

/** A partition to fetch, and the offset to fetch from. */
interface FetchPosition {
  readonly topic: string
  readonly partition: number
  readonly position: number
  /** The epoch of the leader as the client knows it; -1: not known. */
  readonly leaderEpoch: number
}

/** A producer's aborted transaction that touches the fetched range; it began at `firstOffset`. */
export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: number
}

/** The leader's answer for one partition. `records` are whole record batches and perhaps the start of one more. */
export interface FetchedBytes {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly aborted: readonly AbortedTransaction[]
  readonly records: Buffer | null
}

/** The parameters of a fetch. Units: ms, bytes. */
interface FetchQuestion {
  readonly positions: readonly FetchPosition[]
  readonly readCommitted: boolean
  readonly maxWaitMs: number
  readonly maxBytesPerPartition: number
  readonly maxBytes: number
}

/**
 * Fetch v7 to v12, without a session (KIP-227) and from leaders only, whose epoch it names since v9 (KIP-320). Later versions name topics by
 * their identities.
 *
 *     => replica(INT32) max_wait(INT32) min_bytes(INT32) max_bytes(INT32) isolation(INT8) session(INT32) session_epoch(INT32)
 *        [topic(STRING) [partition(INT32) since 9: leader_epoch(INT32) offset(INT64) since 12: last_fetched_epoch(INT32)
 *          log_start(INT64) max_bytes(INT32) TAGS] TAGS]
 *        [forgotten] since 11: rack(STRING) TAGS
 *     <= throttle(INT32) error(INT16) session(INT32)
 *        [topic(STRING) [partition(INT32) error(INT16) high_watermark(INT64) last_stable(INT64) log_start(INT64)
 *          [producer_id(INT64) first_offset(INT64) TAGS] since 11: preferred_replica(INT32) records(BYTES) TAGS] TAGS] TAGS
 */
export function fetchRequest(
  question: FetchQuestion,
): Message<{ readonly errorCode: number; readonly partitions: readonly FetchedBytes[] }> {
  return {
    api: 'Fetch',
    apiKey: 1,
    versions: [7, 12],
    flexibleFrom: 12,
    encode(writer, version) {
      writer.int32(-1).int32(question.maxWaitMs).int32(1).int32(question.maxBytes)
      writer.int8(question.readCommitted ? 1 : 0)
      writer.int32(0).int32(-1)
      writeByTopic(writer, question.positions, (_, { partition, position, leaderEpoch }) => {
        writer.int32(partition)
        if (version >= 9) writer.int32(leaderEpoch)
        writer.int64(position)
        if (version >= 12) writer.int32(-1)
        writer.int64(-1).int32(question.maxBytesPerPartition)
      })
      writer.array([], () => {})
      if (version >= 11) writer.string('')
      writer.tags()
    },
    decode(reader, version) {
      reader.int32()
      const errorCode = reader.int16()
      reader.int32()
      const partitions = readByTopic(reader, (_, topic) => {
        const partition = reader.int32()
        const errorCode = reader.int16()
        const highWatermark = reader.int64()
        const lastStableOffset = reader.int64()
        reader.int64()
        const aborted = reader.array(() => {
          const transaction = { producerId: reader.bigint64(), firstOffset: reader.int64() }
          reader.tags()
          return transaction
        })
        if (version >= 11) reader.int32()
        const records = reader.bytes()
        return { topic, partition, errorCode, highWatermark, lastStableOffset, aborted, records }
      })
      return { errorCode, partitions }
    },
  }
}
