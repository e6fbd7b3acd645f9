import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Outbox } from '../../store/outbox/outbox.ts'
import { Problem } from '../problem.ts'
import type { StoreReads } from '../reads/store-reads.ts'
import { sample } from '../samples/sample.ts'
import { outboxView } from './outbox.ts'
import { resource } from './resource.ts'
import { problemResponses } from './responses.ts'

/** The parts that health looks at. */
interface HealthParts {
  readonly reads: Pick<StoreReads, 'ping'>
  readonly outbox: Pick<Outbox, 'status'>
  /** Aborts when the gateway closes: no more requests should be sent to it. */
  readonly closing: AbortSignal
}

const alive = createRoute({
  method: 'get',
  path: '/healthz',
  operationId: 'getHealth',
  tags: ['operating'],
  summary: 'Whether the process lives',
  responses: {
    200: {
      description: 'It does.',
      content: { 'application/json': { schema: z.object({ status: z.literal('up') }) } },
    },
  },
})

const ready = createRoute({
  method: 'get',
  path: '/readyz',
  operationId: 'getReadiness',
  tags: ['operating'],
  summary: 'Whether requests can be answered, and what waits in the outbox',
  responses: {
    200: {
      description: 'The database answers.',
      content: {
        'application/json': {
          schema: z.object({ status: z.literal('ready'), outbox: outboxView }),
          example: sample('ready'),
        },
      },
    },
    ...problemResponses('not-ready', 'unavailable', 'timeout'),
  },
})

/** `/healthz` and `/readyz`. */
export function health({ reads, outbox, closing }: HealthParts): OpenAPIHono {
  return resource()
    .openapi(alive, context => context.json({ status: 'up' as const }, 200))
    .openapi(ready, async context => {
      if (closing.aborted) throw new Problem('not-ready', 'the gateway is closing: send requests to another one')
      await reads.ping()
      return context.json({ status: 'ready' as const, outbox: await outbox.status() }, 200)
    })
}
