import type { ExecutionReportEvent } from '../../../schemas/trading/generated/execution-report.ts'
import type { PortfolioPriceEvent } from '../../../schemas/trading/generated/portfolio-price.ts'
import type { RestingOrderRow } from '../../../schemas/trading/generated/resting-order-row.ts'
import { type Awaitable, chain, together } from '../../../topology/index.ts'
import { type Quote, reaches, takingPrice } from '../market/quote.ts'
import { instrumentKey } from '../shared/keys.ts'
import type { ExecutionStores } from './execute-trade.ts'
import { type ExecutionConfig, type ExecutionSettings, settingsOf } from './execution-config.ts'
import { reportEvent } from './execution-events.ts'
import { ended, type PlannedReport, planExecution } from './execution-plan.ts'

/** An order that rests no longer, and the reports with which it ends. */
interface Ended {
  readonly order: RestingOrderRow
  readonly reports: readonly PlannedReport[]
}

/**
 * Takes a price that a portfolio is told: orders whose limit it reaches fill, the one that was placed first before the others.
 * Orders that were valid until then expire. A price that is not newer than the known one changes nothing.
 */
export function takePortfolioPrice(
  stores: ExecutionStores,
  event: PortfolioPriceEvent,
  config: ExecutionConfig,
): Awaitable<readonly ExecutionReportEvent[]> {
  const { portfolioId, exchange, instrumentId, bid, ask, last } = event.payload
  const key = instrumentKey(exchange, instrumentId)
  const quote = { bid, ask, last, at: event.occurredAt }
  return chain(stores.quotes.get([portfolioId, key]), known => {
    if (known !== undefined && known.at >= quote.at) return []
    stores.quotes.put([portfolioId, key], { portfolioId, instrumentKey: key, ...quote })
    return chain(stores.resting.prefix(portfolioId, key), rows => {
      const ending = rows
        .map(({ value }) => value)
        .sort(byAge)
        .flatMap(order => endingAt(order, quote, settingsOf(config, key)) ?? [])
      return end(stores, portfolioId, ending)
    })
  })
}

/** Ends the orders of a task that were valid until a moment of event time. Units: ms. */
export function expireOrders(stores: ExecutionStores, time: number): Awaitable<readonly ExecutionReportEvent[]> {
  return chain(stores.resting.all(), async rows => {
    const over = rows.map(({ value }) => value).filter(order => expiredBy(order, time))
    const events: ExecutionReportEvent[] = []
    for (const portfolioId of new Set(over.map(order => order.portfolioId))) {
      const own = over.filter(order => order.portfolioId === portfolioId)
      events.push(...(await end(stores, portfolioId, own.sort(byAge).map(expired))))
    }
    return events
  })
}

function endingAt(order: RestingOrderRow, quote: Quote, settings: ExecutionSettings): Ended | undefined {
  if (expiredBy(order, quote.at)) return expired(order)
  const price = takingPrice(quote, order.side)
  if (price === null || !reaches(order.limitPrice, price, order.side)) return undefined
  const trade = { ...order, referencePrice: null }
  const reports = planExecution(trade, order.orderId, order.placedAt, settings, { price, from: quote.at })
  return { order, reports }
}

function expiredBy({ validUntil }: RestingOrderRow, time: number): boolean {
  return validUntil !== null && validUntil <= time
}

function expired(order: RestingOrderRow): Ended {
  return { order, reports: [ended('EXPIRED', Math.max(order.placedAt, order.validUntil ?? 0))] }
}

/** Numbers the reports on from the portfolio's last one, and takes the orders out of those that rest. */
function end(
  stores: ExecutionStores,
  portfolioId: string,
  ending: readonly Ended[],
): Awaitable<readonly ExecutionReportEvent[]> {
  if (ending.length === 0) return []
  const trades = together(ending.map(({ order }) => stores.trades.get([portfolioId, order.tradeId])))
  return chain(together([stores.sequences.get(portfolioId), trades]), ([sequence, rows]) => {
    let execSeq = sequence?.execSeq ?? 0n
    const events: ExecutionReportEvent[] = []
    for (const [index, { order, reports }] of ending.entries()) {
      const firstExecSeq = execSeq + 1n
      for (const report of reports) events.push(reportEvent(order, report, ++execSeq))
      const row = rows[index]
      if (row) stores.trades.put([portfolioId, order.tradeId], { ...row, firstExecSeq, lastExecSeq: execSeq })
      stores.resting.delete([portfolioId, order.instrumentKey, order.orderId])
    }
    stores.sequences.put(portfolioId, { portfolioId, execSeq })
    return events
  })
}

function byAge(a: RestingOrderRow, b: RestingOrderRow): number {
  if (a.placedAt !== b.placedAt) return a.placedAt - b.placedAt
  return a.orderId < b.orderId ? -1 : 1
}
