// Generated from executed-trade-row.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** A trade whose order was simulated: if it comes again, it is ignored. */
export interface ExecutedTradeRow {
  readonly portfolioId: string
  readonly tradeId: string
  readonly orderId: string
  readonly firstExecSeq: bigint
  readonly lastExecSeq: bigint
}

/** Writes and reads ExecutedTradeRow as Avro. */
export const ExecutedTradeRow = avroOf<ExecutedTradeRow>({
  type: 'record',
  name: 'ExecutedTradeRow',
  namespace: 'millrace.trading.state',
  doc: 'A trade whose order was simulated: if it comes again, it is ignored.',
  fields: [
    { name: 'portfolioId', type: 'string' },
    { name: 'tradeId', type: 'string' },
    { name: 'orderId', type: 'string' },
    { name: 'firstExecSeq', type: 'long' },
    { name: 'lastExecSeq', type: 'long' },
  ],
})
