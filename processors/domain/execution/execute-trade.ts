import type { OrderPlacedEvent } from '../../../schemas/trading/generated/order-placed.ts'
import type { TradeApprovedEvent } from '../../../schemas/trading/generated/trade-approved.ts'
import { type Awaitable, chain, together } from '../../../topology/index.ts'
import { type Quote, recordedQuote } from '../market/quote.ts'
import { instrumentKey } from '../shared/keys.ts'
import { type ExecutionConfig, settingsOf } from './execution-config.ts'
import { placedEvent } from './execution-events.ts'
import { type ExecutionStores, openBook, saveBook } from './execution-stores.ts'
import { firstReports, withoutTaken } from './match-order.ts'
import { orderOfApproval } from './open-order.ts'
import type { SentReport } from './order-book.ts'
import { applyCommand, byCommandTime } from './take-command.ts'

/** All events of one approval: they go out in one transaction. */
interface Execution {
  readonly placed: OrderPlacedEvent
  readonly reports: readonly SentReport[]
}

/**
 * Places the order of an approved trade, once; undefined when it was done before. Where the market has prices it fills at the
 * market: at once, or, for a limit that is not reached, when it is; such an order rests. Without prices it fills near its own
 * price. Fills happen at their event time, so most are still under way afterwards. Commands that came before the order are
 * obeyed as soon as it is placed.
 */
export function executeTrade(
  stores: ExecutionStores,
  event: TradeApprovedEvent,
  config: ExecutionConfig,
  traceparent: string | null = null,
): Awaitable<Execution | undefined> {
  const { portfolioId, tradeId, exchange, instrumentId, referencePrice } = event.payload
  const key = instrumentKey(exchange, instrumentId)
  const settings = settingsOf(config, key)
  const rows = together([
    stores.trades.get([portfolioId, tradeId]),
    stores.quotes.get([portfolioId, key]),
    stores.commands.prefix(portfolioId, tradeId),
    openBook(stores, portfolioId),
  ])
  return chain(rows, ([done, told, commands, book]) => {
    if (done !== undefined) return undefined
    const recorded = recordedQuote(event.payload)
    book.advance(event.occurredAt)
    let quote: Quote | undefined = told
    // The signal may have seen a price that the portfolio is told of only later: the orders that rest must see it now.
    if (recorded && (told === undefined || recorded.at > told.at)) quote = book.match(key, recorded, settings)
    const order = orderOfApproval(event, key, settings, traceparent)
    const pending = firstReports(order, referencePrice, quote, settings)
    book.place(order, pending)
    if (quote) {
      const { bid, ask, last, at, bidSize = null, askSize = null } = withoutTaken(quote, order.side, pending)
      stores.quotes.put([portfolioId, key], { portfolioId, instrumentKey: key, bid, ask, last, at, bidSize, askSize })
    }
    const execSeq = book.execSeq
    stores.trades.put([portfolioId, tradeId], {
      portfolioId,
      tradeId,
      orderId: order.orderId,
      firstExecSeq: execSeq,
      lastExecSeq: execSeq,
    })
    for (const { value } of [...commands].sort((a, b) => byCommandTime(a.value, b.value)))
      stores.commands.put([portfolioId, tradeId, value.commandId], applyCommand(book, order.orderId, value))
    book.advance(Math.max(event.occurredAt, quote?.at ?? 0))
    saveBook(stores, portfolioId, book)
    return { placed: placedEvent(event, order), reports: book.reports }
  })
}
