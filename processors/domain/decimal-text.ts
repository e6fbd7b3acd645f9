import { z } from 'zod'
import { parseDecimal } from '../../topology/index.ts'

/** A decimal in a configuration file: quoted text or a whole number, as a bigint counting 1e-18; not negative. */
export const decimalText = z
  .union([z.string(), z.int()])
  .transform(value => parseDecimal(String(value)))
  .refine(value => value !== undefined && value >= 0n, "write a decimal in quotes, such as '1000.50'")
  .transform(value => value as bigint)

/** The same, above zero. */
export const positiveDecimalText = decimalText.refine(value => value > 0n, 'must be above zero')
