import type { OpenAPIHono } from '@hono/zod-openapi'
import { Hono } from 'hono'

/** What the document says of the whole API. */
const about = {
  openapi: '3.1.0',
  info: {
    title: 'millrace gateway',
    version: '1',
    description:
      'Reads of portfolios and stores, each answered from one moment of the database; registration and signals through an outbox. ' +
      'Decimals and 64-bit numbers are strings. Errors are problem details (RFC 9457).',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/' }],
}

/** `/openapi.json`, made from the routes of `app`. */
export function documentation(app: OpenAPIHono): Hono {
  return new Hono().get('/openapi.json', context => context.json(app.getOpenAPI31Document(about)))
}
