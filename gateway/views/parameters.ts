import { z } from '@hono/zod-openapi'
import { timestampMs } from '../../topology/definition/serdes/primitives.ts'

/** An id in paths and filters: text that a text column can hold. */
export const idField = z
  .string()
  .min(1)
  .max(200)
  .refine(text => !text.includes('\0') && text.isWellFormed(), 'must be text without NUL')

/** A 64-bit whole number, not negative. */
export function longParameter(description: string) {
  return z
    .string()
    .regex(/^\d{1,18}$/, 'must be a whole number of at most 18 digits')
    .transform(BigInt)
    .optional()
    .openapi({ type: 'string', pattern: '^\\d{1,18}$', description, example: '3' })
}

/** A whole number within bounds, both inclusive. */
export function wholeParameter(minimum: number, maximum: number, usual: number, description: string) {
  return z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .refine(value => value >= minimum && value <= maximum, `must be ${minimum} to ${maximum}`)
    .default(usual)
    .openapi({ type: 'integer', minimum, maximum, default: usual, description, example: usual })
}

/** A moment, inclusive; ISO 8601 in, milliseconds out. */
export function timeParameter(description: string) {
  return z.iso
    .datetime({ offset: true })
    .transform(text => Date.parse(text))
    .refine(isStorable, 'must be of the years 1000 to 9999')
    .optional()
    .openapi({ type: 'string', format: 'date-time', description, example: '2010-03-01T00:00:00Z' })
}

/** Whether a timestamptz column can hold it. Units: ms. */
export function isStorable(ms: number): boolean {
  try {
    timestampMs.sql.check(ms)
    return true
  } catch {
    return false
  }
}

/** A page: where it begins and how long it is. */
export const pageParameters = {
  cursor: z.string().max(2_000).optional().openapi({ description: '`nextCursor` of the page before.' }),
  limit: wholeParameter(1, 200, 50, 'Rows on the page.'),
}
