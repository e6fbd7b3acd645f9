import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Clock } from '../../../topology/index.ts'
import { Problem, resource, traceparentOf } from '../../index.ts'
import { type PriceParts, postPrice } from '../post-price.ts'
import { priceBody } from '../views/request-bodies.ts'
import { posting } from './posting.ts'

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
  path: '/v1/prices',
  operationId: 'postPrice',
  tags: ['prices'],
  summary: 'Feed a market price',
  description:
    'Orders fill against it, and every portfolio that trades the instrument is marked at it. Only a price that is newer than the last one of its source counts.',
  ...posting(priceBody, {
    description: 'It is on its way, or changes nothing: see `outcome`. Only one that was posted has a `traceparent`.',
    view,
    sample: 'posted-price',
  }),
})

/** `/v1/prices`. */
export function priceResource(parts: PriceParts, clock: Pick<Clock, 'random'>): OpenAPIHono {
  return resource().openapi(post, async context => {
    const { occurredAt, ...price } = context.req.valid('json')
    const traceparent = traceparentOf(context.req.header('traceparent'), clock)
    const posted = await postPrice({ ...parts, traceparent }, price, occurredAt)
    // Each field is of its form, so it is the prices together that cannot be, or their time and the clock.
    if (posted.kind === 'invalid')
      throw new Problem('conflict', posted.problems.join('; '), {
        errors: posted.problems.map(problem => ({ at: 'body', problem })),
      })
    if (posted.kind === 'conflict')
      throw new Problem(
        'conflict',
        `source '${price.source}' has posted another price for this time: give the newer one a later occurredAt`,
      )
    const { exchange, instrumentId, source } = price
    const { eventId } = posted.event
    const time = new Date(occurredAt).toISOString()
    const answer = { exchange, instrumentId, source, occurredAt: time, eventId, outcome: posted.kind }
    return context.json(answer, 202, posted.kind === 'posted' ? { traceparent } : {})
  })
}
