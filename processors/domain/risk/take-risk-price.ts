import type { PortfolioPriceEvent } from '../../../schemas/trading/generated/portfolio-price.ts'
import { type Awaitable, chain, together } from '../../../topology/index.ts'
import { middlePrice } from '../market/quote.ts'
import { instrumentKey } from '../shared/keys.ts'
import { everyPortfolio, scopeOf } from './control-event.ts'
import { type InstrumentLedger, markLedger } from './ledger.ts'
import type { Limits } from './limits.ts'
import { limitsInForce } from './limits-in-force.ts'
import { countLosses } from './losses.ts'
import { exchangeLedger, ledgerOf, ledgerRow, newRiskPortfolio } from './risk-state.ts'
import type { RiskStores } from './risk-stores.ts'

/**
 * Marks a portfolio's position at a price that it is told: exposure, profit and loss follow the market between own trades. A price
 * that is not newer than the known one changes nothing, nor does one for an unknown portfolio.
 */
export function takeRiskPrice(stores: RiskStores, event: PortfolioPriceEvent, limits: Limits): Awaitable<void> {
  const { portfolioId, exchange, instrumentId } = event.payload
  const price = middlePrice(event.payload)
  if (price === null) return
  const key = instrumentKey(exchange, instrumentId)
  const rows = together([
    stores.controls.get(scopeOf(portfolioId)),
    stores.controls.get(everyPortfolio),
    stores.portfolios.get(portfolioId),
    stores.ledgers.get([portfolioId, key]),
  ])
  return chain(rows, ([own, every, before = newRiskPortfolio(portfolioId), known]) => {
    const { portfolio: rules } = limitsInForce(limits, portfolioId, own, every)
    if (rules === undefined || !isNewer(ledgerOf(known), event.occurredAt)) return
    const ledger = ledgerRow(portfolioId, key, markLedger(ledgerOf(known), price, event.occurredAt))
    const after = exchangeLedger({ ...before, priceSeq: before.priceSeq + 1n }, known, ledger)
    stores.ledgers.put([portfolioId, key], ledger)
    stores.portfolios.put(portfolioId, countLosses(before, after, rules, event.occurredAt))
  })
}

/** Whether a price of a time is newer than the mark. Units: ms. */
export function isNewer({ mark }: InstrumentLedger, at: number): boolean {
  return mark === null || mark.at < at
}
