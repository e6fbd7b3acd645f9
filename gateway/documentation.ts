import { readFileSync } from 'node:fs'
import type { OpenAPIHono } from '@hono/zod-openapi'
import { Hono } from 'hono'
import { sendPage } from './pages/page.ts'

/** What the document says of the whole API. */
const about = {
  openapi: '3.1.0',
  info: {
    title: 'millrace gateway',
    version: '1',
    description:
      'Reads of portfolios and stores, each answered from one moment of the database. Decimals and 64-bit numbers are strings. ' +
      'Errors are problem details (RFC 9457).',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/' }],
}

/** `/openapi.json`, made from the routes of `app`, and `/docs`, a page that shows it and needs nothing from outside. */
export function documentation(app: OpenAPIHono): Hono {
  const page = readFileSync(new URL('pages/api.html', import.meta.url), 'utf8')
  return new Hono()
    .get('/openapi.json', context => context.json(app.getOpenAPI31Document(about)))
    .get('/docs', context => sendPage(context, page))
}
