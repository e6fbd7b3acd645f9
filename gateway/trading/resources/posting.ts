import { z } from '@hono/zod-openapi'
import { problemResponses, traceparentHeader } from '../../index.ts'
import { sampled } from '../samples/sample.ts'
import { writeProblems } from './write-problems.ts'

/** The documentation of a body that a request must have. */
export function jsonBody<B extends z.ZodType>(schema: B) {
  return { required: true as const, content: { 'application/json': { schema } } }
}

/** The answer of a route that posts an event. */
interface Posted<V extends z.ZodType> {
  readonly description: string
  readonly view: V
  readonly sample: Parameters<typeof sampled>[0]
}

/**
 * A route that posts an event through the outbox, for `createRoute`: 202 with the event's trace, which one that was posted before has
 * not, and the problems of a write.
 *
 * Shape: `createRoute({ path: '/v1/prices', tags: ['prices'], summary: 'Feed a price', ...posting(priceBody, { ... }) })`.
 */
export function posting<B extends z.ZodType, V extends z.ZodType>(body: B, { description, view, sample }: Posted<V>) {
  return {
    method: 'post' as const,
    request: { body: jsonBody(body) },
    responses: {
      202: {
        description,
        headers: z.object({ Location: z.string().optional(), traceparent: traceparentHeader.optional() }),
        content: sampled(sample, view),
      },
      ...problemResponses(...writeProblems),
    },
  }
}
