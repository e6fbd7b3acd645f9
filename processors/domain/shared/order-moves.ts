/** The states of an order. */
export const orderStatuses = ['NEW', 'PARTIALLY_FILLED', 'FILLED', 'CANCELLED', 'EXPIRED', 'REJECTED'] as const

/** One of `orderStatuses`. */
export type OrderStatus = (typeof orderStatuses)[number]

/** The kind of an execution report. Strings on the wire, since kinds may be added. */
export type ExecType = 'PARTIAL_FILL' | 'FILL' | 'REPLACED' | 'CANCELED' | 'EXPIRED' | 'REJECTED'

/**
 * The legal moves of an order: by its state and the kind of a report, the state after it. A report that is not here moves
 * nothing; a state without moves is an end. `processors/README.md` shows this table, and a test compares the two.
 */
export const orderMoves: Readonly<Record<OrderStatus, Readonly<Partial<Record<ExecType, OrderStatus>>>>> = {
  NEW: {
    PARTIAL_FILL: 'PARTIALLY_FILLED',
    FILL: 'FILLED',
    REPLACED: 'NEW',
    CANCELED: 'CANCELLED',
    EXPIRED: 'EXPIRED',
    REJECTED: 'REJECTED',
  },
  PARTIALLY_FILLED: {
    PARTIAL_FILL: 'PARTIALLY_FILLED',
    FILL: 'FILLED',
    REPLACED: 'PARTIALLY_FILLED',
    CANCELED: 'CANCELLED',
    EXPIRED: 'EXPIRED',
  },
  FILLED: {},
  CANCELLED: {},
  EXPIRED: {},
  REJECTED: {},
}

/** The states in which an order has ended. */
export const endedStatuses: readonly OrderStatus[] = orderStatuses.filter(
  status => Object.keys(orderMoves[status]).length === 0,
)

/** The state after a report; undefined when the move is not legal. */
export function statusAfter(status: OrderStatus, execType: ExecType): OrderStatus | undefined {
  return orderMoves[status][execType]
}
