import * as assert from 'uvu/assert'
import { flat } from '../../../../processors/domain/books/books.ts'
import { checkInstrument, type TradeRequest } from '../../../../processors/domain/risk/instrument-checks.ts'
import { emptyLedger } from '../../../../processors/domain/risk/ledger.ts'
import type { PortfolioLimits } from '../../../../processors/domain/risk/limits.ts'
import type { LossHalt } from '../../../../processors/domain/risk/losses.ts'
import { checkPortfolio, type PricedRequest } from '../../../../processors/domain/risk/portfolio-checks.ts'
import { instrumentReasonCodes, portfolioReasonCodes } from '../../../../processors/domain/risk/refusal.ts'
import { decimalOf } from '../../../../processors/domain/shared/decimal.ts'
import { suite } from '../../../support/suite.ts'
import { instrument } from '../../support/arbitraries.ts'

// A request that fails many checks is fixed one fault at a time: the reasons must come in the order of trading.md.

suite('Order of the checks', test => {
  test('instrument stage', () => {
    const terms = {
      ...instrument('a', { enabled: false }),
      minQty: decimalOf('5'),
      maxTradeQty: decimalOf('50'),
      minNotional: decimalOf('100'),
      maxNotional: decimalOf('2000'),
    }
    let request: TradeRequest = {
      side: 'BUY',
      quantity: 0n,
      orderType: 'MARKET',
      limitPrice: decimalOf('10'),
      referencePrice: null,
      reduceOnly: false,
      validUntil: 10,
      timeInForce: 'NEVER',
    }
    let known: typeof terms | null = null
    let cap = decimalOf('1000')
    const seen: (string | undefined)[] = []
    const look = () => {
      const limits = { version: 1, slippageTicks: 0, maxNotionalPerOrder: cap, priceBand: decimalOf('1.1') }
      const market = { bid: null, ask: null, last: decimalOf('50'), at: 5 }
      seen.push(checkInstrument(request, 10, known, limits, market).refusal?.reasonCode)
    }
    const fix = (changes: Partial<TradeRequest>) => {
      request = { ...request, ...changes }
      look()
    }
    look()
    known = terms
    look()
    known = { ...terms, enabled: true }
    look()
    fix({ validUntil: 11 })
    for (const quantity of ['1.25', '1.2', '1', '51', '20']) fix({ quantity: decimalOf(quantity) })
    fix({ limitPrice: null })
    fix({ timeInForce: null })
    for (const price of ['0', '1.001', '1.01', '200', '1', '101', '51']) fix({ referencePrice: decimalOf(price) })
    cap = decimalOf('1020')
    look()
    assert.equal(seen, [...instrumentReasonCodes, undefined])
  })

  test('portfolio stage', () => {
    let limits: PortfolioLimits | undefined
    let request: PricedRequest = {
      side: 'SELL',
      quantity: decimalOf('20'),
      reduceOnly: true,
      boundPrice: decimalOf('10'),
      quoteCurrency: 'EUR',
      shortable: false,
      maxPositionQty: decimalOf('5'),
    }
    const ledger = { ...emptyLedger, books: { ...flat, quantity: decimalOf('10'), cost: decimalOf('50') } }
    const standing = { ledger, exposure: decimalOf('50'), recentApprovals: 1 }
    let halt: LossHalt | null = 'LOSS_LIMIT'
    const seen: (string | undefined)[] = []
    const look = () => {
      const halted = halt && { by: halt, observed: 1n }
      seen.push(checkPortfolio(request, limits, { ...standing, halt: halted }).refusal?.reasonCode)
    }
    const fix = (changes: Partial<PricedRequest>) => {
      request = { ...request, ...changes }
      look()
    }
    const allow = (changes: Partial<PortfolioLimits>) => {
      limits = { ...limits!, ...changes }
      look()
    }
    look()
    const exposureCap = decimalOf('60')
    limits = {
      currency: 'USD',
      exposureCap,
      tradingState: 'HALTED',
      maxPositionQty: null,
      rate: { maximum: 1, windowMs: 1 },
      lossLimit: null,
      maxDrawdown: null,
    }
    look()
    allow({ tradingState: 'REDUCING' })
    halt = 'MAX_DRAWDOWN'
    look()
    halt = null
    look()
    fix({ quoteCurrency: 'USD' })
    fix({ reduceOnly: false })
    allow({ tradingState: 'ACTIVE' })
    fix({ shortable: true })
    fix({ maxPositionQty: decimalOf('10') })
    allow({ exposureCap: decimalOf('100') })
    allow({ rate: { maximum: 2, windowMs: 1 } })
    // Those of time come before the state is looked at: see signal-time.test.ts.
    const ofState = portfolioReasonCodes.filter(code => code !== 'SIGNAL_FROM_FUTURE' && code !== 'SIGNAL_TOO_OLD')
    assert.equal(seen, [...ofState, undefined])
  })

  test('a refusal says the limit and what was seen', () => {
    const verdict = checkInstrument(
      {
        side: 'BUY',
        quantity: decimalOf('51'),
        orderType: 'MARKET',
        limitPrice: null,
        referencePrice: decimalOf('1'),
        reduceOnly: false,
        validUntil: null,
        timeInForce: null,
      },
      0,
      instrument('a', { maxTradeQty: decimalOf('50.5') }),
      { version: 1, slippageTicks: 0, maxNotionalPerOrder: null, priceBand: null },
    )
    assert.equal(verdict.refusal?.details, { limit: '50.5', observed: '51' })
  })
})
