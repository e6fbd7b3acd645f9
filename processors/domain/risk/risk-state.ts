import { RiskLedger } from '../../../schemas/trading/generated/risk-ledger.ts'
import type { RiskPortfolio } from '../../../schemas/trading/generated/risk-portfolio.ts'
import { pickFields } from '../../../topology/index.ts'
import { booksOf } from '../books/books.ts'
import { decimalOf, format } from '../shared/decimal.ts'
import { KnownTexts } from '../shared/known-texts.ts'
import { emptyLedger, exposureOf, type InstrumentLedger, pnlOf, reservedOf } from './ledger.ts'
import type { PriceLevels } from './price-levels.ts'

/** A portfolio before its first decision. */
export function newRiskPortfolio(portfolioId: string): RiskPortfolio {
  return {
    portfolioId,
    riskSeq: 0n,
    feedbackExecSeq: 0n,
    bufferedReports: 0,
    exposure: 0n,
    reserved: 0n,
    openOrders: 0,
    exposureCap: null,
    limitsVersion: 0,
    currency: null,
    priceSeq: 0n,
    pnl: null,
    lossDay: null,
    dayStartPnl: null,
    peakPnl: null,
    haltedBy: null,
    newestSignalAt: null,
  }
}

/** The ledger as the domain computes with it. */
export function ledgerOf(row: RiskLedger | undefined): InstrumentLedger {
  if (row === undefined) return emptyLedger
  const { pendingBuys, pendingSells, lastPrice, markPrice, markedAt } = row
  const mark = markPrice === null || markedAt === null ? null : { price: markPrice, at: markedAt }
  return { books: booksOf(row), buys: parseLevels(pendingBuys), sells: parseLevels(pendingSells), lastPrice, mark }
}

/** The row of a ledger. */
export function ledgerRow(portfolioId: string, instrumentKey: string, ledger: InstrumentLedger): RiskLedger {
  return pickFields(RiskLedger, ledger.books, {
    portfolioId,
    instrumentKey,
    pendingBuys: formatLevels(ledger.buys),
    pendingSells: formatLevels(ledger.sells),
    exposure: exposureOf(ledger),
    reserved: reservedOf(ledger),
    lastPrice: ledger.lastPrice,
    markPrice: ledger.mark?.price ?? null,
    markedAt: ledger.mark?.at ?? null,
  })
}

/** The portfolio after one of its ledgers changed. */
export function exchangeLedger(
  portfolio: RiskPortfolio,
  before: RiskLedger | undefined,
  after: RiskLedger,
): RiskPortfolio {
  return {
    ...portfolio,
    exposure: portfolio.exposure - (before?.exposure ?? 0n) + after.exposure,
    reserved: portfolio.reserved - (before?.reserved ?? 0n) + after.reserved,
    pnl: (portfolio.pnl ?? 0n) - (before ? rowPnl(before) : 0n) + rowPnl(after),
  }
}

/** Without levels: they take no part in it. */
function rowPnl(row: RiskLedger): bigint {
  const { markPrice, markedAt } = row
  const mark = markPrice === null || markedAt === null ? null : { price: markPrice, at: markedAt }
  return pnlOf({ books: row, mark })
}

/** Shape: `'30@101.5 20@100'`; empty for none. */
export function formatLevels(levels: PriceLevels): string {
  let text = ''
  for (const { leaves, boundPrice } of levels)
    text += `${text === '' ? '' : ' '}${format(leaves)}@${format(boundPrice)}`
  known.note(text, levels)
  return text
}

/** The levels of such a text. */
export function parseLevels(text: string): PriceLevels {
  return text === '' ? noLevels : known.valueOf(text)
}

const noLevels: PriceLevels = []

const known = new KnownTexts<PriceLevels>(text =>
  text.split(' ').map(level => {
    const [leaves = '', boundPrice = ''] = level.split('@')
    return { boundPrice: decimalOf(boundPrice), leaves: decimalOf(leaves) }
  }),
)
