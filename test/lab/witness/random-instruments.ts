import type { InstrumentRegistered } from '../../../schemas/trading/generated/instrument-registered.ts'
import { parseDecimal } from '../../../topology/index.ts'

const whole = {
  exchange: 'XT',
  quoteCurrency: 'USD',
  pricePrecision: 2,
  sizePrecision: 1,
  tickSize: decimal('0.05'),
  lotSize: decimal('0.5'),
  minQty: decimal('1'),
  maxTradeQty: decimal('100'),
  maxPositionQty: decimal('150'),
  minNotional: decimal('50'),
  maxNotional: decimal('9000'),
  takerFeeRate: decimal('0.00075'),
  feePrecision: 4,
  shortable: true,
  enabled: true,
  instrumentVersion: 1n,
  sessionClose: null,
} as const

/** Instruments of a random run: of every profile, digits and lots, without limits, one that is disabled, one that is not shortable. */
export const randomInstruments: readonly InstrumentRegistered[] = [
  { ...whole, instrumentId: 'full', baseCurrency: 'A' },
  { ...whole, instrumentId: 'split', baseCurrency: 'B', maxPositionQty: null },
  { ...whole, instrumentId: 'part', baseCurrency: 'C', shortable: false },
  { ...whole, instrumentId: 'never', baseCurrency: 'D' },
  {
    ...whole,
    instrumentId: 'a:b',
    baseCurrency: 'E',
    takerFeeRate: decimal('0.0012345'),
    feePrecision: 2,
    shortable: false,
  },
  { ...whole, instrumentId: 'off', baseCurrency: 'F', enabled: false },
  {
    ...whole,
    instrumentId: 'fine',
    baseCurrency: 'G',
    pricePrecision: 8,
    sizePrecision: 8,
    tickSize: decimal('0.00000001'),
    lotSize: decimal('0.00000001'),
    minQty: null,
    maxTradeQty: null,
    minNotional: null,
    maxNotional: null,
    feePrecision: 8,
  },
]

/** A decimal as it counts 1e-18. */
export function decimal(text: string): bigint {
  return parseDecimal(text)!
}
