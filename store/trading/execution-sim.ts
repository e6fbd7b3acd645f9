import { ExecutedTradeRow } from '../../schemas/trading/generated/executed-trade-row.ts'
import { ExecutionSequenceRow } from '../../schemas/trading/generated/execution-sequence-row.ts'
import { columnsOf, store } from '../../topology/index.ts'

/** Trades whose order was simulated. */
export const executedTrades = store.table('executed_trades', columnsOf(ExecutedTradeRow), {
  key: ['portfolioId', 'tradeId'],
  value: ExecutedTradeRow,
})

/** The execSeq of each portfolio's last report. */
export const executionSequences = store.table('execution_sequences', columnsOf(ExecutionSequenceRow), {
  key: ['portfolioId'],
  value: ExecutionSequenceRow,
})
