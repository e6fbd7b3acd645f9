import { z } from '@hono/zod-openapi'
import type { InstrumentRegistered } from '../../../schemas/trading/generated/instrument-registered.ts'
import { decimalField, decimalText, longField } from '../../index.ts'

/** An instrument as the API shows it. */
export const instrumentView = z
  .object({
    exchange: z.string().openapi({ example: 'XNAS' }),
    instrumentId: z.string().openapi({ example: 'MSFT' }),
    instrumentVersion: longField,
    baseCurrency: z.string().openapi({ example: 'MSFT' }),
    quoteCurrency: z.string().openapi({ example: 'USD' }),
    pricePrecision: z.int(),
    sizePrecision: z.int(),
    tickSize: decimalField,
    lotSize: decimalField,
    minQty: decimalField.nullable(),
    maxTradeQty: decimalField.nullable(),
    maxPositionQty: decimalField.nullable(),
    minNotional: decimalField.nullable(),
    maxNotional: decimalField.nullable(),
    takerFeeRate: decimalField,
    feePrecision: z.int(),
    shortable: z.boolean(),
    enabled: z.boolean(),
  })
  .openapi('Instrument')

/** The view of a version. */
export function viewInstrument(of: InstrumentRegistered): z.input<typeof instrumentView> {
  return {
    exchange: of.exchange,
    instrumentId: of.instrumentId,
    instrumentVersion: of.instrumentVersion.toString(),
    baseCurrency: of.baseCurrency,
    quoteCurrency: of.quoteCurrency,
    pricePrecision: of.pricePrecision,
    sizePrecision: of.sizePrecision,
    tickSize: decimalText(of.tickSize),
    lotSize: decimalText(of.lotSize),
    minQty: decimalText(of.minQty),
    maxTradeQty: decimalText(of.maxTradeQty),
    maxPositionQty: decimalText(of.maxPositionQty),
    minNotional: decimalText(of.minNotional),
    maxNotional: decimalText(of.maxNotional),
    takerFeeRate: decimalText(of.takerFeeRate),
    feePrecision: of.feePrecision,
    shortable: of.shortable,
    enabled: of.enabled,
  }
}
