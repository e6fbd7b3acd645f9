import {
  executions,
  orders,
  portfolioSnapshots,
  portfolios,
  positionCheckpoints,
  positions,
  quarantine,
} from '../store/trading/reconciler.ts'
import { chain, processor } from '../topology/index.ts'
import { portfolioUpdate } from './domain/books/portfolio-update.ts'
import { reconcilePlacement, reconcileReport } from './domain/books/reconcile.ts'
import { instrumentKey } from './domain/shared/keys.ts'
import { producers } from './domain/shared/producer.ts'
import { ordersFills, ordersPlaced, portfolioUpdated } from './topics.ts'

/** Keeps the books, and emits an event when they change. */
export const reconciler = processor({
  name: producers.reconciler,
  streams: [ordersPlaced, ordersFills],
  stores: {
    portfolios,
    positions,
    orders,
    executions,
    checkpoints: positionCheckpoints,
    quarantine,
    snapshots: portfolioSnapshots,
  },
  sinks: { updates: portfolioUpdated },
  prefetch({ value: { payload } }) {
    const { portfolioId, exchange, instrumentId, orderId } = payload
    return {
      portfolios: [[portfolioId]],
      positions: [[portfolioId, instrumentKey(exchange, instrumentId)]],
      orders: [[portfolioId, orderId]],
    }
  },
  process(record, { stores, sinks }) {
    const cause = record.value
    const change =
      record.topic === ordersFills.name
        ? reconcileReport(stores, record.value)
        : reconcilePlacement(stores, record.value)
    return chain(change, changed => {
      if (changed === undefined) return
      const update = portfolioUpdate(cause, changed)
      sinks.updates.send(update.key, update, { timestamp: update.occurredAt })
    })
  },
})

export default reconciler
