import { isTimestamp, type OutgoingRecord, type RawRecord } from '../broker/port.ts'
import { MillraceError, messageOf, SerdeError, stackOf } from '../definition/errors.ts'
import { deadLetterTopic } from '../definition/naming.ts'
import type { Header } from '../definition/record.ts'
import type { NodeFailure } from './node-failure.ts'

/** The place and the error of a record that failed. Units: ms since the epoch. */
export interface DeadLetterReason {
  readonly error: unknown
  /** `decode`, `process` or `produce`. */
  readonly stage: 'decode' | 'process' | 'produce'
  readonly application: string
  readonly subtopology: string
  /** The node that failed; for `decode` the sub-topology. */
  readonly processor: string
  readonly attempts: number
  readonly firstFailureAt: number
  readonly lastFailureAt: number
}

/** Names of the headers that a dead letter carries beside the record's own. */
export const deadLetterHeaders = {
  errorClass: 'millrace.dlq.error.class',
  errorCode: 'millrace.dlq.error.code',
  errorMessage: 'millrace.dlq.error.message',
  errorStack: 'millrace.dlq.error.stack',
  stage: 'millrace.dlq.stage',
  topic: 'millrace.dlq.topic',
  partition: 'millrace.dlq.partition',
  offset: 'millrace.dlq.offset',
  timestamp: 'millrace.dlq.timestamp',
  application: 'millrace.dlq.application',
  subtopology: 'millrace.dlq.subtopology',
  processor: 'millrace.dlq.processor',
  attempts: 'millrace.dlq.attempts',
  firstFailure: 'millrace.dlq.first-failure',
  lastFailure: 'millrace.dlq.last-failure',
  /** Only on a letter without the record's value and headers. */
  reduced: 'millrace.dlq.reduced',
} as const

const ownHeaders: ReadonlySet<string> = new Set(Object.values(deadLetterHeaders))

/** Dead-letter topics take this much more than their source's records, so that the headers always fit. Units: bytes. */
export const deadLetterHeadroomBytes = 64 * 1024

const messageLimit = 4_000

/** Kafka's largest timestamp, which a number cannot hold. */
const latestTimestamp = '9223372036854775807'

/**
 * The dead letter of a record: its original key, value, headers and timestamp, on the same partition of `<topic>.dlq`,
 * with headers that describe the failure. It is written in the transaction that also moves past the record, so it is there
 * exactly once. A timestamp that no number holds stands in its header alone.
 */
export function deadLetter(record: RawRecord, reason: DeadLetterReason): OutgoingRecord {
  return letter(record, reason, deadLetterTopic(record.topic), record.partition)
}

/**
 * The dead letter of an output that came of no record, of a punctuator or a flush, and that the broker refused: in the dead-letter
 * topic of one of the task's inputs, with the topic and the partition for which it was meant, and offset -1.
 */
export function letterOfOutput(
  record: OutgoingRecord,
  task: {
    readonly application: string
    readonly subtopology: string
    readonly input: string
    readonly partition: number
  },
  failure: NodeFailure,
  now: number,
): OutgoingRecord {
  const { application, subtopology, input, partition } = task
  const where = { application, subtopology, processor: failure.node }
  const reason = { ...where, error: failure, attempts: 1, firstFailureAt: now, lastFailureAt: now }
  return letter({ ...record, offset: -1 }, { ...reason, stage: 'produce' }, deadLetterTopic(input), partition)
}

/**
 * A dead letter that its topic takes where it has refused the whole one: now, without the value and the headers of the record,
 * which is found by its place; a key is made where there was none.
 */
export function reducedLetter({ topic, partition, key, headers }: OutgoingRecord, now: number): OutgoingRecord {
  const own = headers.filter(header => ownHeaders.has(header.key))
  const place = [deadLetterHeaders.topic, deadLetterHeaders.partition, deadLetterHeaders.offset]
  const said = place.map(name => own.find(header => header.key === name)?.value?.toString())
  const fits = key !== null && key.length <= deadLetterHeadroomBytes / 2
  return {
    topic,
    partition,
    timestamp: now,
    key: fits ? key : Buffer.from(said.join('/')),
    value: null,
    headers: [...own, { key: deadLetterHeaders.reduced, value: Buffer.from('true') }],
  }
}

function letter(record: RawRecord, reason: DeadLetterReason, topic: string, partition: number): OutgoingRecord {
  const cause = rootCause(reason.error)
  const exact = isTimestamp(record.timestamp)
  const said: Record<Exclude<keyof typeof deadLetterHeaders, 'reduced'>, string> = {
    errorClass: cause instanceof Error ? cause.name : typeof cause,
    errorCode: codeOf(reason.error),
    errorMessage: messageOf(serdeErrorIn(reason.error) ?? cause).slice(0, messageLimit),
    errorStack: cause instanceof Error ? stackOf(cause) : '',
    stage: reason.stage,
    topic: record.topic,
    partition: String(record.partition),
    offset: String(record.offset),
    timestamp: record.timestamp >= 2 ** 63 ? latestTimestamp : String(record.timestamp),
    application: reason.application,
    subtopology: reason.subtopology,
    processor: reason.processor,
    attempts: String(reason.attempts),
    firstFailure: new Date(reason.firstFailureAt).toISOString(),
    lastFailure: new Date(reason.lastFailureAt).toISOString(),
  }
  const headers: Header[] = [...record.headers]
  for (const [field, value] of Object.entries(said))
    headers.push({ key: deadLetterHeaders[field as keyof typeof said], value: Buffer.from(value) })
  return {
    topic,
    partition,
    timestamp: exact ? record.timestamp : reason.lastFailureAt,
    key: record.key,
    value: record.value,
    headers,
  }
}

/** The error that was thrown first, inside the engine's own wrapping. */
export function rootCause(error: unknown): unknown {
  let cause = error
  while (cause instanceof MillraceError && cause.cause !== undefined) cause = cause.cause
  return cause
}

/** The error of the serde, which says the part, the topic and the serde where its cause only says what is wrong with the bytes. */
function serdeErrorIn(error: unknown): unknown {
  for (let at = error; at instanceof MillraceError; at = at.cause) if (at instanceof SerdeError) return at
  return undefined
}

/** The innermost code of the table. */
export function codeOf(error: unknown): string {
  let code = 'PROCESS_FAILED'
  for (let at = error; at instanceof MillraceError; at = at.cause) code = at.code
  return code
}
