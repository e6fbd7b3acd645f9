import type { PortfolioControl, PortfolioControlEvent } from '../../../schemas/trading/generated/portfolio-control.ts'
import { controlIdOf } from '../shared/ids.ts'
import { portfolioKey } from '../shared/keys.ts'

/** The scope of a rule for every portfolio. No key of a portfolio is like it: those have no ':'. */
export const everyPortfolio = '*:all'

/**
 * The keys of a record for every portfolio: one for each of the six partitions of `portfolio.controls`, in their order, so that
 * every task of portfolio-risk is told by an ordinary producer. A test proves where they go.
 */
export const everyPartitionKeys = ['*:1', '*:13', '*:0', '*:18', '*:4', '*:2'] as const

/** The portfolio that a rule is for, as a key of stores. */
export function scopeOf(portfolioId: string | null): string {
  return portfolioId === null ? everyPortfolio : portfolioKey(portfolioId)
}

/**
 * The events that put rules in force: one for a portfolio, one for each partition for every portfolio. The same rules give the same
 * events. Units of `occurredAt`: ms.
 */
export function controlEvents(
  payload: PortfolioControl,
  occurredAt: number,
  producer: string,
): readonly PortfolioControlEvent[] {
  const correlationId = controlIdOf(scopeOf(payload.portfolioId), payload.controlVersion)
  const keys = payload.portfolioId === null ? everyPartitionKeys : [portfolioKey(payload.portfolioId)]
  return keys.map(key => ({
    eventId: controlIdOf(key, payload.controlVersion),
    eventType: 'PortfolioControl',
    schemaVersion: 1,
    occurredAt,
    producer,
    key,
    correlationId,
    payload,
  }))
}
