import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Reads } from '../reads/reads.ts'
import { problemResponses } from './responses.ts'

const statusView = z.object({ status: z.string() })

const alive = createRoute({
  method: 'get',
  path: '/healthz',
  tags: ['operating'],
  summary: 'Whether the process lives',
  responses: {
    200: {
      description: 'It does.',
      content: { 'application/json': { schema: statusView, example: { status: 'up' } } },
    },
  },
})

const ready = createRoute({
  method: 'get',
  path: '/readyz',
  tags: ['operating'],
  summary: 'Whether requests can be answered',
  responses: {
    200: {
      description: 'The database answers.',
      content: { 'application/json': { schema: statusView, example: { status: 'ready' } } },
    },
    ...problemResponses('unavailable', 'timeout'),
  },
})

/** `/healthz` and `/readyz`. */
export function health(reads: Pick<Reads, 'ping'>): OpenAPIHono {
  return new OpenAPIHono()
    .openapi(alive, context => context.json({ status: 'up' }, 200))
    .openapi(ready, async context => {
      await reads.ping()
      return context.json({ status: 'ready' }, 200)
    })
}
