import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { Problem } from './problem.ts'
import { parseStrictJson, StrictJsonError } from './strict-json.ts'

/** The largest body a request may have. Units: bytes. */
const maxBodyBytes = 64 * 1024

const limited = bodyLimit({
  maxSize: maxBodyBytes,
  onError: () => {
    throw new Problem('body-too-large', `a body may have ${maxBodyBytes} bytes: send less`)
  },
})

/** Requests whose body was read: a route may stand under two middlewares. */
const read = new WeakSet<Context>()

/**
 * Bodies are JSON and small, or refused before they are read; then they are read strictly (`parseStrictJson`), once for all routes.
 * Errors: Problem unsupported-media-type, body-too-large, invalid-request.
 */
export function requestBodies(): MiddlewareHandler {
  return async (context, next) => {
    const { method } = context.req
    if ((method !== 'POST' && method !== 'PATCH') || read.has(context)) return next()
    read.add(context)
    refuseOtherMedia(context)
    return limited(context, async () => {
      const body = bodyOf(await context.req.arrayBuffer())
      context.req.json = (async () => body) as typeof context.req.json
      await next()
    })
  }
}

function refuseOtherMedia({ req }: Context): void {
  const [type = '', ...parameters] = (req.header('Content-Type') ?? '')
    .split(';')
    .map(part => part.trim().toLowerCase())
  if (type !== 'application/json')
    throw new Problem('unsupported-media-type', 'a body must be JSON: send it with Content-Type: application/json')
  if (parameters.some(parameter => /^charset=/.test(parameter) && !/^charset="?utf-8"?$/.test(parameter)))
    throw new Problem('unsupported-media-type', 'JSON is UTF-8: send it so, and leave the charset out')
  if ((req.header('Content-Encoding') ?? 'identity').trim().toLowerCase() !== 'identity')
    throw new Problem('unsupported-media-type', 'a body must be sent as it is: leave Content-Encoding out')
}

function bodyOf(bytes: ArrayBuffer): unknown {
  try {
    return parseStrictJson(new Uint8Array(bytes))
  } catch (error) {
    if (!(error instanceof StrictJsonError)) throw error
    throw new Problem('invalid-request', `the body ${error.message}`, {
      errors: [{ at: 'body', problem: error.message }],
    })
  }
}
