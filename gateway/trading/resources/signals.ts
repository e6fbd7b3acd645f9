import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Clock } from '../../../topology/index.ts'
import { Problem, resource, traceparentOf } from '../../index.ts'
import { postSignal, type RegistrationParts } from '../registration.ts'
import { signalBody } from '../views/request-bodies.ts'
import { posting } from './posting.ts'

const view = z
  .object({
    idempotencyKey: z.string(),
    portfolioId: z.string(),
    eventId: z.string(),
    fingerprint: z.string().openapi({ description: 'SHA-256 over the fields that make a request the same.' }),
    status: z.string().openapi({ description: 'The path that tells what has become of it.' }),
    repeated: z.boolean().openapi({ description: 'It was posted before: no second event.' }),
  })
  .openapi('PostedSignal')

const post = createRoute({
  path: '/v1/signals',
  operationId: 'postSignal',
  tags: ['signals'],
  summary: 'Post a signal',
  ...posting(signalBody, {
    description: 'It is on its way. `Location` answers once it is settled. A repeated one has no `traceparent`.',
    view,
    sample: 'posted-signal',
  }),
})

/** `/v1/signals`. */
export function signalResource(registration: RegistrationParts, clock: Pick<Clock, 'random'>): OpenAPIHono {
  return resource().openapi(post, async context => {
    const { signalId, ...body } = context.req.valid('json')
    const { portfolioId, idempotencyKey } = body
    const traceparent = traceparentOf(context.req.header('traceparent'), clock)
    const outcome = await postSignal(
      { ...registration, traceparent },
      { ...body, signalId: signalId ?? idempotencyKey },
    )
    if (outcome.kind === 'conflict') throw new Problem('conflict', `${outcome.reason}: give a new signal new ids`)
    const location = `/v1/portfolios/${encodeURIComponent(portfolioId)}?including=${encodeURIComponent(idempotencyKey)}`
    const repeated = outcome.kind === 'repeated'
    const status = `/v1/portfolios/${encodeURIComponent(portfolioId)}/signals/${encodeURIComponent(idempotencyKey)}`
    const { eventId, fingerprint } = outcome
    const answer = { idempotencyKey, portfolioId, eventId, fingerprint, status, repeated }
    // The event of a repeated signal carries the trace of the request that posted it first.
    return context.json(answer, 202, { Location: location, ...(!repeated && { traceparent }) })
  })
}
