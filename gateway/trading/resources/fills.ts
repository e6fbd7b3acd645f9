import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  freshProblems,
  idField,
  pageParameters,
  readCursor,
  resource,
  seqForm,
  seqKey,
  timeParameter,
} from '../../index.ts'
import { freshnessParameters } from '../freshness.ts'
import { sampled } from '../samples/sample.ts'
import { fillView, viewFill } from '../views/fill-view.ts'
import { instrumentParameters, portfolioParameters, sideParameter } from '../views/parameters.ts'
import { type PortfolioParts, pageView, readPage } from './list-page.ts'

const route = createRoute({
  method: 'get',
  path: '/v1/portfolios/{portfolioId}/fills',
  operationId: 'listFills',
  tags: ['portfolios'],
  summary: 'Fills, newest first',
  request: {
    params: portfolioParameters,
    query: z.strictObject({
      ...instrumentParameters,
      side: sideParameter,
      orderId: idField.optional(),
      tradeId: idField.optional(),
      from: timeParameter('Executed at or after.'),
      to: timeParameter('Executed at or before.'),
      ...pageParameters('fills', seqForm),
      ...freshnessParameters,
    }),
  },
  responses: {
    200: {
      description: 'One page.',
      content: sampled('fills', pageView(fillView, 'FillPage')),
    },
    ...freshProblems,
  },
})

/** `/v1/portfolios/{portfolioId}/fills`. */
export function fillResource({ reads, fresh }: PortfolioParts): OpenAPIHono {
  return resource().openapi(route, async context => {
    const { portfolioId } = context.req.valid('param')
    const query = context.req.valid('query')
    const page = await readPage(fresh, {
      list: 'fills',
      read: reads.fills,
      view: viewFill,
      keyOf: row => row.execSeq.toString(),
      portfolioId,
      filter: query,
      after: readCursor('fills', query.cursor, seqKey),
      limit: query.limit,
      freshness: query,
      signal: context.req.raw.signal,
    })
    return context.json(page, 200)
  })
}
