import { executedTrades, executionSequences } from '../store/trading/execution-sim.ts'
import { chain, processor } from '../topology/index.ts'
import { executeTrade } from './domain/execution/execute-trade.ts'
import type { ExecutionConfig } from './domain/execution/execution-config.ts'
import { producers } from './domain/shared/producer.ts'
import { execution as executionFile } from './settings.ts'
import { ordersFills, ordersPlaced, tradesApproved } from './topics.ts'

/**
 * Plays the exchange: an order and its reports for every approved trade, once. It alone numbers a portfolio's reports
 * (execSeq). All events of one approval go out in one transaction.
 */
export function executionSimWith(config: ExecutionConfig) {
  return processor({
    name: producers.executionSim,
    streams: [tradesApproved],
    stores: { trades: executedTrades, sequences: executionSequences },
    sinks: { placed: ordersPlaced, fills: ordersFills },
    prefetch: ({ value: { payload } }) => ({
      trades: [[payload.portfolioId, payload.tradeId]],
      sequences: [[payload.portfolioId]],
    }),
    process: (record, { stores, sinks }) =>
      chain(executeTrade(stores, record.value, config), done => {
        if (done === undefined) return
        const { placed, reports } = done
        sinks.placed.send(placed.key, placed, { timestamp: placed.occurredAt })
        for (const report of reports) sinks.fills.send(report.key, report, { timestamp: report.occurredAt })
      }),
  })
}

/** With the settings of `execution.yaml`. */
export const executionSim = executionSimWith(executionFile)

export default executionSim
