import type { OpenAPIHono } from '@hono/zod-openapi'
import { Hono } from 'hono'

/** The description of a gateway that no application has extended. */
const ofStores = 'Reads of stores, each answered from one moment of the database.'

/** The rules that every answer keeps, whether its route is the gateway's or the application's. */
const ofAnswers =
  'Decimals and 64-bit numbers are strings. Errors are problem details (RFC 9457). Where the gateway has a token, writes and operating routes need it.'

/** `/openapi.json`, made from the routes of `app`. */
export function documentation(app: OpenAPIHono, description: string = ofStores): Hono {
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
  return new Hono().get('/openapi.json', context => context.json(app.getOpenAPI31Document(about)))
}
