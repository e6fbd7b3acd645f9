import type { PortfolioRow } from '../../../schemas/trading/generated/portfolio-row.ts'
import { KnownTexts } from '../shared/known-texts.ts'
import type { OrderReport, QuarantineReason } from './order-fold.ts'
import { noTotals } from './portfolio-totals.ts'

/** A report in the fold of its order, with the verdict on it. */
export interface JudgedReport extends OrderReport {
  readonly verdict: QuarantineReason | null
}

/** The books of a portfolio before its first report. */
export function newPortfolioRow(portfolioId: string): PortfolioRow {
  return {
    portfolioId,
    version: 0n,
    throughExecSeq: 0n,
    lastExecSeq: 0n,
    provisional: false,
    stateHash: '0'.repeat(64),
    asOf: null,
    markedAt: null,
    publishedMarkAt: null,
    publishedGross: null,
    publishedNet: null,
    ...noTotals,
  }
}

/** The reports of an order row. */
export function parseReports(text: string): readonly JudgedReport[] {
  return known.valueOf(text)
}

const known = new KnownTexts<readonly JudgedReport[]>(text => {
  const list = JSON.parse(text) as readonly WireReport[]
  return list.map(([execSeq, fillSeq, execType, orderQty, lastQty, hasPrice, isTerminal, verdict, limitPrice]) => ({
    execSeq: BigInt(execSeq),
    fillSeq,
    execType,
    orderQty: BigInt(orderQty),
    lastQty: BigInt(lastQty),
    hasPrice,
    isTerminal,
    limitPrice: limitPrice === undefined ? null : BigInt(limitPrice),
    verdict,
  }))
})

/** The reports as the text of an order row. */
export function formatReports(reports: readonly JudgedReport[]): string {
  const list = reports.map((report): WireReport => {
    const { execSeq, fillSeq, execType, orderQty, lastQty, hasPrice, isTerminal, verdict, limitPrice } = report
    const wire: WireReport = [
      `${execSeq}`,
      fillSeq,
      execType,
      `${orderQty}`,
      `${lastQty}`,
      hasPrice,
      isTerminal,
      verdict,
    ]
    if (limitPrice !== null) wire.push(`${limitPrice}`)
    return wire
  })
  const text = JSON.stringify(list)
  known.note(text, reports)
  return text
}

/** Replacements alone have the last one, their limit. */
type WireReport = [string, number, string, string, string, boolean, boolean, QuarantineReason | null, string?]
