import { decimalOf, format } from '../shared/decimal.ts'
import { KnownTexts } from '../shared/known-texts.ts'
import type { ExecType } from '../shared/order-moves.ts'

/** A report that is under way: its effect is fixed, and it happens at its time unless the order ends before. */
export interface PendingReport {
  /** FILL of a part or of all; else the way in which the order ends. */
  readonly execType: Extract<ExecType, 'FILL' | 'EXPIRED' | 'CANCELED' | 'REJECTED'>
  /** Units: ms of event time. */
  readonly at: number
  readonly quantity: bigint
  readonly price: bigint | null
  readonly fee: bigint
}

type WireReport = readonly [PendingReport['execType'], number, string, string | null, string]

/** The reports of a row. */
export function parsePending(text: string): readonly PendingReport[] {
  return known.valueOf(text)
}

const known = new KnownTexts<readonly PendingReport[]>(text =>
  (JSON.parse(text) as readonly WireReport[]).map(([execType, at, quantity, price, fee]) => ({
    execType,
    at,
    quantity: decimalOf(quantity),
    price: price === null ? null : decimalOf(price),
    fee: decimalOf(fee),
  })),
)

/** The reports as the text of a row. */
export function formatPending(reports: readonly PendingReport[]): string {
  const text = JSON.stringify(
    reports.map(({ execType, at, quantity, price, fee }): WireReport => {
      return [execType, at, format(quantity), price === null ? null : format(price), format(fee)]
    }),
  )
  known.note(text, reports)
  return text
}

/** Units that the fills under way have taken. */
export function pendingUnits(reports: readonly PendingReport[]): bigint {
  return reports.reduce((sum, report) => sum + report.quantity, 0n)
}

/** The report with which an order ends at a time, without a fill. */
export function ending(execType: PendingReport['execType'], at: number): PendingReport {
  return { execType, at, quantity: 0n, price: null, fee: 0n }
}
