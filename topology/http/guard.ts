import { createHash, timingSafeEqual } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Context, MiddlewareHandler } from 'hono'
import { hostName, isAllowedHost } from './host-names.ts'
import type { PortAccess } from './port-access.ts'
import { refusal } from './refusal.ts'
import { securityHeaders } from './security-headers.ts'

/**
 * The guard of an HTTP port: three middlewares, which know the port's access.
 *
 * - `everyRoute` stands before all routes. It refuses hosts that are not the port's own, gives every answer its security
 *   headers, and asks for the token before every write (each method but GET, HEAD and OPTIONS), so a route that writes is
 *   guarded without doing anything. Without a token, writes that a page of another origin sends are refused.
 * - `operating` asks for the token before a route that only an operator should read, where one is set.
 * - `operatorsOnly` is for routes that must never be open: it refuses also where no token is set, on loopback too.
 *
 * An application's routes get it as `parts.guard`. Shape, for a route that changes limits:
 *
 *     routes: ({ guard }) => {
 *       const app = resource()
 *       app.use('/v1/control/*', guard.operatorsOnly)
 *       return [app.openapi(changeLimits, ...)]
 *     }
 */
export interface Guard {
  readonly everyRoute: MiddlewareHandler
  readonly operating: MiddlewareHandler
  readonly operatorsOnly: MiddlewareHandler
}

/** Makes the guard of a port. */
export function guardOf(access: PortAccess): Guard {
  const { token } = access
  const refused = (context: Context) => (token === undefined ? undefined : refusedToken(context, token))
  return {
    async everyRoute(context, next) {
      const answer = refusedHost(context, access) ?? (isWrite(context) ? refusedWrite(context, access) : undefined)
      if (answer) context.res = answer
      else await next()
      if (isSecured(context)) return
      for (const [name, value] of Object.entries(securityHeaders))
        if (!context.res.headers.has(name)) context.res.headers.set(name, value)
    },
    async operating(context, next) {
      return refused(context) ?? (await next())
    },
    async operatorsOnly(context, next) {
      if (token === undefined)
        return refusal(
          'forbidden',
          'this port has no token, so it is read only here: set MILLRACE_TOKEN and start it anew',
        )
      return refused(context) ?? (await next())
    },
  }
}

/** Whether the port has set the headers itself, as one of `listen` does: then the answer's own stand beside them. */
function isSecured({ env }: Context): boolean {
  const { outgoing } = (env ?? {}) as { readonly outgoing?: Partial<Pick<ServerResponse, 'hasHeader'>> }
  return outgoing?.hasHeader?.('Content-Security-Policy') === true
}

function isWrite({ req: { method } }: Context): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS'
}

/** A request without a host is none of a browser's: Node has refused it where HTTP asks for one. */
function refusedHost({ req }: Context, access: PortAccess): Response | undefined {
  const host = req.header('Host')
  if (host === undefined || isAllowedHost(host, access)) return undefined
  const name = hostName(host)
  const shown = name === undefined ? 'a malformed host' : `the host '${name.slice(0, 100)}'`
  return refusal(
    'wrong-host',
    `${shown} is not one that this port answers to: ask by its address, or add the name to MILLRACE_ALLOWED_HOSTS`,
  )
}

function refusedWrite(context: Context, access: PortAccess): Response | undefined {
  // A browser adds no token by itself, so a request that has the right one was not made by a foreign page.
  if (access.token !== undefined) return refusedToken(context, access.token)
  const origin = context.req.header('Origin')
  if (origin === undefined || isOwnOrigin(origin, context, access)) return undefined
  return refusal(
    'forbidden',
    'pages of another origin may not write here: send it from a page of this server, or from no page',
  )
}

function isOwnOrigin(origin: string, { req }: Context, access: PortAccess): boolean {
  if (!URL.canParse(origin)) return false
  const { host, hostname } = new URL(origin)
  return host === req.header('Host') || access.allowedHosts.includes(hostname)
}

function refusedToken({ req }: Context, token: string): Response | undefined {
  const given = /^Bearer +(\S+)$/i.exec(req.header('Authorization') ?? '')?.[1]
  if (given !== undefined && isSame(given, token)) return undefined
  const challenge = given === undefined ? 'Bearer realm="millrace"' : 'Bearer realm="millrace", error="invalid_token"'
  const said =
    given === undefined ? 'this needs the token of MILLRACE_TOKEN' : 'the token is not that of MILLRACE_TOKEN'
  return refusal('unauthorized', `${said}: send it as 'Authorization: Bearer <token>'`, {
    'WWW-Authenticate': challenge,
  })
}

/** Compares in a time that does not depend on how much of it fits, nor on its length. */
function isSame(given: string, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(token))
}
