import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { freshProblems, resource, wholeParameter } from '../../index.ts'
import { freshnessParameters, portfolioLag } from '../freshness.ts'
import { isUnknownPortfolio } from '../reads/portfolio-cut.ts'
import { sampled } from '../samples/sample.ts'
import { historyView, viewHistory } from '../views/history-view.ts'
import { portfolioParameters } from '../views/parameters.ts'
import { absent, type PortfolioParts } from './list-page.ts'

const route = createRoute({
  method: 'get',
  path: '/v1/portfolios/{portfolioId}/history',
  operationId: 'getPortfolioHistory',
  tags: ['portfolios'],
  summary: 'A portfolio over time: its books, its exposure against the cap, its fills',
  request: {
    params: portfolioParameters,
    query: z.strictObject({
      points: wholeParameter(2, 2_000, 400, 'Points of each series; longer ones are thinned, first and last kept.'),
      ...freshnessParameters,
    }),
  },
  responses: {
    200: {
      description: 'Three series, oldest first.',
      content: sampled('history', historyView),
    },
    ...freshProblems,
  },
})

/** `/v1/portfolios/{portfolioId}/history`. */
export function historyResource({ reads, fresh }: PortfolioParts): OpenAPIHono {
  return resource().openapi(route, async context => {
    const { portfolioId } = context.req.valid('param')
    const { points, ...freshness } = context.req.valid('query')
    const answer = await fresh(
      () => reads.history({ portfolioId, including: freshness.including }, points),
      value => portfolioLag(value?.cut, freshness),
      freshness.waitMs,
      context.req.raw.signal,
    )
    if (!answer || isUnknownPortfolio(answer.cut)) throw absent(portfolioId)
    return context.json(viewHistory(answer.cut, answer.value), 200)
  })
}
