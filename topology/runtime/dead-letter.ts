import type { OutgoingRecord, RawRecord } from '../broker/port.ts'
import { MillraceError, messageOf } from '../definition/errors.ts'
import { deadLetterTopic } from '../definition/naming.ts'
import type { Header } from '../definition/record.ts'

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
  application: 'millrace.dlq.application',
  subtopology: 'millrace.dlq.subtopology',
  processor: 'millrace.dlq.processor',
  attempts: 'millrace.dlq.attempts',
  firstFailure: 'millrace.dlq.first-failure',
  lastFailure: 'millrace.dlq.last-failure',
} as const

/** Dead-letter topics take this much more than their source's records, so that the headers always fit. Units: bytes. */
export const deadLetterHeadroomBytes = 64 * 1024

const messageLimit = 4_000
const stackLimit = 8_000

/**
 * The dead letter of a record: its original key, value, headers and timestamp, on the same partition of `<topic>.dlq`,
 * with headers that describe the failure. It is written in the transaction that also moves past the record, so it is there
 * exactly once.
 */
export function deadLetter(record: RawRecord, reason: DeadLetterReason): OutgoingRecord {
  const cause = rootCause(reason.error)
  const said: Record<keyof typeof deadLetterHeaders, string> = {
    errorClass: cause instanceof Error ? cause.name : typeof cause,
    errorCode: codeOf(reason.error),
    errorMessage: messageOf(cause).slice(0, messageLimit),
    errorStack: (cause instanceof Error ? (cause.stack ?? '') : '').slice(0, stackLimit),
    stage: reason.stage,
    topic: record.topic,
    partition: String(record.partition),
    offset: String(record.offset),
    application: reason.application,
    subtopology: reason.subtopology,
    processor: reason.processor,
    attempts: String(reason.attempts),
    firstFailure: new Date(reason.firstFailureAt).toISOString(),
    lastFailure: new Date(reason.lastFailureAt).toISOString(),
  }
  const headers: Header[] = [...record.headers]
  for (const [field, key] of Object.entries(deadLetterHeaders))
    headers.push({ key, value: Buffer.from(said[field as keyof typeof said]) })
  return {
    topic: deadLetterTopic(record.topic),
    partition: record.partition,
    timestamp: record.timestamp,
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

/** The innermost code of the table. */
export function codeOf(error: unknown): string {
  let code = 'PROCESS_FAILED'
  for (let at = error; at instanceof MillraceError; at = at.cause) code = at.code
  return code
}
