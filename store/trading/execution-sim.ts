import { string } from '../../schemas/serdes.ts'
import { ExecutedTradeRow } from '../../schemas/trading/generated/executed-trade-row.ts'
import { ExecutionSequenceRow } from '../../schemas/trading/generated/execution-sequence-row.ts'
import { keyValueStore } from '../../topology/definition/stores/key-value.ts'
import { tuple } from '../../topology/definition/stores/layout.ts'

/** Trades whose order was simulated. */
export const executedTrades = keyValueStore('executed_trades', {
  key: tuple([
    ['portfolioId', string],
    ['tradeId', string],
  ]),
  value: ExecutedTradeRow,
})

/** The execSeq of each portfolio's last report. */
export const executionSequences = keyValueStore('execution_sequences', {
  key: tuple([['portfolioId', string]]),
  value: ExecutionSequenceRow,
})
