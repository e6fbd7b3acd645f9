import { z } from 'zod'
import { parseConfigFile } from '../shared/config-file.ts'
import { largestDecimal } from '../shared/decimal.ts'
import { decimalText, positiveDecimalText } from '../shared/decimal-text.ts'
import { idText } from '../shared/id-form.ts'
import type { InstrumentLimits } from './verdict.ts'

/** ACTIVE: all trades. REDUCING: only those that reduce a position. HALTED: none. */
export type TradingState = 'ACTIVE' | 'REDUCING' | 'HALTED'

/** At most this many approvals in any window of this length. Units: ms. Shape: `{ maximum: 100, windowMs: 1000 }`. */
export interface RateLimit {
  readonly maximum: number
  readonly windowMs: number
}

/** The limits of one portfolio. Null is no limit. */
export interface PortfolioLimits {
  readonly currency: string
  readonly exposureCap: bigint | null
  readonly tradingState: TradingState
  readonly maxPositionQty: bigint | null
  readonly rate: RateLimit | null
  /** The most that a day of event time (UTC) may lose. */
  readonly lossLimit: bigint | null
  /** The most that profit and loss may fall below its highest value. */
  readonly maxDrawdown: bigint | null
}

/**
 * The limits file: the start values. Its version is recorded in every decision. A portfolio's rules can be replaced while the
 * pipeline runs (`portfolio.controls`).
 */
export interface Limits extends InstrumentLimits {
  readonly portfolios: ReadonlyMap<string, PortfolioLimits>
}

/** The longest window that the column of the rate windows can hold. Units: ms. */
const longestWindowMs = 2 ** 31 - 1

/** `'100/1s'`: at most 100 in any second. */
export const rateText = z
  .string()
  .regex(/^[1-9]\d{0,8}\/[1-9]\d{0,9}(ms|s|m|h|d)$/, { error: "write a rate as '100/1s'", abort: true })
  .transform(parseRate)
  .refine(rate => rate.windowMs <= longestWindowMs, 'the window of a rate may be 24d long')

const portfolioFields = {
  currency: z.string().min(1),
  exposureCap: positiveDecimalText.nullable(),
  tradingState: z.enum(['ACTIVE', 'REDUCING', 'HALTED']),
  maxPositionQty: positiveDecimalText.nullable(),
  maxOrderRate: rateText.nullable(),
  lossLimit: positiveDecimalText.nullable(),
  maxDrawdown: positiveDecimalText.nullable(),
}

/** `'5m'` as ms. */
const durationText = z
  .string()
  .regex(/^[1-9]\d{0,8}(ms|s|m|h|d)$/, "write a duration as '5m'")
  .transform(text => parseRate(`1/${text}`).windowMs)

const timeFields = z
  .strictObject({
    clock: z.enum(['event', 'live']).default('event'),
    maxAge: durationText.nullable().default(null),
    maxAhead: durationText.nullable().default(null),
  })
  .transform(({ clock, maxAge, maxAhead }) => ({ live: clock === 'live', maxAgeMs: maxAge, maxAheadMs: maxAhead }))

const limitsFile = z.strictObject({
  version: z.int().positive(),
  time: timeFields.optional(),
  slippageTicks: z.int().nonnegative().default(0),
  /** Unset: the largest value that the books can hold, so that larger values are decided like any other signal. */
  maxNotionalPerOrder: decimalText
    .nullable()
    .default(null)
    .transform(most => most ?? largestDecimal),
  priceBand: positiveDecimalText.nullable().default(null),
  priceBands: z.record(z.string().min(1), positiveDecimalText).default({}),
  defaults: z.strictObject(portfolioFields).partial().prefault({}),
  portfolios: z.record(idText, z.strictObject(portfolioFields).partial().nullable()),
})

/**
 * Reads the limits file. A portfolio takes settings that it does not give from `defaults`; currency, cap and state must be
 * given in one of the two.
 *
 * Errors: TopologyError CONFIG_INVALID with every problem of the file.
 */
export function parseLimits(yaml: string, file = 'limits.yaml'): Limits {
  return parseConfigFile(yaml, file, limitsFile.transform(resolve))
}

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** `'100/1s'` as numbers. Errors: RangeError for another form. */
export function parseRate(text: string): RateLimit {
  const match = /^(\d+)\/(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text)
  const windowMs = match ? Number(match[2]) * unitMs[match[3] as keyof typeof unitMs] : 0
  if (!match || windowMs === 0 || !Number.isSafeInteger(windowMs))
    throw new RangeError(`rate '${text}' is not of the form '100/1s'`)
  return { maximum: Number(match[1]), windowMs }
}

/** A rate as the file writes it. Shape: `rateTextOf({ maximum: 20, windowMs: 3_600_000 }) === '20/1h'`. */
export function rateTextOf({ maximum, windowMs }: RateLimit): string {
  const units = Object.entries(unitMs).reverse()
  const [unit, length] = units.find(([, ms]) => windowMs % ms === 0) ?? ['ms', 1]
  return `${maximum}/${windowMs / length}${unit}`
}

function resolve(file: z.output<typeof limitsFile>, context: z.RefinementCtx): Limits {
  const portfolios = new Map<string, PortfolioLimits>()
  for (const [portfolioId, own] of Object.entries(file.portfolios)) {
    const {
      currency,
      exposureCap,
      tradingState = 'ACTIVE',
      maxPositionQty,
      maxOrderRate,
      lossLimit,
      maxDrawdown,
    } = { ...file.defaults, ...own }
    for (const [name, value] of Object.entries({ currency, exposureCap })) {
      if (value !== undefined) continue
      const message = `is neither here nor in defaults: add ${name}`
      context.addIssue({ code: 'custom', path: ['portfolios', portfolioId, name], message })
    }
    portfolios.set(portfolioId, {
      currency: currency ?? '',
      exposureCap: exposureCap ?? null,
      tradingState,
      maxPositionQty: maxPositionQty ?? null,
      rate: maxOrderRate ?? null,
      lossLimit: lossLimit ?? null,
      maxDrawdown: maxDrawdown ?? null,
    })
  }
  const { version, slippageTicks, maxNotionalPerOrder, priceBand, time } = file
  const priceBands = new Map(Object.entries(file.priceBands))
  return { version, slippageTicks, maxNotionalPerOrder, priceBand, priceBands, portfolios, ...(time && { time }) }
}
