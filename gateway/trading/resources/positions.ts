import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { freshProblems, pageParameters, readCursor, resource, textKey, writeTextKey } from '../../index.ts'
import { freshnessParameters } from '../freshness.ts'
import { sampled } from '../samples/sample.ts'
import { instrumentParameters, openParameter, portfolioParameters } from '../views/parameters.ts'
import { positionView, viewPosition } from '../views/position-view.ts'
import { type PortfolioParts, pageView, readPage } from './list-page.ts'

const route = createRoute({
  method: 'get',
  path: '/v1/portfolios/{portfolioId}/positions',
  operationId: 'listPositions',
  tags: ['portfolios'],
  summary: 'Positions, by instrument; closed ones too unless filtered',
  request: {
    params: portfolioParameters,
    query: z.strictObject({
      ...instrumentParameters,
      open: openParameter,
      ...pageParameters('positions'),
      ...freshnessParameters,
    }),
  },
  responses: {
    200: {
      description: 'One page.',
      content: sampled('positions', pageView(positionView, 'PositionPage')),
    },
    ...freshProblems,
  },
})

/** `/v1/portfolios/{portfolioId}/positions`. */
export function positionResource({ reads, fresh }: PortfolioParts): OpenAPIHono {
  return resource().openapi(route, async context => {
    const { portfolioId } = context.req.valid('param')
    const query = context.req.valid('query')
    const page = await readPage(fresh, {
      list: 'positions',
      read: reads.positions,
      view: viewPosition,
      keyOf: row => writeTextKey(row.instrumentKey),
      portfolioId,
      filter: query,
      after: readCursor('positions', query.cursor, textKey),
      limit: query.limit,
      freshness: query,
      signal: context.req.raw.signal,
    })
    return context.json(page, 200)
  })
}
