import { type Quote, reaches, takingPrice } from '../market/quote.ts'
import { roundDownTo, smaller } from '../shared/decimal.ts'
import type { Side } from '../shared/side.ts'
import type { ExecutionSettings } from './execution-config.ts'
import { type PlannedReport, planExecution } from './execution-plan.ts'
import type { OpenOrder } from './open-order.ts'
import { ending, type PendingReport, pendingUnits } from './pending-reports.ts'

/** The price beyond which an order does not trade; null: at any. A market buy has the bound that its approval reserves for. */
function limitOf({ orderType, side, limitPrice, boundPrice }: OpenOrder): bigint | null {
  if (orderType === 'LIMIT') return limitPrice
  return side === 'BUY' ? boundPrice : null
}

/** Whether an order waits for its limit to be reached; others are done with what they find at once. */
function mayRest({ orderType, timeInForce }: OpenOrder): boolean {
  return orderType === 'LIMIT' && timeInForce !== 'IOC' && timeInForce !== 'FOK'
}

/** The reports to come of an order that has just been placed. `quote` unset: it fills near its own reference price. */
export function firstReports(
  order: OpenOrder,
  referencePrice: bigint | null,
  quote: Quote | undefined,
  settings: ExecutionSettings,
): readonly PendingReport[] {
  const ends = (execType: PendingReport['execType']) => [ending(execType, order.placedAt)]
  if (!quote || takingPrice(quote, order.side) === null || settings.profile.kind === 'REJECT') {
    const { orderType, limitPrice } = order
    const trade = { ...order, limitPrice: orderType === 'LIMIT' ? limitPrice : null, referencePrice, validUntil: null }
    const planned = planExecution(trade, order.orderId, order.placedAt, settings).map(pendingOf)
    const kept = fillsWhole(order, planned) || planned[0]?.execType === 'REJECTED'
    return order.timeInForce === 'FOK' && !kept ? ends('EXPIRED') : planned
  }
  const taken = matchOrder(order, quote, settings)
  if (mayRest(order)) return taken
  const left = order.quantity - pendingUnits(taken)
  if (order.timeInForce === 'FOK' && !fillsWhole(order, taken)) return ends('EXPIRED')
  if (left === 0n || taken.at(-1)?.quantity === 0n) return taken
  if (taken.length > 0) return [...taken, ending('EXPIRED', taken.at(-1)!.at)]
  // A market order that the market has run away from: filling it would cost more than was approved.
  return ends(order.orderType === 'MARKET' && availableAt(quote, order.side) !== 0n ? 'CANCELED' : 'EXPIRED')
}

/** Whether the fills to come are of the whole order, and the last one comes before it expires. */
function fillsWhole({ quantity, validUntil }: OpenOrder, planned: readonly PendingReport[]): boolean {
  return pendingUnits(planned) === quantity && (validUntil === null || planned.at(-1)!.at < validUntil)
}

/**
 * The reports to come when the market is at a quote: fills of the units that are there, in whole lots, if the limit is reached.
 * Empty: nothing changes. The profile of the instrument forms the fills of an order that is taken whole at once.
 */
export function matchOrder(order: OpenOrder, quote: Quote, settings: ExecutionSettings): readonly PendingReport[] {
  const { side, orderId, lotSize, pending, planned, placedAt } = order
  if (pending.some(report => report.quantity === 0n)) return []
  const remaining = order.quantity - order.filled - pendingUnits(pending)
  const price = takingPrice(quote, side)
  const limit = limitOf(order)
  if (remaining <= 0n || price === null || (limit !== null && !reaches(limit, price, side))) return []
  const size = availableAt(quote, side)
  const available = size === null || size >= remaining ? remaining : roundDownTo(lotSize, smaller(size, remaining))
  if (available <= 0n) return []
  const whole = available === order.quantity && planned === 0
  const inPart: ExecutionSettings['profile'] = { kind: 'FULL' }
  const profile = whole || settings.profile.kind !== 'PARTIAL_EXPIRE' ? settings.profile : inPart
  const trade = { ...order, quantity: available, referencePrice: null, validUntil: null }
  const draws = planned === 0 ? orderId : `${orderId}/${planned}`
  const from = Math.max(quote.at, order.since, pending.at(-1)?.at ?? 0, order.updatedAt ?? 0)
  return planExecution(trade, draws, placedAt, { ...settings, profile }, { price, from }).map(pendingOf)
}

/** Units that the market has for an order of this side; null: any number. */
function availableAt({ bidSize, askSize }: Quote, side: Side): bigint | null {
  return (side === 'BUY' ? askSize : bidSize) ?? null
}

/** The quote with the units gone that an order has taken. */
export function withoutTaken<Q extends Quote>(quote: Q, side: Side, taken: readonly PendingReport[]): Q {
  const size = availableAt(quote, side)
  const units = pendingUnits(taken)
  if (size === null || units === 0n) return quote
  return { ...quote, [side === 'BUY' ? 'askSize' : 'bidSize']: size - units }
}

function pendingOf({ execType, executedAt, lastQty, lastPrice, fee }: PlannedReport): PendingReport {
  return {
    execType: execType === 'PARTIAL_FILL' ? 'FILL' : execType,
    at: executedAt,
    quantity: lastQty,
    price: lastPrice,
    fee,
  }
}
