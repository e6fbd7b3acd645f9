import { createHash } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'

/**
 * Tags answers in JSON with a hash of their bytes, and answers 304 to a client that has them already. Weak comparison, as
 * RFC 9110 requires for GET (13.1.2).
 */
export function entityTag(): MiddlewareHandler {
  return async (context, next) => {
    await next()
    const { res, req } = context
    if (req.method !== 'GET' || res.status !== 200 || !res.headers.get('Content-Type')?.startsWith('application/json'))
      return
    const body = await res.arrayBuffer()
    const tag = `"${createHash('sha256').update(new Uint8Array(body)).digest('base64url').slice(0, 27)}"`
    const headers = new Headers(res.headers)
    headers.set('ETag', tag)
    headers.set('Cache-Control', 'private, no-cache')
    const known = matches(req.header('If-None-Match'), tag)
    if (known) headers.delete('Content-Type')
    context.res = undefined
    context.res = known ? new Response(null, { status: 304, headers }) : new Response(body, { status: 200, headers })
  }
}

function matches(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false
  return header.split(',').some(one => one.trim() === '*' || one.trim().replace(/^W\//, '') === tag)
}
