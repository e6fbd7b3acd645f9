import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Clock } from '../../../topology/index.ts'
import { Problem, problemResponses, resource, traceparentHeader, traceparentOf } from '../../index.ts'
import { type PriceParts, postPrice } from '../post-price.ts'
import { sampled } from '../samples/sample.ts'
import { priceBody } from '../views/request-bodies.ts'

const view = z
  .object({
    exchange: z.string(),
    instrumentId: z.string(),
    source: z.string(),
    occurredAt: z.iso.datetime(),
    eventId: z.string(),
    outcome: z
      .enum(['posted', 'repeated', 'outdated'])
      .openapi({ description: 'repeated: it was posted before; outdated: a newer one was. Neither makes an event.' }),
  })
  .openapi('PostedPrice')

const post = createRoute({
  method: 'post',
  path: '/v1/prices',
  tags: ['prices'],
  summary: 'Feed a market price',
  description:
    'Orders fill against it, and every portfolio that trades the instrument is marked at it. Only a price that is newer than the last one of its source counts.',
  request: { body: { required: true, content: { 'application/json': { schema: priceBody } } } },
  responses: {
    202: {
      description: 'It is on its way, or changes nothing: see `outcome`. Only one that was posted has a `traceparent`.',
      headers: z.object({ traceparent: traceparentHeader.optional() }),
      content: sampled('posted-price', view),
    },
    ...problemResponses(
      'invalid-request',
      'conflict',
      'body-too-large',
      'unsupported-media-type',
      'unavailable',
      'timeout',
    ),
  },
})

/** `/v1/prices`. */
export function priceResource(parts: PriceParts, clock: Pick<Clock, 'random'>): OpenAPIHono {
  return resource().openapi(post, async context => {
    const { occurredAt, ...price } = context.req.valid('json')
    const traceparent = traceparentOf(context.req.header('traceparent'), clock)
    const posting = await postPrice({ ...parts, traceparent }, price, occurredAt)
    if (posting.kind === 'invalid')
      throw new Problem('invalid-request', posting.problems.join('; '), {
        errors: posting.problems.map(problem => ({ at: 'body', problem })),
      })
    if (posting.kind === 'conflict')
      throw new Problem(
        'conflict',
        `source '${price.source}' has posted another price for this time: give the newer one a later occurredAt`,
      )
    const { exchange, instrumentId, source } = price
    const { eventId } = posting.event
    const time = new Date(occurredAt).toISOString()
    const answer = { exchange, instrumentId, source, occurredAt: time, eventId, outcome: posting.kind }
    return context.json(answer, 202, posting.kind === 'posted' ? { traceparent } : {})
  })
}
