import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Outbox } from '../../store/outbox/outbox.ts'
import { sample } from '../samples/sample.ts'
import { resource } from './resource.ts'
import { problemResponses } from './responses.ts'

/** The outbox as the API shows it. */
export const outboxView = z
  .object({
    pending: z.int().openapi({ description: 'Events that wait to be published.' }),
    stuck: z.int().openapi({ description: 'Of these, events that cannot be published: see `millrace outbox list`.' }),
    oldestPendingMs: z.int().nullable().openapi({ description: 'Age of the oldest of them.' }),
    published: z.int().openapi({ description: 'Events that were published and whose entries are still kept.' }),
    lastPublishedMs: z.int().nullable().openapi({ description: 'Time since the last was published; null: none was.' }),
    epoch: z.int().openapi({ description: 'Counts the relays that have led.' }),
    led: z.boolean().openapi({ description: 'A relay leads now; else nothing is published.' }),
  })
  .openapi('Outbox')

const status = createRoute({
  method: 'get',
  path: '/v1/outbox',
  operationId: 'getOutbox',
  tags: ['operating'],
  summary: 'Events that wait to be published, and whether a relay works on them',
  responses: {
    200: {
      description: 'As of now.',
      content: { 'application/json': { schema: outboxView, example: sample('outbox') } },
    },
    ...problemResponses('unavailable', 'timeout'),
  },
})

/** `/v1/outbox`. */
export function outboxResource(outbox: Pick<Outbox, 'status'>): OpenAPIHono {
  return resource().openapi(status, async context => context.json(await outbox.status(), 200))
}
