import { z } from '@hono/zod-openapi'
import { rateText } from '../../../processors/domain/risk/limits.ts'
import { tradingStates } from '../../../processors/domain/risk/limits-in-force.ts'
import { decimalWords } from '../../../processors/domain/shared/decimal-text.ts'
import { idForm, idText, longestId } from '../../../processors/domain/shared/id-form.ts'
import { sessionCloseForm, timesInForce } from '../../../processors/domain/shared/time-in-force.ts'
import { parseDecimal } from '../../../topology/index.ts'
import { timeInput, timeInputForm } from '../../index.ts'

/** The kinds of decimals of requests: the forms of their texts, and their least whole number. All fit into numeric(38,18). */
const decimalKinds = {
  any: { form: /^-?0*[0-9]{1,20}(\.[0-9]{1,18}0*)?$/, minimum: Number.MIN_SAFE_INTEGER, words: decimalWords },
  notNegative: { form: /^0*[0-9]{1,20}(\.[0-9]{1,18}0*)?$/, minimum: 0, words: `${decimalWords}, and not negative` },
  positive: {
    form: /^(0*[1-9][0-9]{0,19}(\.[0-9]{1,18}0*)?|0+\.[0-9]{0,17}[1-9]0*)$/,
    minimum: 1,
    words: `${decimalWords}, above zero`,
  },
} as const

/** A decimal of a request: a string, or a whole number. As a bigint counting 1e-18. */
function decimalInput(kind: keyof typeof decimalKinds, example: string) {
  const { form, minimum, words } = decimalKinds[kind]
  return z
    .union([z.string().max(60, words).regex(form, words), z.int(words).min(minimum, words)], words)
    .transform(value => parseDecimal(String(value)) ?? 0n)
    .openapi({ ...decimalForm(kind), example })
}

/** The same, or null for none. */
function limitInput(kind: keyof typeof decimalKinds, example: string) {
  return decimalInput(kind, example)
    .nullable()
    .openapi({ ...decimalForm(kind), type: ['string', 'integer', 'null'], example })
}

function decimalForm(kind: keyof typeof decimalKinds) {
  const { form, minimum } = decimalKinds[kind]
  const type: ('string' | 'integer' | 'null')[] = ['string', 'integer']
  const bounds = { maxLength: 60, pattern: form.source, minimum, maximum: Number.MAX_SAFE_INTEGER }
  return { type, description: 'A decimal as text, or a whole number.', ...bounds }
}

/** Small enough for an Avro int; the rules for instruments limit it further. */
const digits = z.int().min(0).max(18)

/** An id that a request brings into the pipeline: it becomes a part of paths. */
const newId = z.pipe(z.string(), idText).openapi({ minLength: 1, maxLength: longestId, pattern: idForm.source })

const currency = newId.openapi({ example: 'USD' })

const sessionClose = z
  .string()
  .regex(sessionCloseForm, "must be a time of day in UTC, such as '21:00'")
  .nullable()
  .openapi({
    description: 'The time of day in UTC at which DAY orders expire; null: midnight.',
    type: ['string', 'null'],
    pattern: sessionCloseForm.source,
    example: '21:00',
  })

const feeRate = decimalInput('notNegative', '0.0005')

/** The limits of an instrument; null: none. */
function limitsOf<F extends z.ZodType>(field: (limit: ReturnType<typeof limitInput>) => F) {
  const limit = field(limitInput('notNegative', '1000000'))
  return { minQty: limit, maxTradeQty: limit, maxPositionQty: limit, minNotional: limit, maxNotional: limit }
}

