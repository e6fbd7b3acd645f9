import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { Problem } from './problem.ts'

/** The largest body a request may have. Units: bytes. */
const maxBodyBytes = 64 * 1024

const limited = bodyLimit({
  maxSize: maxBodyBytes,
  onError: () => {
    throw new Problem('body-too-large', `a body may have ${maxBodyBytes} bytes: send less`)
  },
})

/** Bodies are JSON and small, or refused before they are read. */
export function requestBodies(): MiddlewareHandler {
  return async (context, next) => {
    const { method } = context.req
    if (method !== 'POST' && method !== 'PATCH') return next()
    const type = context.req.header('Content-Type')?.split(';')[0]?.trim().toLowerCase()
    if (type !== 'application/json')
      throw new Problem('unsupported-media-type', 'a body must be JSON: send it with Content-Type: application/json')
    return limited(context, next)
  }
}
