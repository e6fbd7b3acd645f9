import { z } from 'zod'
import { Problem } from './problem.ts'

/*
 * A cursor is the key of the last row of a page, opaque to clients:
 *   cursor => base64url of JSON [list, key]
 */

/** Shape: `writeCursor('fills', '42')`. */
export function writeCursor(list: string, key: unknown): string {
  return Buffer.from(JSON.stringify([list, key])).toString('base64url')
}

/** The key that a cursor of this list holds. Errors: Problem invalid-request. */
export function readCursor<T>(list: string, cursor: string | undefined, key: z.ZodType<T>): T | undefined {
  if (cursor === undefined) return undefined
  const read = key.safeParse(keyOf(list, cursor))
  if (read.success) return read.data
  throw new Problem(
    'invalid-request',
    `the cursor is not one of ${list}: use nextCursor of the page before, or leave it out`,
  )
}

function keyOf(list: string, cursor: string): unknown {
  try {
    const [of, key] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[]
    return of === list ? key : undefined
  } catch {
    return undefined
  }
}

/** Text as a cursor holds it: what a text column can be compared with. */
export const textKey = z.string().refine(text => !text.includes('\0') && text.isWellFormed())

/** A sequence number as a cursor holds it. */
export const seqKey = z
  .string()
  .regex(/^\d{1,18}$/)
  .transform(BigInt)
