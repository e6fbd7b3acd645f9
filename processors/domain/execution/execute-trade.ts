import type { ExecutedTradeRow } from '../../../schemas/trading/generated/executed-trade-row.ts'
import type { ExecutionReportEvent } from '../../../schemas/trading/generated/execution-report.ts'
import type { ExecutionSequenceRow } from '../../../schemas/trading/generated/execution-sequence-row.ts'
import type { OrderPlacedEvent } from '../../../schemas/trading/generated/order-placed.ts'
import type { PortfolioPriceRow } from '../../../schemas/trading/generated/portfolio-price-row.ts'
import type { RestingOrderRow } from '../../../schemas/trading/generated/resting-order-row.ts'
import type { TradeApprovedEvent } from '../../../schemas/trading/generated/trade-approved.ts'
import type { Awaitable, KeyValueStore } from '../../../topology/index.ts'
import { chain, together } from '../../../topology/index.ts'
import type { Rows } from '../books/books-stores.ts'
import { newerQuote, type Quote, reaches, recordedQuote, takingPrice } from '../market/quote.ts'
import { orderIdOf } from '../shared/ids.ts'
import { instrumentKey } from '../shared/keys.ts'
import { type ExecutionConfig, type ExecutionSettings, settingsOf } from './execution-config.ts'
import { placedEvent, reportEvent } from './execution-events.ts'
import { ended, type PlannedReport, placedAtOf, planExecution } from './execution-plan.ts'

/** The stores that keep execution-sim's state. */
export interface ExecutionStores {
  readonly trades: Rows<readonly [portfolioId: string, tradeId: string], ExecutedTradeRow>
  readonly sequences: Rows<string, ExecutionSequenceRow>
  readonly quotes: Rows<readonly [portfolioId: string, instrumentKey: string], PortfolioPriceRow>
  readonly resting: Pick<
    KeyValueStore<readonly [portfolioId: string, instrumentKey: string, orderId: string], RestingOrderRow>,
    'put' | 'delete' | 'prefix' | 'all'
  >
}

/** All events of one approval: they go out in one transaction. */
interface Execution {
  readonly placed: OrderPlacedEvent
  readonly reports: readonly ExecutionReportEvent[]
}

/**
 * Simulates an approved trade, once; undefined when it was done before. Where the market has prices it fills at the market: at
 * once, or, for a limit that is not reached, when it is; such an order rests. Without prices it fills near its own price.
 */
export function executeTrade(
  stores: ExecutionStores,
  event: TradeApprovedEvent,
  config: ExecutionConfig,
): Awaitable<Execution | undefined> {
  const { portfolioId, tradeId, exchange, instrumentId } = event.payload
  const key = instrumentKey(exchange, instrumentId)
  const rows = together([
    stores.trades.get([portfolioId, tradeId]),
    stores.sequences.get(portfolioId),
    stores.quotes.get([portfolioId, key]),
  ])
  return chain(rows, ([done, sequence, told]) => {
    if (done !== undefined) return undefined
    const before = sequence?.execSeq ?? 0n
    const order = orderOf(event, key, settingsOf(config, key))
    const reports = firstReports(order, event, newerQuote(recordedQuote(event.payload), told), settingsOf(config, key))
    if (reports === undefined) stores.resting.put([portfolioId, key, order.orderId], order)
    const count = BigInt(reports?.length ?? 0)
    const row = { portfolioId, tradeId, orderId: order.orderId, firstExecSeq: before + 1n, lastExecSeq: before + count }
    stores.trades.put([portfolioId, tradeId], row)
    if (count > 0n) stores.sequences.put(portfolioId, { portfolioId, execSeq: before + count })
    return {
      placed: placedEvent(event, order),
      reports: (reports ?? []).map((report, index) => reportEvent(order, report, before + BigInt(index + 1))),
    }
  })
}

/** The reports with which an order begins; undefined: it rests until the market reaches its limit. */
function firstReports(
  order: RestingOrderRow,
  { payload }: TradeApprovedEvent,
  quote: Quote | undefined,
  settings: ExecutionSettings,
): readonly PlannedReport[] | undefined {
  const price = quote && takingPrice(quote, order.side)
  if (!quote || price === null || price === undefined || settings.profile.kind === 'REJECT')
    return planExecution(payload, order.orderId, order.placedAt, settings)
  const limit = payload.limitPrice ?? (order.side === 'BUY' ? payload.boundPrice : null)
  if (limit === null || reaches(limit, price, order.side))
    return planExecution(payload, order.orderId, order.placedAt, settings, { price, from: quote.at })
  if (payload.orderType === 'LIMIT') {
    const expired = order.validUntil !== null && order.validUntil <= order.placedAt
    return expired ? [ended('EXPIRED', order.placedAt)] : undefined
  }
  // A market order that the market has run away from: filling it would cost more than was approved.
  return [ended('CANCELED', order.placedAt)]
}

/** The order of an approval. */
function orderOf(event: TradeApprovedEvent, key: string, settings: ExecutionSettings): RestingOrderRow {
  const trade = event.payload
  const orderId = orderIdOf(trade.tradeId)
  return {
    portfolioId: trade.portfolioId,
    instrumentKey: key,
    orderId,
    tradeId: trade.tradeId,
    exchange: trade.exchange,
    instrumentId: trade.instrumentId,
    side: trade.side,
    quantity: trade.quantity,
    limitPrice: trade.limitPrice ?? trade.boundPrice,
    boundPrice: trade.boundPrice,
    validUntil: trade.validUntil,
    tickSize: trade.tickSize,
    lotSize: trade.lotSize,
    takerFeeRate: trade.takerFeeRate,
    feePrecision: trade.feePrecision,
    placedAt: placedAtOf(orderId, event.occurredAt, settings),
    sourceEventId: event.eventId,
    correlationId: event.correlationId,
  }
}
