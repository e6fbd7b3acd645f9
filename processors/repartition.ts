import type { PortfolioSignalEvent } from '../schemas/trading/generated/portfolio-signal.ts'
import { portfolioKey } from './domain/shared/keys.ts'

/** The key of a checked signal from here on: its portfolio's. For the declared `repartition`. */
export function byPortfolio(record: { readonly value: PortfolioSignalEvent }): string {
  return portfolioKey(record.value.payload.portfolioId)
}
