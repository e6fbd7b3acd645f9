import type { RawRecord, TopicPartition } from '../../topology/broker/port.ts'
import { deadLetterHeaders } from '../../topology/runtime/dead-letter.ts'

/** A dead letter, and what its headers tell about the failure. Times as ISO texts. */
export interface Letter {
  /** Its topic, partition and offset. Shape: `'orders.fills.dlq/3/41'`. */
  readonly place: string
  /** The record that failed: its topic, partition and offset. */
  readonly source: TopicPartition & { readonly offset: number }
  readonly code: string
  readonly message: string
  readonly stage: string
  readonly processor: string
  readonly attempts: string
  readonly firstFailure: string
  readonly lastFailure: string
  /** As it was read, headers of the failure included. */
  readonly record: RawRecord
}

/** Reads a record of a dead-letter topic. Undefined without a dead letter's headers: others wrote it. */
export function letterOf(record: RawRecord): Letter | undefined {
  const header = (name: string) => {
    const value = record.headers.findLast(({ key }) => key === name)?.value
    return value === undefined || value === null ? '' : Buffer.from(value).toString()
  }
  const topic = header(deadLetterHeaders.topic)
  const offset = header(deadLetterHeaders.offset)
  if (topic === '' || offset === '') return undefined
  return {
    place: `${record.topic}/${record.partition}/${record.offset}`,
    source: { topic, partition: Number(header(deadLetterHeaders.partition)), offset: Number(offset) },
    code: header(deadLetterHeaders.errorCode),
    message: header(deadLetterHeaders.errorMessage),
    stage: header(deadLetterHeaders.stage),
    processor: header(deadLetterHeaders.processor),
    attempts: header(deadLetterHeaders.attempts),
    firstFailure: header(deadLetterHeaders.firstFailure),
    lastFailure: header(deadLetterHeaders.lastFailure),
    record,
  }
}
