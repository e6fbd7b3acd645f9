import type { OutgoingRecord } from '../broker/port.ts'
import { SerdeError } from '../definition/errors.ts'
import type { RecordPlace } from './refusals.ts'

/** Bytes of one record on the wire beyond its key, value and headers, roughly. */
const recordOverheadBytes = 70

/** Kafka's default `max.message.bytes`, less room for a batch header. Units: bytes. */
const defaultMaxRecordBytes = 1_048_588 - 512

/** The output that one commit takes, and its origins. */
export interface TakenOutput {
  readonly records: readonly OutgoingRecord[]
  /** The dead letters among them. */
  readonly letters: Set<OutgoingRecord>
  /** The input record that an output came of; undefined for one of a punctuator or a flush. */
  originOf(record: OutgoingRecord): RecordPlace | undefined
}

/** Outputs from an index on, and the input record that they came of. */
interface Stretch {
  readonly from: number
  origin: RecordPlace | undefined
}

/**
 * The records that a task will write in its next transaction: outputs, dead letters. Sizes are checked when a record is
 * buffered, and each output leads back to the input record that it came of, so a produce failure belongs to one record. A
 * record's outputs can be undone as a whole (`mark`, `rollback`).
 */
export class TaskOutput {
  #records: OutgoingRecord[] = []
  #letters = new Set<OutgoingRecord>()
  #stretches: Stretch[] = []
  #bytes = 0
  #markLength = 0
  #markBytes = 0
  readonly #maxRecordBytes: (topic: string) => number
  /** Limits by topic, as they were asked for. */
  readonly #limits = new Map<string, number>()

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
    const limit = this.#limits.get(record.topic) ?? this.#limitOf(record.topic)
    if (bytes > limit)
      throw new SerdeError(
        'RECORD_TOO_LARGE',
        `a record of ${bytes} bytes is over the limit of ${limit} of topic '${record.topic}': make it smaller, or raise the topic's max.message.bytes`,
        { context: { topic: record.topic, bytes, limit } },
      )
    this.#records.push(record)
    this.#bytes += bytes
  }

  #limitOf(topic: string): number {
    const limit = this.#maxRecordBytes(topic)
    this.#limits.set(topic, limit)
    return limit
  }

  /** Adds a dead letter. Errors: SerdeError RECORD_TOO_LARGE. */
  addLetter(letter: OutgoingRecord): void {
    this.add(letter)
    this.#letters.add(letter)
  }

  /** Begins an input record, or without one a punctuator or a flush: its outputs can be undone. */
  mark(origin?: RecordPlace): void {
    const from = this.#records.length
    this.#markLength = from
    this.#markBytes = this.#bytes
    // A record without outputs leaves no stretch behind.
    const last = this.#stretches.at(-1)
    if (last?.from === from) {
      last.origin = origin
      return
    }
    // Its place alone: the record would hold all that was fetched with it until the commit.
    if (last) last.origin = placeOf(last.origin)
    this.#stretches.push({ from, origin })
  }

  /** Undoes the outputs since `mark`. */
  rollback(): void {
    this.#records.length = this.#markLength
    this.#bytes = this.#markBytes
  }

  /** Hands over the buffered records and begins anew. */
  take(): TakenOutput {
    const records = this.#records
    const letters = this.#letters
    const stretches = this.#stretches
    this.#records = []
    this.#letters = new Set()
    this.#stretches = []
    this.#bytes = 0
    this.mark()
    let origins: ReturnType<typeof originsOf> | undefined
    const originOf = (record: OutgoingRecord) => {
      origins ??= originsOf(records, stretches)
      return origins.get(record)
    }
    return { records, letters, originOf }
  }
}

function placeOf(record: RecordPlace | undefined): RecordPlace | undefined {
  return record && { topic: record.topic, partition: record.partition, offset: record.offset }
}

function originsOf(
  records: readonly OutgoingRecord[],
  stretches: readonly Stretch[],
): ReadonlyMap<OutgoingRecord, RecordPlace | undefined> {
  let at = 0
  return new Map(
    records.map((record, index) => {
      while (at + 1 < stretches.length && stretches[at + 1]!.from <= index) at++
      return [record, stretches[at]?.origin]
    }),
  )
}

/** Bytes of a record on the wire, roughly. */
export function sizeOf(record: Omit<OutgoingRecord, 'topic' | 'partition' | 'timestamp'>): number {
  let bytes = recordOverheadBytes + (record.key?.length ?? 0) + (record.value?.length ?? 0)
  for (const header of record.headers) bytes += header.key.length + (header.value?.length ?? 0) + 6
  return bytes
}
