import { byTopic, type Message, readByTopic } from './message.ts'

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
 * Produce v8, acknowledged by all in-sync replicas; one batch a partition.
 *
 *     => transactional_id(STRING) acks(INT16) timeout(INT32) [topic(STRING) [partition(INT32) records(BYTES)]]
 *     <= [topic(STRING) [partition(INT32) error(INT16) base_offset(INT64) append_time(INT64) log_start(INT64)
 *          [batch_index(INT32) message(STRING)] message(STRING)]] throttle(INT32)
 */
export function produceRequest(
  transactionalId: string | null,
  timeoutMs: number,
  batches: readonly ProduceBatch[],
): Message<readonly ProduceAnswer[]> {
  return {
    api: 'Produce',
    apiKey: 0,
    version: 8,
    encode(writer) {
      writer.string(transactionalId).int16(-1).int32(timeoutMs)
      writer.array(byTopic(batches), (_, { topic, partitions }) => {
        writer.string(topic)
        writer.array(partitions, (_, { partition, batch }) => writer.int32(partition).bytes(batch))
      })
    },
    decode(reader) {
      return readByTopic(reader, (_, topic) => {
        const partition = reader.int32()
        const errorCode = reader.int16()
        const baseOffset = reader.int64()
        reader.int64()
        reader.int64()
        const recordErrors = reader.array(() => ({ index: reader.int32(), message: reader.string() }))
        return { topic, partition, errorCode, baseOffset, recordErrors, errorMessage: reader.string() }
      })
    },
  }
}
