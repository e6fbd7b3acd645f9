import type { ExecutedTradeRow } from '../../../schemas/trading/generated/executed-trade-row.ts'
import type { ExecutionSequenceRow } from '../../../schemas/trading/generated/execution-sequence-row.ts'
import type { OrderCommandRow } from '../../../schemas/trading/generated/order-command-row.ts'
import type { PassedTimeRow } from '../../../schemas/trading/generated/passed-time-row.ts'
import type { PortfolioPriceRow } from '../../../schemas/trading/generated/portfolio-price-row.ts'
import type { RestingOrderRow } from '../../../schemas/trading/generated/resting-order-row.ts'
import { type Awaitable, chain, type KeyValueStore, together } from '../../../topology/index.ts'
import type { Rows } from '../books/books-stores.ts'
import { type DueOrders, saveDue } from './due-orders.ts'
import { openOrderOf, rowOfOrder } from './open-order.ts'
import { OrderBook } from './order-book.ts'

/** The stores that keep execution-sim's state. */
export interface ExecutionStores {
  readonly trades: Rows<readonly [portfolioId: string, tradeId: string], ExecutedTradeRow>
  readonly sequences: Rows<string, ExecutionSequenceRow>
  readonly quotes: Rows<readonly [portfolioId: string, instrumentKey: string], PortfolioPriceRow>
  readonly resting: Pick<
    KeyValueStore<readonly [portfolioId: string, instrumentKey: string, orderId: string], RestingOrderRow>,
    'get' | 'put' | 'delete' | 'prefix' | 'all'
  >
  readonly due: DueOrders
  readonly passed: Pick<KeyValueStore<string, PassedTimeRow>, 'get' | 'put'>
  readonly commands: Pick<
    KeyValueStore<readonly [portfolioId: string, tradeId: string, commandId: string], OrderCommandRow>,
    'get' | 'put' | 'prefix'
  >
}

/** Reads the open orders of a portfolio. */
export function openBook(
  stores: Pick<ExecutionStores, 'resting' | 'sequences'>,
  portfolioId: string,
): Awaitable<OrderBook> {
  return chain(
    together([stores.resting.prefix(portfolioId), stores.sequences.get(portfolioId)]),
    ([rows, sequence]) => {
      const orders = rows.map(({ value }) => openOrderOf(value))
      return new OrderBook(orders, sequence?.execSeq ?? 0n)
    },
  )
}

/** Writes what has changed in it. */
export function saveBook(
  stores: Pick<ExecutionStores, 'resting' | 'sequences' | 'due'>,
  portfolioId: string,
  book: OrderBook,
): void {
  for (const { orderId, instrumentKey, before, order } of book.changes()) {
    const key = [portfolioId, instrumentKey, orderId] as const
    if (order) stores.resting.put(key, rowOfOrder(order))
    else stores.resting.delete(key)
    saveDue(stores.due, before, order)
  }
  if (book.reports.length > 0) stores.sequences.put(portfolioId, { portfolioId, execSeq: book.execSeq })
}
