import { text } from 'drizzle-orm/pg-core'
import { ExecutedTradeRow } from '../../schemas/trading/generated/executed-trade-row.ts'
import { ExecutionSequenceRow } from '../../schemas/trading/generated/execution-sequence-row.ts'
import { bigint } from '../table-columns.ts'
import { tableStore } from '../table-store.ts'

/** Trades whose order was simulated. */
export const executedTrades = tableStore(
  'executed_trades',
  {
    portfolioId: text().notNull(),
    tradeId: text().notNull(),
    orderId: text().notNull(),
    firstExecSeq: bigint().notNull(),
    lastExecSeq: bigint().notNull(),
  },
  { key: ['portfolioId', 'tradeId'], value: ExecutedTradeRow },
)

/** The execSeq of each portfolio's last report. */
export const executionSequences = tableStore(
  'execution_sequences',
  {
    portfolioId: text().notNull(),
    execSeq: bigint().notNull(),
  },
  { key: ['portfolioId'], value: ExecutionSequenceRow },
)
