import { z } from 'zod'
import { parseDecimal } from '../../../topology/index.ts'
import { largestDecimal } from './decimal.ts'

/** The message about a text that is no decimal. */
export const decimalWords = "must be a decimal in quotes, such as '10.5'"

/** A decimal in a configuration file: quoted text or a whole number, as a bigint counting 1e-18; not negative. */
export const decimalText = z
  .union([z.string(), z.int()], decimalWords)
  .transform(value => parseDecimal(String(value)))
  .refine(value => value !== undefined, { error: decimalWords, abort: true })
  .transform(value => value as bigint)
  .refine(value => value >= 0n, 'must not be negative')
  .refine(value => value <= largestDecimal, 'may have 20 digits before the point')

/** The same, above zero. */
export const positiveDecimalText = decimalText.refine(value => value > 0n, 'must be above zero')
