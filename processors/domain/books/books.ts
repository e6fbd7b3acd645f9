import { absolute, divideHalfEven, multiply, signOf, smaller, unitOf } from '../shared/decimal.ts'
import { directionOf, type Side } from '../shared/side.ts'

/**
 * The books of one (portfolio, instrument). All bigint at 1e-18.
 *
 * Invariant, exact after every step: `realisedPnl === cash + signOf(quantity) * cost`.
 */
export interface Books {
  /** Signed: negative is short. */
  readonly quantity: bigint
  /** Cost of the open quantity; not negative for positive prices. */
  readonly cost: bigint
  /** Realised profit and loss, net of fees. */
  readonly realisedPnl: bigint
  readonly fees: bigint
  readonly cash: bigint
}

/** No position yet. */
export const flat: Books = { quantity: 0n, cost: 0n, realisedPnl: 0n, fees: 0n, cash: 0n }

/** The books alone, out of whatever carries them. */
export function booksOf({ quantity, cost, realisedPnl, fees, cash }: Books): Books {
  return { quantity, cost, realisedPnl, fees, cash }
}

/** One fill. `quantity` is positive; the price may be negative (spreads, power, oil in April 2020). */
export interface Fill {
  readonly side: Side
  readonly quantity: bigint
  readonly price: bigint
  readonly fee: bigint
}

/**
 * The books after a fill. Average-cost accounting: adding adds to the cost; reducing releases its share, rounded half-even
 * (the only rounding); a quantity that exceeds the position closes it and opens the other way at the fill's price.
 */
export function applyFill(books: Books, fill: Fill): Books {
  const direction = directionOf(fill.side)
  const notional = multiply(fill.quantity, fill.price)
  const realisedPnl = books.realisedPnl - fill.fee
  const fees = books.fees + fill.fee
  const cash = books.cash - direction * notional - fill.fee
  const held = absolute(books.quantity)

  if (books.quantity * direction >= 0n) {
    const quantity = books.quantity + direction * fill.quantity
    return { quantity, cost: books.cost + notional, realisedPnl, fees, cash }
  }

  const closing = smaller(fill.quantity, held)
  const released = closing === held ? books.cost : divideHalfEven(books.cost * closing, held)
  const closed = closing === fill.quantity ? notional : multiply(closing, fill.price)
  const gain = -direction * (closed - released)
  // The rest of a flip is the notional without its closed part, so the invariant holds even where a product is rounded.
  const cost = closing === held ? notional - closed : books.cost - released
  const quantity = books.quantity + direction * fill.quantity
  return { quantity, cost, realisedPnl: realisedPnl + gain, fees, cash }
}

/** Cost of a unit of the open quantity, half-even to this many digits after the point; null when flat. For display. */
export function averagePrice(books: Pick<Books, 'quantity' | 'cost'>, digits = 12): bigint | null {
  if (books.quantity === 0n) return null
  const unit = unitOf(digits)
  const perUnit = divideHalfEven(books.cost * (unitOf(0) / unit), absolute(books.quantity))
  return perUnit * unit
}

/** Whether the books balance to the last digit. */
export function balances(books: Books): boolean {
  return books.realisedPnl === books.cash + signOf(books.quantity) * books.cost
}
