import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { freshProblems, idField, isStorable, pageParameters, readCursor, resource, timeParameter } from '../../index.ts'
import { freshnessParameters } from '../freshness.ts'
import { sampled } from '../samples/sample.ts'
import { orderStatus, orderView, viewOrder } from '../views/order-view.ts'
import { instrumentParameters, portfolioParameters, sideParameter } from '../views/parameters.ts'
import { type PortfolioParts, pageView, readPage } from './list-page.ts'

const route = createRoute({
  method: 'get',
  path: '/v1/portfolios/{portfolioId}/orders',
  tags: ['portfolios'],
  summary: 'Orders, newest placement first',
  request: {
    params: portfolioParameters,
    query: z.strictObject({
      ...instrumentParameters,
      status: orderStatus.optional(),
      side: sideParameter,
      strategyId: idField.optional(),
      tradeId: idField.optional(),
      from: timeParameter('Placed at or after.'),
      to: timeParameter('Placed at or before.'),
      ...pageParameters,
      ...freshnessParameters,
    }),
  },
  responses: {
    200: {
      description: 'One page.',
      content: sampled('orders', pageView(orderView, 'OrderPage')),
    },
    ...freshProblems,
  },
})

const key = z
  .tuple([z.int().refine(isStorable).nullable(), idField])
  .transform(([placedAt, orderId]) => ({ placedAt, orderId }))

/** `/v1/portfolios/{portfolioId}/orders`. */
export function orderResource({ reads, fresh }: PortfolioParts): OpenAPIHono {
  return resource().openapi(route, async context => {
    const { portfolioId } = context.req.valid('param')
    const query = context.req.valid('query')
    const page = await readPage(fresh, {
      list: 'orders',
      read: reads.orders,
      view: viewOrder,
      keyOf: row => [row.placedAt, row.orderId],
      portfolioId,
      filter: query,
      after: readCursor('orders', query.cursor, key),
      limit: query.limit,
      freshness: query,
      signal: context.req.raw.signal,
    })
    return context.json(page, 200)
  })
}
