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
import { instrumentParameters, portfolioParameters, sideParameter } from '../views/parameters.ts'
import { tradeView, viewTrade } from '../views/trade-view.ts'
import { type PortfolioParts, pageView, readPage } from './list-page.ts'

const route = createRoute({
  method: 'get',
  path: '/v1/portfolios/{portfolioId}/trades',
  operationId: 'listTrades',
  tags: ['portfolios'],
  summary: 'Decisions on signals, approved and rejected, newest first',
  request: {
    params: portfolioParameters,
    query: z.strictObject({
      ...instrumentParameters,
      outcome: z.enum(['APPROVED', 'REJECTED']).optional(),
      reasonCode: idField.optional().openapi({ example: 'EXPOSURE_CAP_EXCEEDED' }),
      side: sideParameter,
      strategyId: idField.optional(),
      idempotencyKey: idField.optional(),
      from: timeParameter('Signalled at or after.'),
      to: timeParameter('Signalled at or before.'),
      ...pageParameters('trades', seqForm),
      ...freshnessParameters,
    }),
  },
  responses: {
    200: {
      description: 'One page.',
      content: sampled('trades', pageView(tradeView, 'TradePage')),
    },
    ...freshProblems,
  },
})

/** `/v1/portfolios/{portfolioId}/trades`. */
export function tradeResource({ reads, fresh }: PortfolioParts): OpenAPIHono {
  return resource().openapi(route, async context => {
    const { portfolioId } = context.req.valid('param')
    const query = context.req.valid('query')
    const page = await readPage(fresh, {
      list: 'trades',
      read: reads.trades,
      view: viewTrade,
      keyOf: row => row.riskSeq.toString(),
      portfolioId,
      filter: query,
      after: readCursor('trades', query.cursor, seqKey),
      limit: query.limit,
      freshness: query,
      signal: context.req.raw.signal,
    })
    return context.json(page, 200)
  })
}
