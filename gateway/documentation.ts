import type { OpenAPIHono } from '@hono/zod-openapi'
import { Hono } from 'hono'
import { type RefusalKind, refusals } from '../topology/http/refusal.ts'

/** The description of a gateway that no application has extended. */
const ofStores = 'Reads of stores, each answered from one moment of the database.'

/** The rules that every answer keeps, whether its route is the gateway's or the application's. */
const ofAnswers =
  'Decimals and 64-bit numbers are strings. Errors are problem details (RFC 9457). Where the gateway has a token, writes and operating routes need it. Any request may be refused with 421 (a host that is not served here) and 429 (too many connections).'

/** The choices about the documentation. */
interface DocumentationOptions {
  /** Unset: the gateway has only its own routes. */
  readonly description?: string | undefined
  /** Whether the gateway has a token. */
  readonly token: boolean
  /** Routes that only read and still need the token. */
  readonly operatingPaths: readonly string[]
}

type Document = ReturnType<OpenAPIHono['getOpenAPI31Document']>

/** `/openapi.json`, made from the routes of `app`. */
export function documentation(app: OpenAPIHono, options: DocumentationOptions): Hono {
  const { description = ofStores } = options
  const about = {
    openapi: '3.1.0',
    info: {
      title: 'millrace gateway',
      version: '1',
      description: `${description} ${ofAnswers}`,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
  }
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' })
  return new Hono().get('/openapi.json', context =>
    context.json(withNull(guarded(app.getOpenAPI31Document(about), options))),
  )
}

const methods = ['get', 'post', 'patch', 'put', 'delete'] as const

/** The document with the guard's answers: 401 where the token is needed, 403 where there is none and a foreign page may not write. */
function guarded(document: Document, { token, operatingPaths }: DocumentationOptions): Document {
  for (const [path, item] of Object.entries(document.paths ?? {}))
    for (const method of methods) {
      const operation = item[method]
      if (operation === undefined || (method === 'get' && !(token && operatingPaths.includes(path)))) continue
      const kind = token ? 'unauthorized' : 'forbidden'
      operation.responses = { ...operation.responses, [refusals[kind].status]: refused(kind) }
      if (token) operation.security = [{ token: [] }]
    }
  return document
}

/**
 * The document with null where a named schema may be null. It is written `allOf: [<name>, { type: ['object', 'null'] }]`, which
 * takes no null.
 */
function withNull<T>(part: T): T {
  if (Array.isArray(part)) return part.map(withNull) as T
  if (typeof part !== 'object' || part === null) return part
  const { allOf, ...rest } = part as { readonly allOf?: readonly { readonly type?: readonly string[] }[] }
  const [named, { type } = {}, ...more] = allOf ?? []
  if (named !== undefined && Array.isArray(type) && type.includes('null') && more.length === 0)
    return { ...rest, anyOf: [named, { type: 'null' }] } as T
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, withNull(value)])) as T
}

function refused(kind: RefusalKind) {
  const schema = { $ref: '#/components/schemas/Problem' }
  return { description: refusals[kind].title, content: { 'application/problem+json': { schema } } }
}
