import { z } from '@hono/zod-openapi'
import { rateText } from '../../../processors/domain/risk/limits.ts'
import { tradingStates } from '../../../processors/domain/risk/limits-in-force.ts'
import { decimalWords } from '../../../processors/domain/shared/decimal-text.ts'
import { sessionCloseForm, timesInForce } from '../../../processors/domain/shared/time-in-force.ts'
import { fitsPrecision, parseDecimal } from '../../../topology/index.ts'
import { idField, isStorable } from '../../index.ts'

/** A decimal of a request: a string, or a whole number; at most numeric(38,18). As a bigint counting 1e-18. */
const decimalInput = z
  .union([z.string().max(60), z.int()], decimalWords)
  .transform((value, context) => {
    const scaled = parseDecimal(String(value))
    if (scaled !== undefined && fitsPrecision(scaled, 38)) return scaled
    context.addIssue({ code: 'custom', message: decimalWords })
    return z.NEVER
  })
  .openapi({ type: 'string', example: '0.01' })

const positiveInput = decimalInput.refine(value => value > 0n, 'must be above zero')

const limitInput = decimalInput.nullable().openapi({ type: ['string', 'null'], example: '1000000' })

/** Small enough for an Avro int; the rules for instruments limit it further. */
const digits = z.int().min(0).max(18)

const currency = idField.openapi({ example: 'USD' })

const sessionClose = z
  .string()
  .regex(sessionCloseForm, "must be a time of day in UTC, such as '21:00'")
  .nullable()
  .openapi({
    description: 'The time of day in UTC at which DAY orders expire; null: midnight.',
    type: ['string', 'null'],
    example: '21:00',
  })

/** The body of a registration; limits that it leaves out do not limit. */
export const instrumentBody = z
  .strictObject({
    exchange: idField.openapi({ example: 'XNAS' }),
    instrumentId: idField.openapi({ example: 'MSFT' }),
    baseCurrency: currency,
    quoteCurrency: currency,
    pricePrecision: digits,
    sizePrecision: digits,
    tickSize: decimalInput,
    lotSize: decimalInput,
    minQty: limitInput.default(null),
    maxTradeQty: limitInput.default(null),
    maxPositionQty: limitInput.default(null),
    minNotional: limitInput.default(null),
    maxNotional: limitInput.default(null),
    takerFeeRate: decimalInput.default(0n).openapi({ type: 'string', default: '0', example: '0.0005' }),
    feePrecision: digits.default(8),
    shortable: z.boolean().default(true),
    enabled: z.boolean().default(true),
    sessionClose: sessionClose.default(null),
  })
  .openapi('InstrumentRegistration')

/** The body of a change: any of the terms; those left out stay as they are. */
export const instrumentChangeBody = z
  .strictObject({
    pricePrecision: digits,
    sizePrecision: digits,
    tickSize: decimalInput,
    lotSize: decimalInput,
    minQty: limitInput,
    maxTradeQty: limitInput,
    maxPositionQty: limitInput,
    minNotional: limitInput,
    maxNotional: limitInput,
    takerFeeRate: decimalInput,
    feePrecision: digits,
    shortable: z.boolean(),
    enabled: z.boolean(),
    sessionClose,
  })
  .partial()
  .refine(change => Object.keys(change).length > 0, 'say what to change')
  .openapi('InstrumentChange', { minProperties: 1, example: { enabled: false } })

/** A signal as a bot posts it. */
export const signalBody = z
  .strictObject({
    idempotencyKey: idField.openapi({
      description: 'One decision is taken for each key of a portfolio.',
      example: 'ma-2-5:MSFT:2010-03-01',
    }),
    signalId: idField.optional().openapi({ description: 'Unset: the idempotency key.' }),
    strategyId: idField.default('api'),
    portfolioId: idField.openapi({ example: 'alpha-01' }),
    exchange: idField.openapi({ example: 'XNAS' }),
    instrumentId: idField.openapi({ example: 'MSFT' }),
    side: z.enum(['BUY', 'SELL']),
    quantity: decimalInput.openapi({ type: 'string', example: '10' }),
    orderType: z.enum(['MARKET', 'LIMIT']).default('MARKET'),
    limitPrice: limitInput.default(null).openapi({ type: ['string', 'null'], example: '28.60' }),
    referencePrice: limitInput.default(null).openapi({ type: ['string', 'null'], example: '28.67' }),
    reduceOnly: z.boolean().default(false),
    timeInForce: z
      .enum(timesInForce)
      .nullable()
      .default(null)
      .openapi({ description: 'Of a limit order; null: GTC.', type: ['string', 'null'], example: 'DAY' }),
    validUntil: z.iso
      .datetime({ offset: true })
      .transform(text => Date.parse(text))
      .refine(isStorable, 'must be of the years 1000 to 9999')
      .nullable()
      .default(null)
      .openapi({ type: ['string', 'null'], format: 'date-time' }),
  })
  .openapi('Signal')

/** The giver and the reason of an order that changes rules; both are kept. */
const orderFields = {
  actor: idField.openapi({ description: 'The person or program that gives the order.', example: 'ann' }),
  reason: z
    .string()
    .trim()
    .min(1)
    .max(1_000)
    .refine(isText, 'must be text without NUL')
    .openapi({ example: 'feed is stale' }),
}

const limitsVersionInput = z
  .string()
  .regex(/^[1-9]\d{0,17}$/, 'must be a whole number')
  .transform(BigInt)
  .optional()
  .openapi({
    type: 'string',
    description: 'The version that the rules shall have: the next one. Unset: any.',
    example: '1',
  })

/** The body of a change of a portfolio's rules: those left out stay as they are. */
export const limitsChangeBody = z
  .strictObject({
    tradingState: z.enum(tradingStates).optional(),
    exposureCap: positiveInput
      .nullable()
      .optional()
      .openapi({ type: ['string', 'null'], example: '50000' }),
    maxPositionQty: positiveInput
      .nullable()
      .optional()
      .openapi({ type: ['string', 'null'], example: '1000' }),
    lossLimit: positiveInput
      .nullable()
      .optional()
      .openapi({ type: ['string', 'null'], example: '2000' }),
    maxDrawdown: positiveInput
      .nullable()
      .optional()
      .openapi({ type: ['string', 'null'], example: '5000' }),
    maxOrderRate: rateText
      .nullable()
      .optional()
      .openapi({ type: ['string', 'null'], example: '20/1h' }),
    controlVersion: limitsVersionInput,
    ...orderFields,
  })
  .refine(
    ({ actor: _, reason: __, controlVersion: ___, ...changes }) =>
      Object.values(changes).some(value => value !== undefined),
    'say what to change',
  )
  .openapi('LimitsChange', { example: { tradingState: 'HALTED', actor: 'ann', reason: 'feed is stale' } })

/** The body of an order to close all positions. */
export const flattenBody = z.strictObject(orderFields).openapi('Flatten')

/** The body of a change of every portfolio's trading state. */
export const tradingStateBody = z
  .strictObject({ tradingState: z.enum(tradingStates), controlVersion: limitsVersionInput, ...orderFields })
  .openapi('TradingStateChange')

function isText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}