/** The body of a registration; limits that it leaves out do not limit. */
export const instrumentBody = z
  .strictObject({
    exchange: newId.openapi({ example: 'XNAS' }),
    instrumentId: newId.openapi({ example: 'MSFT' }),
    baseCurrency: currency,
    quoteCurrency: currency,
    pricePrecision: digits,
    sizePrecision: digits,
    tickSize: decimalInput('positive', '0.01'),
    lotSize: decimalInput('positive', '1'),
    ...limitsOf(field => field.default(null)),
    takerFeeRate: feeRate.default(0n).openapi({ ...decimalForm('notNegative'), default: '0', example: '0.0005' }),
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
    tickSize: decimalInput('positive', '0.01'),
    lotSize: decimalInput('positive', '1'),
    ...limitsOf(field => field),
    takerFeeRate: feeRate,
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
    idempotencyKey: newId.openapi({
      description: 'One decision is taken for each key of a portfolio.',
      example: 'ma-2-5:MSFT:2010-03-01',
    }),
    signalId: newId.optional().openapi({ description: 'Unset: the idempotency key.' }),
    strategyId: newId.default('api'),
    portfolioId: newId.openapi({ example: 'alpha-01' }),
    exchange: newId.openapi({ example: 'XNAS' }),
    instrumentId: newId.openapi({ example: 'MSFT' }),
    side: z.enum(['BUY', 'SELL']),
    quantity: decimalInput('any', '10'),
    orderType: z.enum(['MARKET', 'LIMIT']).default('MARKET'),
    limitPrice: limitInput('any', '28.60').default(null),
    referencePrice: limitInput('any', '28.67').default(null),
    reduceOnly: z.boolean().default(false),
    timeInForce: z
      .enum(timesInForce)
      .nullable()
      .default(null)
      .openapi({
        description: 'Of a limit order; null: GTC.',
        type: ['string', 'null'],
        enum: [...timesInForce, null],
        example: 'DAY',
      }),
    validUntil: timeInput
      .nullable()
      .default(null)
      .openapi({ type: ['string', 'null'], ...timeInputForm, example: '2010-03-02T21:00:00Z' }),
  })
  .openapi('Signal')

/** The prices that a quote may have; at least one of them. */
const quoted = {
  bid: limitInput('positive', '28.66').default(null),
  ask: limitInput('positive', '28.68').default(null),
  last: limitInput('positive', '28.67').default(null),
}

/** A market price as a feed posts it: at least one of bid, ask and last. */
export const priceBody = z
  .strictObject({
    exchange: newId.openapi({ example: 'XNAS' }),
    instrumentId: newId.openapi({ example: 'MSFT' }),
    ...quoted,
    bidSize: limitInput('notNegative', '400').default(null),
    askSize: limitInput('notNegative', '400').default(null),
    source: newId.default('api'),
    occurredAt: timeInput.openapi({ type: 'string', ...timeInputForm, example: '2010-03-02T15:00:00Z' }),
  })
  .refine(({ bid, ask, last }) => bid !== null || ask !== null || last !== null, 'must have bid, ask or last')
  .openapi('Price', {
    ...someOf(quoted, ['string', 'integer']),
    example: { exchange: 'XNAS', instrumentId: 'MSFT', last: '28.67', occurredAt: '2010-03-02T15:00:00Z' },
  })

const control = '\\u0000-\\u001f'

/** Text without control characters, with at least one character that is seen. */
const reasonForm = new RegExp(
  `^[^${control}]*[^${control}\\u0020\\u007f-\\u00a0\\u1680\\u2000-\\u200f\\u2028-\\u202f\\u205f\\u3000\\ufeff][^${control}]*$`,
)

/** The giver and the reason of an order that changes rules; both are kept. */
const orderFields = {
  actor: newId.openapi({ description: 'The person or program that gives the order.', example: 'ann' }),
  reason: z
    .string()
    .refine(text => [...text].length <= 1_000, 'may have 1000 characters')
    .refine(text => reasonForm.test(text) && text.isWellFormed(), 'must say something, without control characters')
    .transform(text => text.trim())
    .openapi({ type: 'string', minLength: 1, maxLength: 1_000, pattern: reasonForm.source, example: 'feed is stale' }),
}

