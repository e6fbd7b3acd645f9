import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { freshProblems, pageParameters, readCursor, resource, textKey } from '../../index.ts'
import { freshnessParameters } from '../freshness.ts'
import { sampled } from '../samples/sample.ts'
import { instrumentParameters, portfolioParameters } from '../views/parameters.ts'
import { positionView, viewPosition } from '../views/position-view.ts'
import { type PortfolioParts, pageView, readPage } from './list-page.ts'

const route = createRoute({
  method: 'get',
  path: '/v1/portfolios/{portfolioId}/positions',
  tags: ['portfolios'],
  summary: 'Positions, by instrument; closed ones too unless filtered',
  request: {
    params: portfolioParameters,
    query: z.strictObject({
      ...instrumentParameters,
      open: z
        .enum(['true', 'false'])
        .transform(text => text === 'true')
        .optional()
        .openapi({ type: 'string', enum: ['true', 'false'], description: 'Open ones only, or closed ones only.' }),
      ...pageParameters,
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
      keyOf: row => row.instrumentKey,
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
