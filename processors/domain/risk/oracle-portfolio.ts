import type { ExecutionReport } from '../../../schemas/trading/generated/execution-report.ts'
import type { PortfolioPrice } from '../../../schemas/trading/generated/portfolio-price.ts'
import type { TradeApproved } from '../../../schemas/trading/generated/trade-approved.ts'
import type { TradeRejected } from '../../../schemas/trading/generated/trade-rejected.ts'
import { applyFill, type Books, flat } from '../books/books.ts'
import { middlePrice, type Quote } from '../market/quote.ts'
import { larger, multiply } from '../shared/decimal.ts'
import type { InstrumentTerms } from '../shared/instrument.ts'
import { instrumentKey } from '../shared/keys.ts'
import type { Side } from '../shared/side.ts'
import { checkTime } from './time-checks.ts'

interface OpenOrder {
  readonly instrument: string
  readonly side: Side
  readonly boundPrice: bigint
  quantity: bigint
  leaves: bigint
  closed: boolean
  lastFillSeq: number
}

/**
 * A portfolio as the oracle sees it: positions, a plain list of orders, and the times of approvals. Slow and simple, so
 * that its faults, if any, differ from those of the ledger it checks.
 */
export class OraclePortfolio {
  execSeq = 0n
  readonly #books = new Map<string, Books>()
  readonly #orders = new Map<string, OpenOrder>()
  /** Those that reserve something. */
  readonly #open = new Set<OpenOrder>()
  /** The market's prices, by instrument. */
  readonly #marks = new Map<string, { readonly price: bigint; readonly at: number }>()
  /** Prices that were newer than the one before. */
  priceSeq = 0n
  readonly #approvals: { readonly windowMs: bigint | null; readonly at: number }[] = []

  /** Applies the next report. */
  apply(report: ExecutionReport): void {
    this.execSeq = report.execSeq
    const instrument = instrumentKey(report.exchange, report.instrumentId)
    const { side, orderQty: quantity } = report
    const unknown = { instrument, side, boundPrice: 0n, quantity, leaves: quantity, closed: false, lastFillSeq: 0 }
    const order = this.#orders.get(report.tradeId) ?? unknown
    this.#orders.set(report.tradeId, order)
    const reduces = report.execType === 'REPLACED' && quantity < order.quantity
    const fits = !order.closed && (order.quantity === quantity || reduces) && report.fillSeq > order.lastFillSeq
    if (!fits || report.lastQty < 0n || report.lastQty > order.leaves) return
    if (report.lastQty > 0n && report.lastPrice === null) return
    order.leaves -= report.lastQty + order.quantity - quantity
    order.quantity = quantity
    order.closed = report.isTerminal
    if (order.closed) this.#open.delete(order)
    order.lastFillSeq = report.fillSeq
    if (report.lastQty === 0n || report.lastPrice === null) return
    const fill = { side, quantity: report.lastQty, price: report.lastPrice, fee: report.fee }
    this.#books.set(instrument, applyFill(this.#books.get(instrument) ?? flat, fill))
  }

  /** Takes a price that the portfolio was told. */
  price({ exchange, instrumentId, ...quote }: PortfolioPrice, at: number): void {
    if (this.mark(instrumentKey(exchange, instrumentId), quote, at)) this.priceSeq++
  }