const limitsVersionInput = z
  .string()
  .regex(/^[1-9][0-9]{0,17}$/, 'must be a whole number')
  .transform(BigInt)
  .optional()
  .openapi({
    type: 'string',
    pattern: '^[1-9][0-9]{0,17}$',
    description: 'The version that the rules shall have: the next one. Unset: any.',
    example: '1',
  })

/** Approvals in a window of at most 24 days. */
const rateForm = new RegExp(
  `^[1-9][0-9]{0,8}/(${[
    '([1-9][0-9]{0,8}|1[0-9]{9}|20[0-9]{8})ms',
    '([1-9][0-9]{0,5}|1[0-9]{6}|20[0-9]{5})s',
    '([1-9][0-9]{0,3}|[12][0-9]{4}|3[0-4][0-9]{3})m',
    '([1-9][0-9]?|[1-4][0-9]{2}|5[0-8][0-9])h',
    '([1-9]|1[0-9]|2[0-4])d',
  ].join('|')})$`,
)

/** The rules that a change may set; at least one of them. */
const changedRules = {
  tradingState: z.enum(tradingStates).optional(),
  exposureCap: limitInput('positive', '50000').optional(),
  maxPositionQty: limitInput('positive', '1000').optional(),
  lossLimit: limitInput('positive', '2000').optional(),
  maxDrawdown: limitInput('positive', '5000').optional(),
  maxOrderRate: z
    .string()
    .regex(rateForm, "write a rate as '100/1s', with a window of 24 days at most")
    .pipe(rateText)
    .nullable()
    .optional()
    .openapi({ type: ['string', 'null'], pattern: rateForm.source, example: '20/1h' }),
}

/** The body of a change of a portfolio's rules: those left out stay as they are. */
export const limitsChangeBody = z
  .strictObject({ ...changedRules, controlVersion: limitsVersionInput, ...orderFields })
  .refine(body => hasSome(body, changedRules), 'say what to change')
  .openapi('LimitsChange', {
    ...someOf(changedRules, ['string', 'integer', 'null']),
    example: { tradingState: 'HALTED', actor: 'ann', reason: 'feed is stale' },
  })

/** Whether a body has at least one of these fields. */
function hasSome(body: object, fields: object): boolean {
  const given: Readonly<Record<string, unknown>> = { ...body }
  return Object.keys(fields).some(name => given[name] !== undefined)
}

/**
 * The same in JSON schema. `type`: the types that count. It stands in an `allOf`: of an `anyOf` beside properties, generators of clients
 * make a type without those properties.
 */
function someOf(fields: object, type: ('string' | 'integer' | 'null')[]) {
  return {
    allOf: [{ anyOf: Object.keys(fields).map(name => ({ required: [name], properties: { [name]: { type } } })) }],
  }
}

/** The id of a command to an order, with the giver and the reason. */
const commandFields = {
  commandId: newId.openapi({ description: 'One command is taken for each id of a portfolio.', example: 'cancel-1' }),
  ...orderFields,
}

/** The body of a cancel. */
export const cancelBody = z.strictObject(commandFields).openapi('OrderCancel')

/** The terms that a replacement may change; at least one of them. */
const replacedTerms = {
  quantity: limitInput('positive', '5').default(null),
  limitPrice: limitInput('positive', '28.50').default(null),
}

/** The body of a replacement: terms that are left out stay as they are. */
export const replaceBody = z
  .strictObject({ ...replacedTerms, ...commandFields })
  .refine(({ quantity, limitPrice }) => quantity !== null || limitPrice !== null, 'say what to change')
  .openapi('OrderReplace', {
    ...someOf(replacedTerms, ['string', 'integer']),
    example: { limitPrice: '28.50', commandId: 'replace-1', actor: 'ann', reason: 'market moved' },
  })

/** The body of an order to close all positions. */
export const flattenBody = z.strictObject(orderFields).openapi('Flatten')

/** The body of a change of every portfolio's trading state. */
export const tradingStateBody = z
  .strictObject({ tradingState: z.enum(tradingStates), controlVersion: limitsVersionInput, ...orderFields })
  .openapi('TradingStateChange')
