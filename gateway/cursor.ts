import { z } from '@hono/zod-openapi'
import { Problem } from './problem.ts'

/*
 * A cursor is the name of a list and the key of the last row of a page. Clients give it back as it is: it has no character that a
 * URL would change.
 *   cursor => list '.' key
 *   key    => digits | base64url of UTF-8 | another form of the list's own
 */

/** Shape: `writeCursor('fills', '42') === 'fills.42'`. */
export function writeCursor(list: string, key: string): string {
  return `${list}.${key}`
}

/** The key that a cursor of this list holds. Errors: Problem invalid-request. */
export function readCursor<T>(list: string, cursor: string | undefined, key: z.ZodType<T, string>): T | undefined {
  if (cursor === undefined) return undefined
  const read = cursor.startsWith(`${list}.`) ? key.safeParse(cursor.slice(list.length + 1)) : undefined
  if (read?.success) return read.data
  throw new Problem(
    'invalid-request',
    `the cursor is not one of ${list}: use nextCursor of the page before, or leave it out`,
  )
}

/** The parameter of a list's pages. `key`: the form of its keys, as a part of a regular expression. */
export function cursorParameter(list: string, key: string = textForm) {
  return z
    .string()
    .max(2_000)
    .optional()
    .openapi({ description: '`nextCursor` of the page before.', pattern: `^${list}\\.(${key})$` })
}

const textForm = '[A-Za-z0-9_-]+'

/** Text as a cursor holds it. Shape: `writeTextKey('alpha') === 'YWxwaGE'`. */
export function writeTextKey(text: string): string {
  return Buffer.from(text).toString('base64url')
}

/** The text of a cursor: bytes that are no text stand for a replacement character, since a cursor is only a place in a list. */
export const textKey = z
  .string()
  .regex(new RegExp(`^${textForm}$`))
  .transform(key => Buffer.from(key, 'base64url').toString().replaceAll('\0', '\ufffd'))

/** The form of sequence numbers in cursors. */
export const seqForm = '[0-9]{1,18}'

/** A sequence number as a cursor holds it. */
export const seqKey = z
  .string()
  .regex(new RegExp(`^${seqForm}$`))
  .transform(BigInt)
