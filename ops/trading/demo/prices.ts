import { readFileSync } from 'node:fs'
import { priceEvent } from '../../../processors/domain/market/price-event.ts'
import type { MarketPriceEvent } from '../../../schemas/trading/generated/market-price.ts'
import { parseDecimal } from '../../../topology/index.ts'

/** A real price. Units: `at` in ms since the epoch, `price` scaled 1e18, rounded to cents. */
export interface Price {
  readonly instrumentId: string
  readonly at: number
  readonly price: bigint
}

const exchanges: Readonly<Record<string, string>> = {
  MSFT: 'XNAS',
  AMZN: 'XNAS',
  GOOG: 'XNAS',
  AAPL: 'XNAS',
  IBM: 'XNYS',
  SP500: 'XCBO',
}

/** The exchange at which the demo trades an instrument. */
export function exchangeOf(instrumentId: string): string {
  return exchanges[instrumentId] ?? ''
}

/** The event by which the market has a price: that of its last trade. */
export function marketPriceOf({ instrumentId, at, price }: Price): MarketPriceEvent {
  const sides = { bid: null, ask: null, last: price, bidSize: null, askSize: null }
  return priceEvent({ exchange: exchangeOf(instrumentId), instrumentId, ...sides, source: 'demo' }, at, 'demo')
}

/** Days between two prices taken of the daily index, so that it keeps step with the monthly stocks. */
const indexStrideDays = 21

/** The prices of `data/`, oldest first: five stocks by month, and the S&P 500 as SP500 by trading month. */
export function readPrices(): readonly Price[] {
  const stocks = rows('stocks-monthly.csv').map(([symbol, date, price]) => priceOf(symbol!, `${date} UTC`, price!))
  const index = rows('sp500-daily.csv')
    .filter((_, row) => row % indexStrideDays === 0)
    .map(([date, , , , close]) => priceOf('SP500', `${date}T00:00:00Z`, close!))
  const end = Math.max(...stocks.map(price => price.at))
  return [...stocks, ...index.filter(price => price.at <= end)].sort(
    (a, b) => a.at - b.at || (a.instrumentId < b.instrumentId ? -1 : 1),
  )
}

function rows(file: string): readonly (readonly string[])[] {
  const text = readFileSync(new URL(`./data/${file}`, import.meta.url), 'utf8')
  const [, ...lines] = text.trim().split('\n')
  return lines.map(line => line.split(','))
}

function priceOf(instrumentId: string, date: string, price: string): Price {
  return { instrumentId, at: Date.parse(date), price: parseDecimal(Number(price).toFixed(2))! }
}
