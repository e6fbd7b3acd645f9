import type { ExecutionReportEvent } from '../schemas/trading/generated/execution-report.ts'
import {
  dueOrders,
  executedTrades,
  executionSequences,
  orderCommands,
  passedTimes,
  portfolioQuotes,
  restingOrders,
} from '../store/trading/execution-sim.ts'
import { chain, type Header, processor } from '../topology/index.ts'
import { executeTrade } from './domain/execution/execute-trade.ts'
import type { ExecutionConfig } from './domain/execution/execution-config.ts'
import type { SentReport } from './domain/execution/order-book.ts'
import { lookEvery, passQuietTime, passTime } from './domain/execution/pass-time.ts'
import { takeCommand } from './domain/execution/take-command.ts'
import { takePortfolioPrice } from './domain/execution/take-price.ts'
import { correlationOf } from './domain/shared/correlation.ts'
import { instrumentKey } from './domain/shared/keys.ts'
import { producers } from './domain/shared/producer.ts'
import { execution as executionFile } from './settings.ts'
import { ordersCommands, ordersFills, ordersPlaced, portfolioPrices, tradesApproved } from './topics.ts'

/**
 * Plays the exchange: an order for every approved trade, once, and its reports, each at its event time. Where an instrument has
 * market prices, orders fill against them, and a limit that is not reached rests. Commands cancel and replace orders. It alone
 * numbers a portfolio's reports (execSeq). All events of one record go out in one transaction.
 */
export function executionSimWith(config: ExecutionConfig) {
  return processor({
    name: producers.executionSim,
    streams: [tradesApproved, portfolioPrices, ordersCommands],
    stores: {
      trades: executedTrades,
      sequences: executionSequences,
      quotes: portfolioQuotes,
      resting: restingOrders,
      due: dueOrders,
      passed: passedTimes,
      commands: orderCommands,
    },
    sinks: { placed: ordersPlaced, fills: ordersFills },
    prefetch: record => {
      const { portfolioId } = record.value.payload
      const book = { sequences: [[portfolioId]], resting: [[portfolioId]] }
      if (record.topic === ordersCommands.name) {
        const { tradeId, commandId } = record.value.payload
        return { ...book, trades: [[portfolioId, tradeId]], commands: [[portfolioId, tradeId, commandId]] }
      }
      const { exchange, instrumentId } = record.value.payload
      const quotes = [[portfolioId, instrumentKey(exchange, instrumentId)]]
      if (record.topic === portfolioPrices.name) return { ...book, quotes }
      const { tradeId } = record.value.payload
      return { ...book, quotes, trades: [[portfolioId, tradeId]], commands: [[portfolioId, tradeId]] }
    },
    punctuations: [
      {
        name: 'pass-event-time',
        on: 'stream-time',
        every: '10ms',
        run: (time, { stores, sinks }) =>
          chain(passTime(stores, { until: time }), reports => sendReports(sinks.fills, reports, undefined)),
      },
      {
        name: 'pass-quiet-time',
        on: 'wall-clock',
        every: lookEvery,
        run: (now, { stores, sinks, task, streamTime, caughtUp }) =>
          chain(passQuietTime(stores, { partition: task.partition, now, streamTime, caughtUp }), reports =>
            sendReports(sinks.fills, reports, undefined),
          ),
      },
    ],
    process(record, { stores, sinks }) {
      const cause = record.value.correlationId
      if (record.topic === portfolioPrices.name)
        return chain(takePortfolioPrice(stores, record.value, config), reports =>
          sendReports(sinks.fills, reports, cause),
        )
      if (record.topic === ordersCommands.name)
        return chain(takeCommand(stores, record.value, config), reports => sendReports(sinks.fills, reports, cause))
      return chain(executeTrade(stores, record.value, config, traceOf(record.headers)), done => {
        if (done === undefined) return
        const { placed, reports } = done
        sinks.placed.send(placed.key, placed, { timestamp: placed.occurredAt })
        sendReports(sinks.fills, reports, cause)
      })
    },
  })
}

/** With the settings of `execution.yaml`. */
export const executionSim = executionSimWith(executionFile)

export default executionSim

/** The sink of reports, as `process` and the punctuators have it. */
interface Reports {
  send(
    key: string,
    report: ExecutionReportEvent,
    options: { readonly timestamp: number; readonly headers: readonly Header[] },
  ): void
}

/** Sends reports. Those of the current record's own cause have its headers already; others bring their order's. */
function sendReports(fills: Reports, reports: readonly SentReport[], cause: string | undefined): void {
  for (const { event, traceparent } of reports) {
    const headers = event.correlationId === cause ? [] : headersOf(event, traceparent)
    fills.send(event.key, event, { timestamp: event.occurredAt, headers })
  }
}

function headersOf({ correlationId }: ExecutionReportEvent, traceparent: string | null): readonly Header[] {
  const correlation = correlationOf([], correlationId)
  return traceparent === null ? correlation : [...correlation, { key: 'traceparent', value: Buffer.from(traceparent) }]
}

function traceOf(headers: readonly Header[]): string | null {
  const value = headers.find(header => header.key === 'traceparent')?.value
  return value ? Buffer.from(value).toString() : null
}
