import type { ExecutionReportEvent } from '../schemas/trading/generated/execution-report.ts'
import { executedTrades, executionSequences, portfolioQuotes, restingOrders } from '../store/trading/execution-sim.ts'
import { chain, processor } from '../topology/index.ts'
import { executeTrade } from './domain/execution/execute-trade.ts'
import type { ExecutionConfig } from './domain/execution/execution-config.ts'
import { expireOrders, takePortfolioPrice } from './domain/execution/resting-orders.ts'
import { instrumentKey } from './domain/shared/keys.ts'
import { producers } from './domain/shared/producer.ts'
import { execution as executionFile } from './settings.ts'
import { ordersFills, ordersPlaced, portfolioPrices, tradesApproved } from './topics.ts'

/**
 * Plays the exchange: an order and its reports for every approved trade, once. Where an instrument has market prices, orders fill
 * against them, and a limit that is not reached rests. It alone numbers a portfolio's reports (execSeq). All events of one
 * approval, or of one price, go out in one transaction.
 */
export function executionSimWith(config: ExecutionConfig) {
  return processor({
    name: producers.executionSim,
    streams: [tradesApproved, portfolioPrices],
    stores: { trades: executedTrades, sequences: executionSequences, quotes: portfolioQuotes, resting: restingOrders },
    sinks: { placed: ordersPlaced, fills: ordersFills },
    prefetch: record => {
      const { portfolioId, exchange, instrumentId } = record.value.payload
      const quotes = [[portfolioId, instrumentKey(exchange, instrumentId)]]
      if (record.topic === portfolioPrices.name) return { quotes }
      return { trades: [[portfolioId, record.value.payload.tradeId]], sequences: [[portfolioId]], quotes }
    },
    punctuations: [
      {
        // Event time decides whether an order is over; the clock only says when to look.
        name: 'expire-orders',
        on: 'wall-clock',
        every: '1s',
        run: (_, { stores, sinks, streamTime }) =>
          chain(expireOrders(stores, streamTime), reports => sendReports(sinks.fills, reports)),
      },
    ],
    process(record, { stores, sinks }) {
      if (record.topic === portfolioPrices.name)
        return chain(takePortfolioPrice(stores, record.value, config), reports => sendReports(sinks.fills, reports))
      return chain(executeTrade(stores, record.value, config), done => {
        if (done === undefined) return
        const { placed, reports } = done
        sinks.placed.send(placed.key, placed, { timestamp: placed.occurredAt })
        sendReports(sinks.fills, reports)
      })
    },
  })
}

/** With the settings of `execution.yaml`. */
export const executionSim = executionSimWith(executionFile)

export default executionSim

/** The sink of reports, as `process` and the punctuator have it. */
interface Reports {
  send(key: string, report: ExecutionReportEvent, options: { readonly timestamp: number }): void
}

function sendReports(fills: Reports, reports: readonly ExecutionReportEvent[]): void {
  for (const report of reports) fills.send(report.key, report, { timestamp: report.occurredAt })
}