  /** Takes a price of the market; false: it is not newer than the known one. */
  mark(instrument: string, quote: Pick<Quote, 'bid' | 'ask' | 'last'>, at: number): boolean {
    const price = middlePrice(quote)
    if (price === null || (this.#marks.get(instrument)?.at ?? -1) >= at) return false
    this.#marks.set(instrument, { price, at })
    return true
  }

  /** APPROVE, or the first reason of the portfolio stage. */
  decide(
    decision: TradeApproved | TradeRejected,
    boundPrice: bigint,
    terms: InstrumentTerms,
    occurredAt: number,
  ): string {
    const { side, quantity, exposureCap, tradingState, portfolioCurrency } = decision
    if (portfolioCurrency === null) return 'PORTFOLIO_NOT_FOUND'
    const untimely = checkTime(occurredAt, decision)
    if (untimely) return untimely.reasonCode
    if (tradingState === 'HALTED') return 'TRADING_HALTED'
    if ('haltedBy' in decision && decision.haltedBy === 'LOSS_LIMIT') return 'LOSS_LIMIT_EXCEEDED'
    if ('haltedBy' in decision && decision.haltedBy === 'MAX_DRAWDOWN') return 'DRAWDOWN_LIMIT_EXCEEDED'
    if (terms.quoteCurrency !== portfolioCurrency) return 'CURRENCY_MISMATCH'
    const instrument = instrumentKey(decision.exchange, decision.instrumentId)
    const { reach } = this.#reachOf(decision)
    if (reach > 0n) {
      if (decision.reduceOnly) return 'REDUCE_ONLY_WOULD_INCREASE_POSITION'
      if (tradingState === 'REDUCING') return 'TRADING_STATE_REDUCING'
      if (side === 'SELL' && !terms.shortable) return 'SHORT_NOT_ALLOWED'
    }
    const limits = [terms.maxPositionQty, decision.portfolioMaxPositionQty]
    if (limits.some(limit => limit !== null && reach > 0n && reach > limit)) return 'POSITION_LIMIT_EXCEEDED'
    const before = this.exposure()
    const after = this.#exposureWith({ instrument, side, boundPrice, leaves: quantity })
    if (exposureCap !== null && after > exposureCap && after > before) return 'EXPOSURE_CAP_EXCEEDED'
    return this.#tooMany(decision, occurredAt) ? 'RATE_LIMIT_EXCEEDED' : 'APPROVE'
  }

  /** Whether a trade closes all that is held and not on its way out. */
  closedBy(decision: TradeApproved | TradeRejected): boolean {
    const { position, reach } = this.#reachOf(decision)
    return position !== 0n && reach === 0n
  }

  /** The position, and the position that a trade leads to, counted in its own direction, when all orders of its side fill. */
  #reachOf({ exchange, instrumentId, side, quantity }: TradeApproved | TradeRejected) {
    const instrument = instrumentKey(exchange, instrumentId)
    const position = this.#books.get(instrument)?.quantity ?? 0n
    const pending = this.#pending(instrument, side).reduce((sum, order) => sum + order.leaves, 0n)
    return { position, reach: (side === 'BUY' ? position : -position) + pending + quantity }
  }

  /** Takes an approval in. */
  reserve({ tradeId, side, quantity, boundPrice, rateWindowMs }: TradeApproved, instrument: string, at: number): void {
    const order = { instrument, side, boundPrice, quantity, leaves: quantity, closed: false, lastFillSeq: 0 }
    this.#orders.set(tradeId, order)
    this.#open.add(order)
    this.#approvals.push({ windowMs: rateWindowMs, at })
  }

  /** Sum over the instruments of the greater of long and short side. */
  exposure(): bigint {
    return this.#exposureWith(undefined)
  }

  #exposureWith(added: Pick<OpenOrder, 'instrument' | 'side' | 'boundPrice' | 'leaves'> | undefined): bigint {
    const instruments = new Set([...this.#books.keys(), ...[...this.#open].map(order => order.instrument)])
    if (added) instruments.add(added.instrument)
    let sum = 0n
    for (const instrument of instruments) {
      const own = added?.instrument === instrument ? added : undefined
      const unitsOf = (side: Side) => [...this.#pending(instrument, side), ...(own?.side === side ? [own] : [])]
      const { quantity, cost } = this.#books.get(instrument) ?? flat
      const market = this.#marks.get(instrument)?.price ?? 0n
      const held = larger(cost, multiply(quantity < 0n ? -quantity : quantity, market))
      const value = (side: Side, spared: bigint | null) => dearest(unitsOf(side), spared, market)
      sum += larger(
        quantity >= 0n ? held + value('BUY', null) : value('BUY', -quantity),
        quantity <= 0n ? held + value('SELL', null) : value('SELL', quantity),
      )
    }
    return sum
  }

  #pending(instrument: string, side: Side): OpenOrder[] {
    return [...this.#open].filter(order => order.instrument === instrument && order.side === side)
  }

  #tooMany({ rateMaximum, rateWindowMs }: TradeApproved | TradeRejected, at: number): boolean {
    if (rateMaximum === null || rateWindowMs === null) return false
    const from = at - Number(rateWindowMs)
    const within = this.#approvals.filter(each => each.windowMs === rateWindowMs && each.at > from && each.at <= at)
    return within.length >= rateMaximum
  }
}

/** Value of the units, each at least at the market, without the `spared` cheapest ones; null spares none. */
function dearest(
  orders: readonly Pick<OpenOrder, 'boundPrice' | 'leaves'>[],
  spared: bigint | null,
  market: bigint,
): bigint {
  let rest = spared ?? 0n
  let sum = 0n
  for (const { boundPrice, leaves } of [...orders].sort((a, b) => (a.boundPrice < b.boundPrice ? -1 : 1))) {
    const free = leaves < rest ? leaves : rest
    rest -= free
    sum += multiply(leaves - free, larger(boundPrice, market))
  }
  return sum
}
