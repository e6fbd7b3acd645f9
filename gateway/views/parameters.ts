import { z } from '@hono/zod-openapi'
import { timestampMs } from '../../topology/definition/serdes/primitives.ts'
import { cursorParameter } from '../cursor.ts'

/** The form of text that a text column can hold. */
const nul = '\\u0000'
const textForm = new RegExp(`^[^${nul}]+$`)

/** The most characters (code points) of an id. */
const longestId = 200

/** An id in paths and filters: text that a text column can hold. */
export const idField = z
  .string()
  .min(1)
  .refine(text => [...text].length <= longestId, `may have ${longestId} characters`)
  .refine(text => textForm.test(text) && text.isWellFormed(), 'must be text without NUL')
  .openapi({ maxLength: longestId, pattern: textForm.source })

/** A 64-bit whole number, not negative. */
export function longParameter(description: string) {
  return z
    .string()
    .regex(/^[0-9]{1,18}$/, 'must be a whole number of at most 18 digits')
    .transform(BigInt)
    .optional()
    .openapi({ type: 'string', pattern: '^[0-9]{1,18}$', description, example: '3' })
}

/** A whole number within bounds, both inclusive. */
export function wholeParameter(minimum: number, maximum: number, usual: number, description: string) {
  return z
    .string()
    .regex(/^[0-9]{1,9}$/, 'must be a whole number')
    .transform(Number)
    .refine(value => value >= minimum && value <= maximum, `must be ${minimum} to ${maximum}`)
    .default(usual)
    .openapi({ type: 'integer', minimum, maximum, default: usual, description, example: usual })
}

/** A moment: ISO 8601 with its zone in, milliseconds out. Years 1001 to 9998, so that no zone leads out of those that a column holds. */
export const timeInput = z.iso
  .datetime({ offset: true })
  .refine(text => !/^(0|1000|9999)/.test(text), 'must be of the years 1001 to 9998')
  .transform(text => Date.parse(text))

/**
 * The documentation of a moment. The format alone would take too much (a leap second, a zone of +24:00), the pattern alone too (31
 * February).
 */
export const timeInputForm = {
  format: 'date-time',
  pattern:
    '^(100[1-9]|10[1-9][0-9]|1[1-9][0-9]{2}|[2-8][0-9]{3}|9[0-8][0-9]{2}|99[0-8][0-9]|999[0-8])-[0-9]{2}-[0-9]{2}' +
    'T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]+)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$',
} as const

/** A moment, inclusive; ISO 8601 in, milliseconds out. */
export function timeParameter(description: string) {
  return timeInput
    .optional()
    .openapi({ type: 'string', ...timeInputForm, description, example: '2010-03-01T00:00:00Z' })
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

/** A page of a list: where it begins and how long it is. `key`: the form of the list's keys in cursors; unset: any text. */
export function pageParameters(list: string, key?: string) {
  return { cursor: cursorParameter(list, key), limit: wholeParameter(1, 200, 50, 'Rows on the page.') }
}
