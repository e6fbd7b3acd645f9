import { type Message, readByTopic, writeByTopic } from './message.ts'

/** One record batch for one partition. */
interface ProduceBatch {
  readonly topic: string
  readonly partition: number
  readonly batch: Buffer
}

/** A record of a batch that the broker refused: its place in the batch, from 0, and the broker's words, if it has some. */
export interface RecordError {
  readonly index: number
  readonly message: string | null
}

/** The place at which a batch was stored: `baseOffset` is its first record's offset. Or the records for which it was not. */
export interface ProduceAnswer {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly baseOffset: number
  readonly recordErrors: readonly RecordError[]
  readonly errorMessage: string | null
}

/**
 * Produce v5 to v11, acknowledged by all in-sync replicas; one batch a partition. Brokers that lack v8, of Kafka 2.4, refuse a batch without
 * naming the records (KIP-467).
 *
 *     => transactional_id(STRING) acks(INT16) timeout(INT32) [topic(STRING) [partition(INT32) records(BYTES) TAGS] TAGS] TAGS
 *     <= [topic(STRING) [partition(INT32) error(INT16) base_offset(INT64) append_time(INT64) log_start(INT64)
 *          since 8: [batch_index(INT32) message(STRING) TAGS] message(STRING) TAGS] TAGS] throttle(INT32) TAGS
 */
export function produceRequest(
  transactionalId: string | null,
  timeoutMs: number,
  batches: readonly ProduceBatch[],
): Message<readonly ProduceAnswer[]> {
  return {
    api: 'Produce',
    apiKey: 0,
    versions: [5, 11],
    flexibleFrom: 9,
    encode(writer) {
      writer.string(transactionalId).int16(-1).int32(timeoutMs)
      writeByTopic(writer, batches, (_, { partition, batch }) => writer.int32(partition).bytes(batch))
      writer.tags()
    },
    decode(reader, version) {
      return readByTopic(reader, (_, topic) => {
        const partition = reader.int32()
        const errorCode = reader.int16()
        const baseOffset = reader.int64()
        reader.int64()
        reader.int64()
        const place = { topic, partition, errorCode, baseOffset }
        if (version < 8) return { ...place, recordErrors: [], errorMessage: null }
        const recordErrors = reader.array(() => {
          const refused = { index: reader.int32(), message: reader.string() }
          reader.tags()
          return refused
        })
        return { ...place, recordErrors, errorMessage: reader.string() }
      })
    },
  }
}
