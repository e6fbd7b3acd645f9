import type { OrderCommandEvent } from '../../../schemas/trading/generated/order-command.ts'
import type { OrderCommandRow } from '../../../schemas/trading/generated/order-command-row.ts'
import { type Awaitable, chain, together } from '../../../topology/index.ts'
import { type ExecutionConfig, settingsOf } from './execution-config.ts'
import { type ExecutionStores, openBook, saveBook } from './execution-stores.ts'
import type { OpenOrder } from './open-order.ts'
import type { OrderBook, SentReport } from './order-book.ts'

/** The reasons for which a command to an order is refused. */
export const commandReasonCodes = [
  'ACTION_UNKNOWN',
  'ORDER_ENDED',
  'REPLACE_EMPTY',
  'REPLACE_OF_MARKET_ORDER',
  'QUANTITY_NOT_LOT_MULTIPLE',
  'PRICE_NOT_TICK_MULTIPLE',
  'REPLACE_NEEDS_APPROVAL',
] as const

/** One of `commandReasonCodes`. */
export type CommandReasonCode = (typeof commandReasonCodes)[number]

/**
 * Takes a command, once: one that comes again changes nothing, and its outcome is kept. Event time decides a race with a fill: what
 * was due before the command has happened, what is under way then does not happen. A command to an order that is not placed yet waits
 * for it.
 */
export function takeCommand(
  stores: ExecutionStores,
  event: OrderCommandEvent,
  config: ExecutionConfig,
): Awaitable<readonly SentReport[]> {
  const { portfolioId, tradeId, commandId, action, quantity, limitPrice, actor, reason } = event.payload
  const key = [portfolioId, tradeId, commandId] as const
  return chain(together([stores.commands.get(key), stores.trades.get([portfolioId, tradeId])]), ([known, trade]) => {
    if (known !== undefined) return []
    const asked: OrderCommandRow = {
      portfolioId,
      tradeId,
      commandId,
      action,
      quantity,
      limitPrice,
      at: event.occurredAt,
      outcome: 'WAITING',
      reasonCode: null,
      actor,
      reason,
      correlationId: event.correlationId,
    }
    if (trade === undefined) {
      stores.commands.put(key, asked)
      return []
    }
    return chain(openBook(stores, portfolioId), book => {
      book.advance(asked.at)
      const before = book.get(trade.orderId)
      stores.commands.put(key, applyCommand(book, trade.orderId, asked))
      const instrument = before?.instrumentKey
      if (instrument === undefined || book.get(trade.orderId) === undefined) {
        saveBook(stores, portfolioId, book)
        return book.reports
      }
      return chain(stores.quotes.get([portfolioId, instrument]), quote => {
        if (quote) {
          const left = book.match(instrument, quote, settingsOf(config, instrument))
          if (left !== quote) stores.quotes.put([portfolioId, instrument], left)
        }
        book.advance(asked.at)
        saveBook(stores, portfolioId, book)
        return book.reports
      })
    })
  })
}

/** Obeys a command or refuses it; the result is its row with the outcome. */
export function applyCommand(book: OrderBook, orderId: string, command: OrderCommandRow): OrderCommandRow {
  if (command.outcome !== 'WAITING') return command
  const order = book.get(orderId)
  const reasonCode = refusalOf(order, command)
  if (reasonCode !== null || order === undefined) return { ...command, outcome: 'REFUSED', reasonCode }
  const quantity = command.quantity ?? order.quantity
  if (command.action === 'CANCEL' || quantity <= order.filled) book.cancel(order, command.at)
  else book.replace(order, { quantity, limitPrice: command.limitPrice ?? order.limitPrice }, command.at)
  return { ...command, outcome: 'APPLIED' }
}

/** Commands in the order of their event time; of one time by id. */
export function byCommandTime(a: OrderCommandRow, b: OrderCommandRow): number {
  if (a.at !== b.at) return a.at - b.at
  return a.commandId < b.commandId ? -1 : 1
}

/** A replacement may only ask for what the approval has reserved: anything more is for a new signal. */
function refusalOf(order: OpenOrder | undefined, command: OrderCommandRow): CommandReasonCode | null {
  const { action, quantity, limitPrice } = command
  if (action !== 'CANCEL' && action !== 'REPLACE') return 'ACTION_UNKNOWN'
  if (order === undefined) return 'ORDER_ENDED'
  if (action === 'CANCEL') return null
  if (quantity === null && limitPrice === null) return 'REPLACE_EMPTY'
  if (order.orderType === 'MARKET') return 'REPLACE_OF_MARKET_ORDER'
  if (quantity !== null && (quantity <= 0n || quantity % order.lotSize !== 0n)) return 'QUANTITY_NOT_LOT_MULTIPLE'
  if (limitPrice !== null && (limitPrice <= 0n || limitPrice % order.tickSize !== 0n)) return 'PRICE_NOT_TICK_MULTIPLE'
  const beyond = (quantity ?? 0n) > order.quantity || (limitPrice ?? 0n) > order.boundPrice
  return beyond ? 'REPLACE_NEEDS_APPROVAL' : null
}
