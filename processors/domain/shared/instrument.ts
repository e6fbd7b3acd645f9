import type { InstrumentRow } from '../../../schemas/trading/generated/instrument-row.ts'
import { format, scale, unitOf } from './decimal.ts'
import { idProblem } from './id-form.ts'

/** The fields of an instrument that later stages need. Null limits are no limits. Decimals count 1e-18. */
export type InstrumentTerms = Omit<
  InstrumentRow,
  'instrumentKey' | 'exchange' | 'instrumentId' | 'baseCurrency' | 'sessionClose'
>

/** The terms, or null in every field: the knowledge about an instrument that may not exist. */
type MaybeTerms = { readonly [F in keyof InstrumentTerms]: InstrumentTerms[F] | null }

/** The terms alone, taken from any object that has them. Written out, since every signal passes here. */
export function termsOf(source: InstrumentTerms): InstrumentTerms {
  return {
    instrumentVersion: source.instrumentVersion,
    quoteCurrency: source.quoteCurrency,
    pricePrecision: source.pricePrecision,
    sizePrecision: source.sizePrecision,
    tickSize: source.tickSize,
    lotSize: source.lotSize,
    minQty: source.minQty,
    maxTradeQty: source.maxTradeQty,
    maxPositionQty: source.maxPositionQty,
    minNotional: source.minNotional,
    maxNotional: source.maxNotional,
    takerFeeRate: source.takerFeeRate,
    feePrecision: source.feePrecision,
    shortable: source.shortable,
    enabled: source.enabled,
  }
}

const termNames = Object.keys(termsOf({} as InstrumentTerms))

/** The fields of an instrument that does not exist. */
export const noTerms = Object.fromEntries(termNames.map(name => [name, null])) as unknown as MaybeTerms

/** True when the fields are those of an instrument that exists. */
export function hasTerms(terms: MaybeTerms): terms is InstrumentTerms {
  return terms.instrumentVersion !== null
}

/** The maybe-terms alone, taken from any object that has them. */
export function maybeTermsOf(source: MaybeTerms): MaybeTerms {
  return hasTerms(source) ? termsOf(source) : noTerms
}

/** Every problem of the ids of an instrument; empty when it can be asked for. Shape: `["exchange must not be empty"]`. */
export function instrumentIdProblems(ids: { readonly exchange: string; readonly instrumentId: string }): string[] {
  const { exchange, instrumentId } = ids
  return Object.entries({ exchange, instrumentId }).flatMap(([name, id]) => {
    const problem = idProblem(id)
    return problem === undefined ? [] : [`${name} ${problem}`]
  })
}

/** Every problem of an instrument; empty when it can be traded. Shape: `["tickSize must be positive"]`. */
export function instrumentProblems(terms: InstrumentTerms): string[] {
  const problems: string[] = []
  const { pricePrecision, sizePrecision, feePrecision } = terms
  for (const [name, digits] of Object.entries({ pricePrecision, sizePrecision, feePrecision })) {
    if (!Number.isInteger(digits) || digits < 0 || digits > scale) problems.push(`${name} must be 0 to ${scale}`)
  }
  if (pricePrecision + sizePrecision > scale) problems.push(`pricePrecision + sizePrecision must be at most ${scale}`)
  if (problems.length > 0) return problems
  if (terms.tickSize <= 0n) problems.push('tickSize must be positive')
  else if (terms.tickSize % unitOf(pricePrecision) !== 0n) {
    problems.push(`tickSize must have at most ${pricePrecision} digits after the point`)
  }
  if (terms.lotSize <= 0n) problems.push('lotSize must be positive')
  else if (terms.lotSize % unitOf(sizePrecision) !== 0n) {
    problems.push(`lotSize must have at most ${sizePrecision} digits after the point`)
  }
  const { minQty, maxTradeQty, maxPositionQty, minNotional, maxNotional, takerFeeRate } = terms
  for (const [name, value] of Object.entries({
    minQty,
    maxTradeQty,
    maxPositionQty,
    minNotional,
    maxNotional,
    takerFeeRate,
  })) {
    if (value !== null && value < 0n) problems.push(`${name} must not be negative, but is ${format(value)}`)
  }
  return problems
}
