import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  freshProblems,
  type GatewayParts,
  idField,
  Problem,
  problemResponses,
  resource,
  waitParameter,
} from '../../index.ts'
import { sampled } from '../samples/sample.ts'
import { findTraces, type TraceParts } from '../trace/find-traces.ts'
import { traceView, viewTrace } from '../views/trace-view.ts'

const route = createRoute({
  method: 'get',
  path: '/v1/trace/{id}',
  operationId: 'getTrace',
  tags: ['signals'],
  summary: 'The story of one signal: its verdict, decision, order, fills, books and dead letters',
  request: {
    params: z.object({
      id: idField.openapi({
        description: 'An idempotency key, a correlation id, or the id of an event, a trade or an order.',
        example: 'ma-2-5:MSFT:2010-03-01',
      }),
    }),
    query: z.strictObject({
      portfolioId: idField.optional().openapi({ description: 'Of this portfolio, where several used the key.' }),
      waitMs: waitParameter,
    }),
  },
  responses: {
    200: { description: 'As far as it has come.', content: sampled('trace', traceView) },
    ...freshProblems,
    ...problemResponses('conflict'),
  },
})

/** `/v1/trace/{id}`. */
export function traceResource(parts: TraceParts & Pick<GatewayParts, 'fresh' | 'letters'>): OpenAPIHono {
  return resource().openapi(route, async context => {
    const { id } = context.req.valid('param')
    const { portfolioId, waitMs } = context.req.valid('query')
    const found = await parts.fresh(
      () => findTraces(parts, id, portfolioId),
      () => undefined,
      waitMs,
      context.req.raw.signal,
    )
    const meant = (found ?? []).filter(one => portfolioId === undefined || one.portfolioId === portfolioId)
    const [traced, ...others] = meant
    if (!traced) throw new Problem('not-found', `no signal, event, trade or order is known by '${id}'`)
    if (others.length > 0) {
      const names = meant.map(one => `'${one.portfolioId}'`).join(', ')
      throw new Problem('conflict', `'${id}' is of the portfolios ${names}: name one with portfolioId`)
    }
    const ids = [traced.correlationId, traced.idempotencyKey]
    return context.json(viewTrace(traced, (await parts.letters?.(ids)) ?? null), 200)
  })
}
