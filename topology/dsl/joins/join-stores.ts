import type { FlowRecord } from '../../definition/record.ts'
import type { Serde } from '../../definition/serde.ts'
import { boolean, timeSerde } from '../../definition/serdes/primitives.ts'
import type { StoreDefinition, TaskTable } from '../../definition/store.ts'
import { keyValueStore, rawTable } from '../../definition/stores/key-value.ts'
import { extended, type FormatOption, formatOf, type RowFormat, single } from '../../definition/stores/layout.ts'
import { headersSerde } from '../header-serde.ts'

/** A record that may still be joined: several of a key and time are told apart by `number`. Units: `time` in ms. */
export interface JoinKey {
  readonly key: unknown
  readonly time: number
  readonly number: number
}

/** A record's value, and whether it still waits for its first match. */
export interface JoinRow {
  readonly value: unknown
  readonly unmatched: boolean
}

/** Records of one side, by key and time. */
export type JoinWindow = StoreDefinition<JoinKey, JoinRow, TaskTable<JoinKey, JoinRow>>

/** Records of one side that have found no match yet, in order of time. */
export type Unmatched = StoreDefinition<JoinKey, unknown, TaskTable<JoinKey, unknown>>

/** The value and the headers of a record that is held back. */
type HeldRecord = Pick<FlowRecord, 'value' | 'headers'>

/** Records of a stream that wait for a table, in order of time. */
export type HeldRecords = StoreDefinition<JoinKey, HeldRecord, TaskTable<JoinKey, HeldRecord>>

/** Declares a side's window: columns of the key, `time`, `number`; of the value, `unmatched`. Units: ms. */
export function joinWindow(
  name: string,
  key: Serde<unknown>,
  value: FormatOption<unknown>,
  retentionMs: number,
): JoinWindow {
  const format = extended(
    single('key', key),
    [
      ['time', timeSerde],
      ['number', timeSerde],
    ],
    {
      take: (at: JoinKey) => [at.key, at.time, at.number],
      make: (key, [time, number]) => ({ key, time: time as number, number: number as number }),
    },
  )
  const row: RowFormat<JoinRow> = extended(formatOf('value', value), [['unmatched', boolean]], {
    take: (row: JoinRow) => [row.value, row.unmatched],
    make: (value, [unmatched]) => ({ value, unmatched: unmatched as boolean }),
  })
  return {
    ...rawTable(keyValueStore(name, { key: format, value: row })),
    type: 'join',
    retentionMs,
    retainedBy: 1,
  }
}

/** Declares the unmatched records of a side: columns `time`, the key's, `number`; of the value. */
export function unmatchedRecords(name: string, key: Serde<unknown>, value: FormatOption<unknown>): Unmatched {
  return { ...rawTable(keyValueStore(name, { key: timeOrder(key), value })), type: 'join' }
}

/** Declares the records that wait for a table: columns `time`, the key's, `number`; of the value, `record_headers`. */
export function heldRecords(name: string, key: Serde<unknown>, value: FormatOption<unknown>): HeldRecords {
  const row: RowFormat<HeldRecord> = extended(formatOf('value', value), [['recordHeaders', headersSerde]], {
    take: (held: HeldRecord) => [held.value, held.headers],
    make: (value, [headers]) => ({ value, headers: headers as HeldRecord['headers'] }),
  })
  return { ...rawTable(keyValueStore(name, { key: timeOrder(key), value: row })), type: 'join' }
}

function timeOrder(key: Serde<unknown>): RowFormat<JoinKey> {
  return extended(
    single('time', timeSerde),
    [
      ['key', key],
      ['number', timeSerde],
    ],
    {
      take: (at: JoinKey) => [at.time, at.key, at.number],
      make: (time, [key, number]) => ({ key, time, number: number as number }),
    },
  )
}
