import type { DueOrderRow } from '../../../schemas/trading/generated/due-order-row.ts'
import type { KeyValueStore } from '../../../topology/index.ts'
import type { OpenOrder } from './open-order.ts'
import type { PendingReport } from './pending-reports.ts'

/** The key of a due order: kinds apart, then by time. */
export type DueKey = readonly [kind: string, at: number, portfolioId: string, orderId: string]

/** The orders that do something by themselves, in the order of its time. */
export type DueOrders = Pick<KeyValueStore<DueKey, DueOrderRow>, 'put' | 'delete' | 'range' | 'prefix'>

/** The next thing that an order does by itself. */
interface Due {
  /** REPORT: one is under way. EXPIRY: the order only rests until its time is over. */
  readonly kind: 'REPORT' | 'EXPIRY'
  /** Infinite when it rests without an end. Units: ms of event time. */
  readonly at: number
  /** Unset: the order expires then, and what is under way does not happen. */
  readonly report: PendingReport | undefined
}

/** Finds the next thing that an order does by itself, and its time. */
export function dueOf({ pending: [report], validUntil, placedAt }: OpenOrder): Due {
  const expiry = validUntil === null ? Number.POSITIVE_INFINITY : Math.max(placedAt, validUntil)
  const kind = report === undefined ? 'EXPIRY' : 'REPORT'
  return report === undefined || expiry <= report.at
    ? { kind, at: expiry, report: undefined }
    : { kind, at: report.at, report }
}

/** Moves an order to the place of what it does next. `before` unset: it is new; `order` unset: it has ended. */
export function saveDue(
  due: Pick<DueOrders, 'put' | 'delete'>,
  before: OpenOrder | undefined,
  order: OpenOrder | undefined,
): void {
  const old = before && keyOf(before)
  const key = order && keyOf(order)
  if (old !== undefined && key !== undefined && old.every((part, at) => part === key[at])) return
  if (old !== undefined) due.delete(old)
  if (order === undefined || key === undefined) return
  const { portfolioId, instrumentKey, orderId } = order
  const [kind, at] = key
  due.put(key, { kind, at, portfolioId, orderId, instrumentKey })
}

/** The bounds of the orders of a kind that are due by a moment. Units: ms; event times are not negative. */
export function dueUntil(kind: Due['kind'], until: number): readonly [from: DueKey, to: DueKey] {
  return [
    [kind, 0, '', ''],
    [kind, Math.max(0, until + 1), '', ''],
  ]
}

function keyOf(order: OpenOrder): DueKey | undefined {
  const { kind, at } = dueOf(order)
  return Number.isFinite(at) ? [kind, at, order.portfolioId, order.orderId] : undefined
}
