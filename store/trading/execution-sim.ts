import { DueOrderRow } from '../../schemas/trading/generated/due-order-row.ts'
import { ExecutedTradeRow } from '../../schemas/trading/generated/executed-trade-row.ts'
import { ExecutionSequenceRow } from '../../schemas/trading/generated/execution-sequence-row.ts'
import { OrderCommandRow } from '../../schemas/trading/generated/order-command-row.ts'
import { PassedTimeRow } from '../../schemas/trading/generated/passed-time-row.ts'
import { PortfolioPriceRow } from '../../schemas/trading/generated/portfolio-price-row.ts'
import { RestingOrderRow } from '../../schemas/trading/generated/resting-order-row.ts'
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

/** The newest price that each portfolio was told for an instrument. */
export const portfolioQuotes = store.table('portfolio_quotes', columnsOf(PortfolioPriceRow), {
  key: ['portfolioId', 'instrumentKey'],
  value: PortfolioPriceRow,
})

/** Orders that have not ended: they rest, or their next reports are under way. */
export const restingOrders = store.table('resting_orders', columnsOf(RestingOrderRow), {
  key: ['portfolioId', 'instrumentKey', 'orderId'],
  value: RestingOrderRow,
})

/** The moments at which open orders do something by themselves, so that passing time costs the orders that are due. */
export const dueOrders = store.table('due_orders', columnsOf(DueOrderRow), {
  key: ['kind', 'at', 'portfolioId', 'orderId'],
  value: DueOrderRow,
})

/** The event time of each task at its last look at the wall clock. */
export const passedTimes = store.table('passed_times', columnsOf(PassedTimeRow), { key: ['id'], value: PassedTimeRow })

/** Commands to orders, each with its outcome. */
export const orderCommands = store.table('order_commands', columnsOf(OrderCommandRow), {
  key: ['portfolioId', 'tradeId', 'commandId'],
  value: OrderCommandRow,
  indexes: [['portfolioId', 'commandId']],
})
