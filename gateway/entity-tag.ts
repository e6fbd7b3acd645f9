import { createHash } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'

/** The text of an answer in JSON, and its hash. */
interface Tagged {
  readonly text: string
  readonly tag: string
}

/** Answers that are given again as they are: their text is made once. */
const unchangingAnswers = new WeakMap<object, { tagged?: Tagged }>()

/** Says that an answer never changes, so that `context.json` makes its text and its tag only once. Give it nothing that is changed later. */
export function unchanging<T extends object>(answer: T): T {
  if (!unchangingAnswers.has(answer)) unchangingAnswers.set(answer, {})
  return answer
}

/**
 * Tags answers that `context.json` gives to a GET with a hash of their bytes, and answers 304 to a client that has them already.
 * Weak comparison, as RFC 9110 requires for GET (13.1.2). It replaces `context.json`, since reading the body of a finished
 * response costs more than most answers do.
 */
export function entityTag(): MiddlewareHandler {
  return async (context, next) => {
    if (context.req.method === 'GET') {
      const plain = context.json
      const json = (answer: unknown, init?: unknown, headers?: unknown) =>
        (init === 200 || init === undefined) && headers === undefined
          ? taggedResponse(context, taggedOf(answer))
          : plain(answer as never, init as never, headers as never)
      context.json = json as typeof plain
    }
    await next()
  }
}

function taggedResponse(context: Context, { text, tag }: Tagged): Response {
  const headers = { ETag: tag, 'Cache-Control': 'private, no-cache' }
  if (matches(context.req.header('If-None-Match'), tag)) return context.body(null, 304, headers)
  return context.body(text, 200, { 'Content-Type': 'application/json', ...headers })
}

function taggedOf(answer: unknown): Tagged {
  const kept = typeof answer === 'object' && answer !== null ? unchangingAnswers.get(answer) : undefined
  if (kept?.tagged) return kept.tagged
  const text = JSON.stringify(answer)
  const tagged = { text, tag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"` }
  if (kept) kept.tagged = tagged
  return tagged
}

function matches(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false
  return header.split(',').some(one => one.trim() === '*' || one.trim().replace(/^W\//, '') === tag)
}
