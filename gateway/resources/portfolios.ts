import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { notReady, Problem } from '../problem.ts'
import type { Reading } from '../reads/portfolio-reads.ts'
import type { Reads } from '../reads/reads.ts'
import { portfolioView, viewPortfolio } from '../views/portfolio-view.ts'
import { problemResponses } from './responses.ts'

/** Fills and trades that stand beside the summary. */
const recent = 20

const one = createRoute({
  method: 'get',
  path: '/v1/portfolios/{portfolioId}',
  tags: ['portfolios'],
  summary: 'A portfolio: summary, open positions, recent fills and trades',
  request: {
    params: z.object({ portfolioId: z.string().min(1).max(200).openapi({ example: 'alpha' }) }),
  },
  responses: {
    200: { description: 'All of it as of one moment.', content: { 'application/json': { schema: portfolioView } } },
    ...problemResponses('not-found', 'invalid-request', 'not-ready', 'unavailable', 'timeout'),
  },
})

/** `/v1/portfolios/{portfolioId}`. */
export function portfolioResource(reads: Pick<Reads, 'portfolio'>): OpenAPIHono {
  return new OpenAPIHono().openapi(one, async context => {
    const { portfolioId } = context.req.valid('param')
    const portfolio = found(
      await reads.portfolio(portfolioId, recent),
      `portfolio '${portfolioId}' has no decision and no fill`,
    )
    return context.json(viewPortfolio(portfolio), 200)
  })
}

/** The value. Errors: Problem not-found with `absent` as its detail; not-ready. */
export function found<T>(reading: Reading<T>, absent: string): T {
  if (reading.kind === 'found') return reading.value
  throw reading.kind === 'absent' ? new Problem('not-found', absent) : notReady(reading.stores)
}
