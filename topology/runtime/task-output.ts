import type { OutgoingRecord } from '../broker/port.ts'
import { SerdeError } from '../definition/errors.ts'

/** Bytes of one record on the wire beyond its key, value and headers, roughly. */
const recordOverheadBytes = 70

/** Kafka's default `max.message.bytes`, less room for a batch header. Units: bytes. */
const defaultMaxRecordBytes = 1_048_588 - 512

/**
 * The records that a task will write in its next transaction: outputs, dead letters. Sizes are checked when a record is
 * buffered, so a produce failure belongs to one record. A record's outputs can be undone as a whole (`mark`, `rollback`).
 */
export class TaskOutput {
  #records: OutgoingRecord[] = []
  #bytes = 0
  #markLength = 0
  #markBytes = 0
  readonly #maxRecordBytes: (topic: string) => number

  constructor(maxRecordBytes: (topic: string) => number = () => defaultMaxRecordBytes) {
    this.#maxRecordBytes = maxRecordBytes
  }

  /** Units: bytes, buffered for the next transaction. */
  get bytes(): number {
    return this.#bytes
  }

  get length(): number {
    return this.#records.length
  }

  /** Errors: SerdeError RECORD_TOO_LARGE. */
  add(record: OutgoingRecord): void {
    const bytes = sizeOf(record)
    const limit = this.#maxRecordBytes(record.topic)
    if (bytes > limit)
      throw new SerdeError(
        'RECORD_TOO_LARGE',
        `a record of ${bytes} bytes is over the limit of ${limit} of topic '${record.topic}': make it smaller, or raise the topic's max.message.bytes`,
        { context: { topic: record.topic, bytes, limit } },
      )
    this.#records.push(record)
    this.#bytes += bytes
  }

  /** Begins a record: its outputs can be undone. */
  mark(): void {
    this.#markLength = this.#records.length
    this.#markBytes = this.#bytes
  }

  /** Undoes the outputs since `mark`. */
  rollback(): void {
    this.#records.length = this.#markLength
    this.#bytes = this.#markBytes
  }

  /** Hands over the buffered records and begins anew. */
  take(): OutgoingRecord[] {
    const records = this.#records
    this.#records = []
    this.#bytes = 0
    this.mark()
    return records
  }
}

/** Bytes of a record on the wire, roughly. */
export function sizeOf(record: Omit<OutgoingRecord, 'topic' | 'partition' | 'timestamp'>): number {
  let bytes = recordOverheadBytes + (record.key?.length ?? 0) + (record.value?.length ?? 0)
  for (const header of record.headers) bytes += header.key.length + (header.value?.length ?? 0) + 6
  return bytes
}
