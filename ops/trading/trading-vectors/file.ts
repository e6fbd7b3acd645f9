import { z } from 'zod'
import { parseDecimal, TopologyError } from '../../../topology/index.ts'
import { messageOf } from '../../commands.ts'

/** A decimal: text (which may have an exponent) or a number, as a bigint counting 1e-18. */
const decimal = z.union([z.string(), z.number()]).transform((value, context) => {
  const parsed = parseDecimal(withoutExponent(String(value).trim()))
  if (parsed !== undefined) return parsed
  context.addIssue({ code: 'custom', message: `'${value}' is no decimal of at most 18 digits after the point` })
  return z.NEVER
})

const side = z
  .string()
  .transform(text => text.toUpperCase())
  .pipe(z.enum(['BUY', 'SELL']))
const time = z.union([
  z.int(),
  z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number),
])

const positionCase = z.object({
  name: z.string(),
  fills: z.array(z.object({ side, qty: decimal, price: decimal, fee: decimal.nullish() })),
  expectedSteps: z.array(
    z.object({
      signedQty: decimal.optional(),
      costBasis: decimal.optional(),
      avgOpenPrice: decimal.nullable().optional(),
      realisedPnl: decimal.optional(),
      fees: decimal.optional(),
    }),
  ),
})

const instrument = z.object({
  quoteCurrency: z.string().nullish(),
  pricePrecision: z.int().nullish(),
  sizePrecision: z.int().nullish(),
  tickSize: decimal.nullish(),
  lotSize: decimal.nullish(),
  minQty: decimal.nullish(),
  maxTradeQty: decimal.nullish(),
  maxPositionQty: decimal.nullish(),
  minNotional: decimal.nullish(),
  maxNotional: decimal.nullish(),
  takerFeeRate: decimal.nullish(),
  shortable: z.boolean().nullish(),
  enabled: z.boolean().nullish(),
})

const riskCase = z.object({
  name: z.string(),
  instrument: instrument.nullable().prefault({}),
  limits: z
    .object({
      exposureCap: decimal.nullish(),
      maxPositionQty: decimal.nullish(),
      maxNotionalPerOrder: decimal.nullish(),
      tradingState: z.enum(['ACTIVE', 'REDUCING', 'HALTED']).nullish(),
      maxOrderRate: z.string().nullish(),
      currency: z.string().nullish(),
    })
    .nullable()
    .prefault({}),
  state: z.object({ signedQty: decimal.nullish(), costBasis: decimal.nullish() }).nullish(),
  signals: z.array(
    z.object({
      side,
      qty: decimal,
      refPrice: decimal.nullish(),
      limitPrice: decimal.nullish(),
      reduceOnly: z.boolean().nullish(),
      validUntilMs: time.nullish(),
      occurredAtMs: time.nullish(),
    }),
  ),
  expect: z.array(z.string()),
})

const vectorFile = z.object({
  scale: z.int().min(0).max(18).default(18),
  positions: z.array(z.unknown()).default([]),
  risk: z.array(z.unknown()).default([]),
})

/** A case of a file, by its name, else its place; one that cannot be read has its problems in its place. */
export type Read<C> =
  | { readonly name: string; readonly vector: C }
  | { readonly name: string; readonly problems: readonly string[] }

/** A file of trading vectors: position accounting and risk decisions. */
export interface VectorFile {
  readonly scale: number
  readonly positions: readonly Read<PositionCase>[]
  readonly risk: readonly Read<RiskCase>[]
}

/** Fills of one position, and the books after each. */
export type PositionCase = z.output<typeof positionCase>
/** Signals that go through both risk stages, and what becomes of each. An instrument of null is an unknown one. */
export type RiskCase = z.output<typeof riskCase>

/** Reads a file of vectors. Errors: TopologyError CONFIG_INVALID for any other file, with every problem. */
export function parseVectorFile(text: string, file: string): VectorFile {
  const parsed = vectorFile.safeParse(parseJson(text, file))
  if (!parsed.success) {
    const problems = problemsOf(parsed.error).map(problem => `\n  ${problem}`)
    throw new TopologyError('CONFIG_INVALID', `${file} is no file of trading vectors, fix it:${problems.join('')}`)
  }
  const { scale, positions, risk } = parsed.data
  return {
    scale,
    positions: positions.map((one, index) => readCase(positionCase, one, index)),
    risk: risk.map((one, index) => readCase(riskCase, one, index)),
  }
}

function readCase<C extends { readonly name: string }>(schema: z.ZodType<C>, json: unknown, index: number): Read<C> {
  const parsed = schema.safeParse(json)
  if (parsed.success) return { name: parsed.data.name, vector: parsed.data }
  const { name } = (json ?? {}) as { readonly name?: unknown }
  return { name: typeof name === 'string' ? name : String(index + 1), problems: problemsOf(parsed.error) }
}

function problemsOf({ issues }: z.ZodError): readonly string[] {
  return issues.map(issue => `${issue.path.join('.') || 'the file'}: ${issue.message}`)
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new TopologyError('CONFIG_INVALID', `${file} is no JSON: ${messageOf(error)}`)
  }
}

/** Shape: `withoutExponent('1.5e-3') === '0.00150'`; also without a digit before or after the point. */
function withoutExponent(text: string): string {
  const match = /^([+-]?)(?=\.?\d)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,3}))?$/.exec(text)
  if (!match) return text
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match
  const point = whole.length + Number(exponent)
  const digits = (whole + fraction).padEnd(point, '0')
  const padded = point <= 0 ? '0'.repeat(1 - point) + digits : digits
  const at = Math.max(point, 1)
  return `${sign}${padded.slice(0, at)}.${padded.slice(at)}0`
}
