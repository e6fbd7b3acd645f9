import type { RawRecord, TopicPartition } from '../../topology/broker/port.ts'
import { consumerGroup } from '../../topology/definition/naming.ts'
import type { Header } from '../../topology/definition/record.ts'
import { deadLetterHeaders } from '../../topology/runtime/dead-letter.ts'
import { isRetryHeader, retryHeaders } from '../../topology/runtime/retried-record.ts'

/** A dead letter, and what its headers tell about the failure. Times as ISO texts. */
export interface Letter {
  /** Its topic, partition and offset. Shape: `'orders.fills.dlq/3/41'`. */
  readonly place: string
  /** The record that failed: its topic, partition and offset. Offset -1: an output of a punctuator, which belongs to no record. */
  readonly source: TopicPartition & { readonly offset: number }
  readonly application: string
  readonly subtopology: string
  readonly processor: string
  readonly code: string
  readonly message: string
  readonly stack: string
  readonly stage: string
  readonly attempts: string
  readonly firstFailure: string
  readonly lastFailure: string
  /** The first letter of the record: this one, unless the record was sent back before. */
  readonly origin: string
  /** The letter that was sent back and failed again as this one; undefined: it is the first. */
  readonly previous: string | undefined
  /** The number of times that the record was sent back until it failed as this one. */
  readonly retries: number
  /** The record's own timestamp. Units: ms. */
  readonly timestamp: number
  /** Without the record's value and headers, which the dead-letter topic did not take. */
  readonly reduced: boolean
  /** As it was read, headers of the failure included. */
  readonly record: RawRecord
}

/** Reads a record of a dead-letter topic. Undefined without a dead letter's headers: others wrote it. */
export function letterOf(record: RawRecord): Letter | undefined {
  const header = (name: string) => headerText(record.headers, name) ?? ''
  const topic = header(deadLetterHeaders.topic)
  const offset = header(deadLetterHeaders.offset)
  if (topic === '' || offset === '') return undefined
  const place = placeOf(record)
  return {
    place,
    source: { topic, partition: Number(header(deadLetterHeaders.partition)), offset: Number(offset) },
    application: header(deadLetterHeaders.application),
    subtopology: header(deadLetterHeaders.subtopology),
    processor: header(deadLetterHeaders.processor),
    code: header(deadLetterHeaders.errorCode),
    message: header(deadLetterHeaders.errorMessage),
    stack: header(deadLetterHeaders.errorStack),
    stage: header(deadLetterHeaders.stage),
    attempts: header(deadLetterHeaders.attempts),
    firstFailure: header(deadLetterHeaders.firstFailure),
    lastFailure: header(deadLetterHeaders.lastFailure),
    origin: header(retryHeaders.origin) || place,
    previous: header(retryHeaders.letter) || undefined,
    retries: Number(header(retryHeaders.count)),
    timestamp: timestampOf(header(deadLetterHeaders.timestamp)) ?? record.timestamp,
    reduced: header(deadLetterHeaders.reduced) === 'true',
    record,
  }
}

/** Undefined for letters that do not say it, and for a time that no number holds. */
function timestampOf(text: string): number | undefined {
  const timestamp = text === '' ? Number.NaN : Number(text)
  return Number.isSafeInteger(timestamp) ? timestamp : undefined
}

/** Shape: `'orders.fills.dlq/3/41'`. */
export function placeOf({ topic, partition, offset }: Pick<RawRecord, 'topic' | 'partition' | 'offset'>): string {
  return `${topic}/${partition}/${offset}`
}

/** The consumer group whose task wrote the letter; empty for letters that do not say. */
export function groupOf({ application, subtopology }: Letter): string {
  return application === '' ? '' : consumerGroup(application, subtopology)
}

/** The headers that the record had when it was first written. */
export function originalHeaders({ record }: Letter): readonly Header[] {
  return record.headers.filter(header => !ofTheFailure.has(header.key) && !isRetryHeader(header))
}

/** The text of a header; undefined without it. */
export function headerText(headers: readonly Header[], name: string): string | undefined {
  const value = headers.findLast(({ key }) => key === name)?.value
  return value ? Buffer.from(value).toString() : undefined
}

const ofTheFailure: ReadonlySet<string> = new Set(Object.values(deadLetterHeaders))
