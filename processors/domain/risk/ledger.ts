import { applyFill, type Books, type Fill, flat } from '../books/books.ts'
import { absolute, larger, multiply, signOf } from '../shared/decimal.ts'
import type { Side } from '../shared/side.ts'
import { addUnits, dearestValue, notionalOf, type PriceLevels, removeUnits, unitsOf } from './price-levels.ts'

/**
 * The exposure ledger of one (portfolio, instrument): the position, and the pending quantities of approved orders.
 *
 * **Reserve at approval, release only on execution reports.** Invariant: `exposureOf` never grows by a report, so a cap
 * that held at the last approval holds until the next, as long as the market does not move.
 */
export interface InstrumentLedger {
  readonly books: Books
  /** Units that approved buys (sells) have yet to fill, by their bound price. */
  readonly buys: PriceLevels
  readonly sells: PriceLevels
  /** The price of the last fill. Null: none yet. */
  readonly lastPrice: bigint | null
  /** The market's price. Null: it has none. Units of `at`: ms. */
  readonly mark: { readonly price: bigint; readonly at: number } | null
}

/** Nothing held, nothing pending. */
export const emptyLedger: InstrumentLedger = { books: flat, buys: [], sells: [], lastPrice: null, mark: null }

/** The part of the ledger that an order reserves: its units still to fill, at the highest price they may cost. */
interface Reservation {
  readonly side: Side
  readonly units: bigint
  readonly boundPrice: bigint
}

/** The ledger with one more reservation. */
export function reserve(ledger: InstrumentLedger, { side, units, boundPrice }: Reservation): InstrumentLedger {
  return side === 'BUY'
    ? { ...ledger, buys: addUnits(ledger.buys, boundPrice, units) }
    : { ...ledger, sells: addUnits(ledger.sells, boundPrice, units) }
}

/** The ledger with this reservation released. Errors: RangeError when the units are not reserved. */
export function release(ledger: InstrumentLedger, { side, units, boundPrice }: Reservation): InstrumentLedger {
  return side === 'BUY'
    ? { ...ledger, buys: removeUnits(ledger.buys, boundPrice, units) }
    : { ...ledger, sells: removeUnits(ledger.sells, boundPrice, units) }
}

/** The ledger after a fill; its reservation is released separately. */
export function fillLedger(ledger: InstrumentLedger, fill: Fill): InstrumentLedger {
  return { ...ledger, books: applyFill(ledger.books, fill), lastPrice: fill.price }
}

/** The ledger with a newer price of the market. Units of `at`: ms. */
export function markLedger(ledger: InstrumentLedger, price: bigint, at: number): InstrumentLedger {
  return { ...ledger, mark: { price, at } }
}

/**
 * The highest value that the instrument can reach at the market's price, whichever pending orders fill. What is held counts at its
 * cost or at the market, whichever is more, so a loss on a short position uses up the cap; pending units at their bound or at
 * the market.
 *
 * Long side: the value if long, plus pending buys. Short side: the value of the most expensive pending sells that exceed the
 * position. (Quantity x highest price would not be monotone: a fill could raise it, and breach the cap.) Mirrored when short.
 * The greater side counts.
 */
export function exposureOf({ books, buys, sells, mark }: InstrumentLedger): bigint {
  const { quantity, cost } = books
  const market = larger(0n, mark?.price ?? 0n)
  const held = larger(cost, multiply(absolute(quantity), market))
  if (quantity >= 0n) {
    const short = sells.length === 0 ? 0n : dearestValue(sells, unitsOf(sells) - quantity, market)
    return larger(held + notionalOf(buys, market), short)
  }
  const long = buys.length === 0 ? 0n : dearestValue(buys, unitsOf(buys) + quantity, market)
  return larger(held + notionalOf(sells, market), long)
}

/** Profit and loss: realised, and at the market's price unrealised. Without one there is only the former. */
export function pnlOf({ books, mark }: Pick<InstrumentLedger, 'books' | 'mark'>): bigint {
  const { quantity, cost, realisedPnl } = books
  return mark === null ? realisedPnl : realisedPnl + multiply(quantity, mark.price) - signOf(quantity) * cost
}

/** Value of all that is reserved: the sum of leaves x bound over the open orders. */
export function reservedOf(ledger: InstrumentLedger): bigint {
  return notionalOf(ledger.buys) + notionalOf(ledger.sells)
}

/**
 * The position after a trade in the worst case: all pending orders of its own side fill first, none of the other.
 * Signed.
 */
export function worstQuantity(ledger: InstrumentLedger, side: Side, quantity: bigint): bigint {
  return side === 'BUY'
    ? ledger.books.quantity + unitsOf(ledger.buys) + quantity
    : ledger.books.quantity - unitsOf(ledger.sells) - quantity
}

/** Whether a trade only reduces the position, even if every pending order of its side fills first. */
export function onlyReduces(ledger: InstrumentLedger, side: Side, quantity: bigint): boolean {
  const worst = worstQuantity(ledger, side, quantity)
  return side === 'BUY' ? worst <= 0n : worst >= 0n
}

/** Whether a trade closes the position: all that is held and not on its way out already. */
export function closes(ledger: InstrumentLedger, side: Side, quantity: bigint): boolean {
  return ledger.books.quantity !== 0n && worstQuantity(ledger, side, quantity) === 0n
}

/** The distance that a trade may take the position from flat in its own direction; zero when it stays on the other side. */
export function worstReach(ledger: InstrumentLedger, side: Side, quantity: bigint): bigint {
  return onlyReduces(ledger, side, quantity) ? 0n : absolute(worstQuantity(ledger, side, quantity))
}
