import type { ExecutionReportEvent } from '../../../schemas/trading/generated/execution-report.ts'
import { ProcessorError } from '../../../topology/index.ts'
import type { Quote } from '../market/quote.ts'
import { type ExecType, statusAfter } from '../shared/order-moves.ts'
import { dueOf } from './due-orders.ts'
import type { ExecutionSettings } from './execution-config.ts'
import { reportEvent } from './execution-events.ts'
import { matchOrder, withoutTaken } from './match-order.ts'
import { byAge, type OpenOrder } from './open-order.ts'
import { ending, type PendingReport } from './pending-reports.ts'

/** A report to send, with the trace of its order's approval. */
export interface SentReport {
  readonly event: ExecutionReportEvent
  readonly traceparent: string | null
}

/** An order that was changed: `before` is undefined for one that is new, `order` for one that has ended. */
interface OrderChange {
  readonly orderId: string
  readonly instrumentKey: string
  readonly before: OpenOrder | undefined
  readonly order: OpenOrder | undefined
}

/** The way in which a report changes an order. */
type Effect = Omit<PendingReport, 'execType'> & { readonly execType: ExecType }

/**
 * Open orders of one portfolio while one record is processed: time passes, the market moves, orders are placed, cancelled and
 * replaced. Reports leave in the order of their event time, each with the portfolio's next execSeq, and each is a legal
 * move of its order.
 */
export class OrderBook {
  readonly reports: SentReport[] = []
  readonly #before: ReadonlyMap<string, OpenOrder>
  readonly #open: Map<string, OpenOrder>
  /** Instruments of the orders that changed, by order. */
  readonly #changed = new Map<string, string>()
  #execSeq: bigint

  constructor(orders: readonly OpenOrder[], execSeq: bigint) {
    this.#before = new Map(orders.map(order => [order.orderId, order]))
    this.#open = new Map(this.#before)
    this.#execSeq = execSeq
  }

  /** Of the last report. */
  get execSeq(): bigint {
    return this.#execSeq
  }

  changes(): readonly OrderChange[] {
    return [...this.#changed].map(([orderId, instrumentKey]) => {
      return { orderId, instrumentKey, before: this.#before.get(orderId), order: this.#open.get(orderId) }
    })
  }

  get(orderId: string): OpenOrder | undefined {
    return this.#open.get(orderId)
  }

  place(order: OpenOrder, pending: readonly PendingReport[]): void {
    this.#put({ ...order, pending, planned: pending.length })
  }

  /**
   * Lets event time pass: reports that are due by then happen, and orders whose time is over expire. A report that is due
   * when its order expires does not happen any more. `settle`: whatever is under way happens, however late.
   */
  advance(until: number, { settle = false } = {}): void {
    for (;;) {
      const next = [...this.#open.values()]
        .map(order => ({ order, ...dueOf(order) }))
        .filter(({ at, kind }) => at <= until || (settle && kind === 'REPORT'))
        .sort((a, b) => a.at - b.at || byAge(a.order, b.order))[0]
      if (next === undefined) return
      const { order, report } = next
      if (report === undefined) this.#report(order, ending('EXPIRED', timeAfter(order, next.at)), [])
      else this.#report(order, report, order.pending.slice(1))
    }
  }

  /** The market is at a quote: orders that it reaches take what is there, in turn. The result is the quote that is left. */
  match<Q extends Quote>(instrumentKey: string, quote: Q, settings: ExecutionSettings): Q {
    let left = quote
    const orders = [...this.#open.values()].filter(order => order.instrumentKey === instrumentKey)
    for (const order of orders.sort(byAge)) {
      const taken = matchOrder(order, left, settings)
      if (taken.length === 0) continue
      left = withoutTaken(left, order.side, taken)
      this.#put({ ...order, pending: [...order.pending, ...taken], planned: order.planned + taken.length })
    }
    return left
  }

  /** Ends an order; fills that are under way do not happen. */
  cancel(order: OpenOrder, at: number): void {
    this.#report(order, ending('CANCELED', timeAfter(order, at)), [])
  }

  /** Gives an order another limit and quantity, and the last place among those that rest. Fills under way do not happen. */
  replace(order: OpenOrder, { limitPrice, quantity }: Pick<OpenOrder, 'limitPrice' | 'quantity'>, at: number): void {
    const since = timeAfter(order, at)
    const { pending: _, ...replaced } = { ...order, limitPrice, quantity, since }
    this.#report({ ...replaced, pending: [] }, { ...ending('EXPIRED', since), execType: 'REPLACED' }, [])
  }

  #report(order: OpenOrder, { execType: kind, at, quantity, price, fee }: Effect, pending: readonly PendingReport[]) {
    const filled = order.filled + quantity
    const execType = kind === 'FILL' && filled < order.quantity ? 'PARTIAL_FILL' : kind
    const status = statusAfter(order.status, execType)
    if (status === undefined)
      throw new ProcessorError(
        'PROCESS_FAILED',
        `order ${order.orderId} is ${order.status}: ${execType} is no move of it`,
      )
    const isTerminal = execType !== 'PARTIAL_FILL' && execType !== 'REPLACED'
    const reports = order.reports + 1
    const report = {
      execType,
      fillSeq: reports,
      lastQty: quantity,
      lastPrice: price,
      cumQty: filled,
      leavesQty: isTerminal ? 0n : order.quantity - filled,
      fee,
      isTerminal,
      executedAt: at,
    }
    this.#execSeq++
    this.reports.push({ event: reportEvent(order, report, this.#execSeq), traceparent: order.traceparent })
    this.#changed.set(order.orderId, order.instrumentKey)
    if (isTerminal) this.#open.delete(order.orderId)
    else this.#open.set(order.orderId, { ...order, status, filled, reports, pending, updatedAt: at })
  }

  #put(order: OpenOrder): void {
    this.#changed.set(order.orderId, order.instrumentKey)
    this.#open.set(order.orderId, order)
  }
}

function timeAfter({ placedAt, updatedAt }: OpenOrder, at: number): number {
  return Math.max(at, placedAt, updatedAt ?? 0)
}
