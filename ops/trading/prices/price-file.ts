import { z } from 'zod'
import { priceEvent } from '../../../processors/domain/market/price-event.ts'
import { quoteProblems } from '../../../processors/domain/market/quote.ts'
import type { MarketPriceEvent } from '../../../schemas/trading/generated/market-price.ts'
import { fieldProblem, problemText } from '../../../topology/index.ts'
import { type BadLine, decimalText, payloadOf, readJsonLines, time } from '../json-lines.ts'

const priceLine = z.strictObject({
  exchange: z.string().min(1),
  instrumentId: z.string().min(1),
  bid: decimalText.nullable().default(null),
  ask: decimalText.nullable().default(null),
  last: decimalText.nullable().default(null),
  bidSize: decimalText.nullable().default(null),
  askSize: decimalText.nullable().default(null),
  source: z.string().min(1).default('file'),
  occurredAt: time,
})

/**
 * Reads prices from an NDJSON file: the payload of a market price with its time a line, or its whole event. Decimals are strings;
 * times are ms since the epoch or ISO 8601. A line that is no price is named with its number and reason, and does not stop the rest.
 */
export function readPriceFile(path: string): {
  readonly prices: readonly MarketPriceEvent[]
  readonly bad: readonly BadLine[]
} {
  const prices: MarketPriceEvent[] = []
  const bad: BadLine[] = []
  for (const { line, object } of readJsonLines(path, 'prices')) {
    const parsed = typeof object === 'string' ? object : parseLine(payloadOf(object))
    if (typeof parsed === 'string') bad.push({ line, reason: parsed })
    else prices.push(parsed)
  }
  return { prices, bad }
}

function parseLine(line: object): MarketPriceEvent | string {
  const parsed = priceLine.safeParse(line)
  if (!parsed.success) return parsed.error.issues.map(issue => problemText(fieldProblem(issue, line))).join('; ')
  const { occurredAt, ...price } = parsed.data
  const problems = quoteProblems(price)
  return problems.length > 0 ? problems.join('; ') : priceEvent(price, occurredAt, 'command')
}
