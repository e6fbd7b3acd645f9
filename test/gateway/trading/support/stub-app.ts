import type { StoreReads } from '../../../../gateway/reads/store-reads.ts'
import { tradingExtension } from '../../../../gateway/trading/extension.ts'
import type { TradingReads } from '../../../../gateway/trading/reads/trading-reads.ts'
import { type Stubs, stubApp } from '../../support/stub-app.ts'
import { stubReads } from './stub-reads.ts'

/** The gateway's routes with those of the trading application, over stubs. */
export function stubTrading(
  more: Omit<Stubs, 'reads' | 'extension'> & { readonly reads?: Partial<StoreReads & TradingReads> } = {},
) {
  const { reads = {}, ...others } = more
  return stubApp({ ...others, reads, extension: tradingExtension(() => stubReads(reads)) })
}
