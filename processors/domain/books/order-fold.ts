import { type ExecType, type OrderStatus, statusAfter } from '../shared/order-moves.ts'

/** The reasons why a report is kept out of the books. */
export const quarantineReasons = ['OVERFILL', 'AFTER_TERMINAL', 'CONTRADICTION', 'MALFORMED'] as const

/** One of `quarantineReasons`. */
export type QuarantineReason = (typeof quarantineReasons)[number]

/** The fields of a report that the fold of an order needs. Decimals count 1e-18. */
export interface OrderReport {
  readonly execSeq: bigint
  readonly fillSeq: number
  readonly execType: string
  readonly orderQty: bigint
  readonly lastQty: bigint
  readonly hasPrice: boolean
  readonly isTerminal: boolean
  /** The limit from now on, of a replacement; else null. */
  readonly limitPrice: bigint | null
}

/** An order after the reports applied so far. */
export interface OrderState {
  /** Null until a placement or a report has given it. */
  readonly quantity: bigint | null
  readonly filled: bigint
  readonly closed: boolean
  readonly status: OrderStatus
  readonly lastFillSeq: number
}

/** An order before its first report. */
function unreported(quantity: bigint | null): OrderState {
  return { quantity, filled: 0n, closed: false, status: 'NEW', lastFillSeq: 0 }
}

/** The order after the reports that apply, and a verdict on each by its place in the list; null: applies. */
interface OrderFold {
  readonly state: OrderState
  readonly verdicts: readonly (QuarantineReason | null)[]
}

/**
 * Folds the reports of an order, which must be in execSeq order. The result depends on the set of reports alone, never on
 * the order they came in. portfolio-risk and the reconciler judge in the same way, so their positions agree.
 */
export function foldOrder(placedQuantity: bigint | null, reports: readonly OrderReport[]): OrderFold {
  let state = unreported(placedQuantity)
  const verdicts = reports.map(report => {
    const verdict = judgeReport(state, report)
    if (verdict === null) state = advanceOrder(state, report)
    return verdict
  })
  return { state, verdicts }
}

/** Whether a report fits an order; null when it does. */
export function judgeReport(state: OrderState, report: OrderReport): QuarantineReason | null {
  if (report.lastQty < 0n || report.orderQty <= 0n || (report.lastQty > 0n && !report.hasPrice)) return 'MALFORMED'
  if (state.quantity !== null && report.orderQty !== state.quantity && !isReduction(state.quantity, report))
    return 'CONTRADICTION'
  if (report.fillSeq <= state.lastFillSeq) return 'CONTRADICTION'
  if (state.closed) return 'AFTER_TERMINAL'
  if (state.filled + report.lastQty > report.orderQty) return 'OVERFILL'
  return statusAfter(state.status, moveOf(report)) === undefined ? 'CONTRADICTION' : null
}

/** The order after a report that fits. */
export function advanceOrder(state: OrderState, report: OrderReport): OrderState {
  const filled = state.filled + report.lastQty
  return {
    quantity: report.orderQty,
    filled,
    closed: report.isTerminal,
    status: statusAfter(state.status, moveOf(report)) ?? state.status,
    lastFillSeq: report.fillSeq,
  }
}

/** A replacement may take units away; it never adds any, as they are not approved. */
function isReduction(quantity: bigint, report: OrderReport): boolean {
  return report.execType === 'REPLACED' && report.orderQty < quantity
}

/** The move of a report: whether it ends the order is said by the report itself, whatever kind it names. */
function moveOf({ execType, isTerminal }: OrderReport): ExecType {
  if (!isTerminal) return execType === 'REPLACED' ? 'REPLACED' : 'PARTIAL_FILL'
  return execType === 'EXPIRED' || execType === 'CANCELED' || execType === 'REJECTED' ? execType : 'FILL'
}
