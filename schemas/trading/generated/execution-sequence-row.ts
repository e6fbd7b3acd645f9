// Generated from execution-sequence-row.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** The execSeq of a portfolio's last report. */
export interface ExecutionSequenceRow {
  readonly portfolioId: string
  readonly execSeq: bigint
}

/** Writes and reads ExecutionSequenceRow as Avro. */
export const ExecutionSequenceRow = avroOf<ExecutionSequenceRow>({
  type: 'record',
  name: 'ExecutionSequenceRow',
  namespace: 'millrace.trading.state',
  doc: "The execSeq of a portfolio's last report.",
  fields: [{ name: 'portfolioId', type: 'string' }, { name: 'execSeq', type: 'long' }],
})
