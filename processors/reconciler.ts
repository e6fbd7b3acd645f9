import {
  executions,
  orders,
  portfolioMarks,
  portfolioSnapshots,
  portfolios,
  positionCheckpoints,
  positions,
  quarantine,
} from '../store/trading/reconciler.ts'
import { chain, processor } from '../topology/index.ts'
import { portfolioUpdate } from './domain/books/portfolio-update.ts'
import { reconcilePlacement, reconcileReport } from './domain/books/reconcile.ts'
import { reconcilePrice } from './domain/books/reconcile-price.ts'
import { instrumentKey } from './domain/shared/keys.ts'
import { producers } from './domain/shared/producer.ts'
import { ordersFills, ordersPlaced, portfolioPrices, portfolioUpdated } from './topics.ts'

/** Keeps the books, marks them at the market's prices, and emits an event when they change. */
export const reconciler = processor({
  name: producers.reconciler,
  streams: [ordersPlaced, ordersFills, portfolioPrices],
  stores: {
    portfolios,
    positions,
    marks: portfolioMarks,
    orders,
    executions,
    checkpoints: positionCheckpoints,
    quarantine,
    snapshots: portfolioSnapshots,
  },
  sinks: { updates: portfolioUpdated },
  prefetch(record) {
    const { portfolioId, exchange, instrumentId } = record.value.payload
    const position = [portfolioId, instrumentKey(exchange, instrumentId)] as const
    const rows = { portfolios: [[portfolioId]], positions: [position], marks: [position] } as const
    if (record.topic === portfolioPrices.name) return rows
    return { ...rows, orders: [[portfolioId, record.value.payload.orderId]] }
  },
  process(record, { stores, sinks }) {
    const cause = record.value
    const change =
      record.topic === ordersFills.name
        ? reconcileReport(stores, record.value)
        : record.topic === ordersPlaced.name
          ? reconcilePlacement(stores, record.value)
          : reconcilePrice(stores, record.value)
    return chain(change, changed => {
      if (changed === undefined) return
      const update = portfolioUpdate(cause, changed)
      sinks.updates.send(update.key, update, { timestamp: update.occurredAt })
    })
  },
})

export default reconciler
