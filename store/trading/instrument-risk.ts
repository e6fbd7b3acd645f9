import { InstrumentRow } from '../../schemas/trading/generated/instrument-row.ts'
import { MarketInterestRow } from '../../schemas/trading/generated/market-interest-row.ts'
import { MarketPriceRow } from '../../schemas/trading/generated/market-price-row.ts'
import { columnsOf, store } from '../../topology/index.ts'

/** The instruments, each in its newest version. */
export const instruments = store.table('instruments', columnsOf(InstrumentRow), {
  key: ['instrumentKey'],
  value: InstrumentRow,
})

/** The newest price of each instrument. */
export const instrumentPrices = store.table('instrument_prices', columnsOf(MarketPriceRow), {
  key: ['instrumentKey'],
  value: MarketPriceRow,
})

/** The portfolios that have asked to trade an instrument: they are told its prices. */
export const marketInterests = store.table('market_interests', columnsOf(MarketInterestRow), {
  key: ['instrumentKey', 'portfolioId'],
  value: MarketInterestRow,
})
