// Generated from passed-time-row.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** The time that a task of execution-sim has let pass. Its presence says that every open order is among the due ones. */
export interface PassedTimeRow {
  /** Partition of the task. */
  readonly id: string
  /** Event time of the task at its last look at the wall clock; -1 before the first record. Units: milliseconds since the epoch. */
  readonly streamTime: number
}

/** Writes and reads PassedTimeRow as Avro. */
export const PassedTimeRow = avroOf<PassedTimeRow>({
  type: 'record',
  name: 'PassedTimeRow',
  namespace: 'millrace.trading.state',
  doc: 'The time that a task of execution-sim has let pass. Its presence says that every open order is among the due ones.',
  fields: [
    { name: 'id', type: 'string', doc: 'Partition of the task.' },
    {
      name: 'streamTime',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'Event time of the task at its last look at the wall clock; -1 before the first record.',
    },
  ],
})
