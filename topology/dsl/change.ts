import type { FlowRecord } from '../definition/record.ts'

/**
 * A change as it flows between tables: the value a key has now and the one it had before; null for none. `latest` is false for an
 * out-of-order update of a versioned table. Source: `Change` of Kafka Streams.
 */
export interface Change {
  readonly newValue: unknown
  /** Only filled where something downstream asked for it (`TableStage.sendOldValues`). */
  readonly oldValue: unknown
  readonly latest: boolean
}

/** A record between tables. */
type ChangeRecord = FlowRecord<unknown, Change>

/** The record with another change. */
export function changed(record: FlowRecord, newValue: unknown, oldValue: unknown, latest = true): ChangeRecord {
  return {
    key: record.key,
    value: { newValue, oldValue, latest },
    timestamp: record.timestamp,
    headers: record.headers,
  }
}

/** True for no value: null on topics, undefined from user code. */
export function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined
}
