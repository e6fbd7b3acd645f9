import { type MillraceError, ProcessorError, SerdeError } from '../definition/errors.ts'
import type { OutgoingRecord } from './port.ts'

/** A record that the broker will never take, and its reason: the broker's own words. */
export interface RecordRefusal {
  /** The object that was to be written, not a copy. */
  readonly record: OutgoingRecord
  readonly error: SerdeError
}

/**
 * The broker took all records of a transaction, or of a writer's send, but these: RECORD_TOO_LARGE if every one of them is too
 * large, else RECORD_REFUSED. Any other record is as it would have been without them.
 */
export class RecordsRefusedError extends ProcessorError {
  readonly refusals: readonly RecordRefusal[]
  /** The failure that ended the transaction before all was sent: there may be more refusals. Undefined: these are all. */
  readonly interruption: MillraceError | undefined

  /** `refusals`: at least one. */
  constructor(refusals: readonly RecordRefusal[], interruption?: MillraceError) {
    const [{ record, error }] = refusals as readonly [RecordRefusal, ...RecordRefusal[]]
    const tooLarge = refusals.every(refusal => refusal.error.code === 'RECORD_TOO_LARGE')
    const more = refusals.length > 1 ? `, and ${refusals.length - 1} more` : ''
    super(tooLarge ? 'RECORD_TOO_LARGE' : 'RECORD_REFUSED', `${error.message}${more}`, {
      context: { topic: record.topic, partition: record.partition, records: refusals.length },
      cause: error,
    })
    this.refusals = refusals
    this.interruption = interruption
  }
}

/** Whether a number holds the timestamp exactly. Units: ms since the epoch; -1 is Kafka's for none. */
export function isTimestamp(timestamp: number): boolean {
  return Number.isSafeInteger(timestamp)
}

/** The error of a record whose timestamp cannot be sent. */
export function impossibleTimestamp({ topic, partition, timestamp }: OutgoingRecord): SerdeError {
  return new SerdeError(
    'RECORD_REFUSED',
    `a record has timestamp ${timestamp}, topic '${topic}' partition ${partition}: give it whole milliseconds since the epoch, below 2^53`,
    { context: { topic, partition } },
  )
}
