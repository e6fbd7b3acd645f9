import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { freshProblems, idField, pageParameters, readCursor, resource, timeParameter } from '../../index.ts'
import { freshnessParameters } from '../freshness.ts'
import { sampled } from '../samples/sample.ts'
import { orderStatus, orderView, viewOrder } from '../views/order-view.ts'
import { instrumentParameters, openParameter, portfolioParameters, sideParameter } from '../views/parameters.ts'
import { type PortfolioParts, pageView, readPage } from './list-page.ts'

/** An order's key in cursors: its placement in ms (of the years 1019 to 9892; empty: not placed yet), and its id. */
const keyForm =
  '(-?[0-9]{1,13}|-[12][0-9]{13}|[0-9]{14}|1[0-9]{14}|2[0-4][0-9]{13})?\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'

const route = createRoute({
  method: 'get',
  path: '/v1/portfolios/{portfolioId}/orders',
  operationId: 'listOrders',
  tags: ['portfolios'],
  summary: 'Orders, newest placement first',
  request: {
    params: portfolioParameters,
    query: z.strictObject({
      ...instrumentParameters,
      status: orderStatus.optional(),
      open: openParameter,
      side: sideParameter,
      strategyId: idField.optional(),
      tradeId: idField.optional(),
      from: timeParameter('Placed at or after.'),
      to: timeParameter('Placed at or before.'),
      ...pageParameters('orders', keyForm),
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
  .string()
  .regex(new RegExp(`^(${keyForm})$`))
  .transform(text => {
    const [placedAt = '', orderId = ''] = text.split('.')
    return { placedAt: placedAt === '' ? null : Number(placedAt), orderId }
  })

/** `/v1/portfolios/{portfolioId}/orders`. */
export function orderResource({ reads, fresh }: PortfolioParts): OpenAPIHono {
  return resource().openapi(route, async context => {
    const { portfolioId } = context.req.valid('param')
    const query = context.req.valid('query')
    const page = await readPage(fresh, {
      list: 'orders',
      read: reads.orders,
      view: viewOrder,
      keyOf: row => `${row.placedAt ?? ''}.${row.orderId}`,
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
