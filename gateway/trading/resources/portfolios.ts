import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  freshProblems,
  pageParameters,
  problemResponses,
  readCursor,
  resource,
  textKey,
  unchanging,
  usualWaitMs,
  writeCursor,
  writeTextKey,
} from '../../index.ts'
import { freshnessParameters, portfolioLag } from '../freshness.ts'
import { isUnknownPortfolio } from '../reads/portfolio-cut.ts'
import type { Portfolio } from '../reads/portfolio-reads.ts'
import { sampled } from '../samples/sample.ts'
import { portfolioParameters } from '../views/parameters.ts'
import { portfolioView, summaryView, viewPortfolio, viewSummary } from '../views/portfolio-view.ts'
import { absent, type PortfolioParts } from './list-page.ts'

const one = createRoute({
  method: 'get',
  path: '/v1/portfolios/{portfolioId}',
  operationId: 'getPortfolio',
  tags: ['portfolios'],
  summary: 'A portfolio: summary, open positions, recent fills and trades',
  request: { params: portfolioParameters, query: z.strictObject(freshnessParameters) },
  responses: {
    200: {
      description: 'All of it as of one moment.',
      content: sampled('portfolio', portfolioView),
    },
    ...freshProblems,
  },
})

const listView = z
  .object({
    items: z.array(z.object({ portfolioId: z.string().openapi({ example: 'alpha-01' }), summary: summaryView })),
    nextCursor: z.string().nullable().openapi({ description: 'The start of the next page; null: this is the last.' }),
  })
  .openapi('PortfolioPage')

const all = createRoute({
  method: 'get',
  path: '/v1/portfolios',
  operationId: 'listPortfolios',
  tags: ['portfolios'],
  summary: 'The portfolios that were decided on or traded, by id',
  request: { query: z.strictObject(pageParameters('portfolios')) },
  responses: {
    200: {
      description: 'One page.',
      content: sampled('portfolios', listView),
    },
    ...problemResponses('invalid-request', 'not-ready', 'unavailable', 'timeout'),
  },
})

const views = new WeakMap<Portfolio, ReturnType<typeof viewPortfolio>>()

/** The view of a portfolio, made once for each reading of it. */
function viewOf(portfolio: Portfolio): ReturnType<typeof viewPortfolio> {
  const known = views.get(portfolio)
  if (known) return known
  const view = unchanging(viewPortfolio(portfolio))
  views.set(portfolio, view)
  return view
}

/** `/v1/portfolios` and `/v1/portfolios/{portfolioId}`. */
export function portfolioResource({ reads, fresh }: PortfolioParts): OpenAPIHono {
  return resource()
    .openapi(one, async context => {
      const { portfolioId } = context.req.valid('param')
      const freshness = context.req.valid('query')
      const portfolio = await fresh(
        () => reads.portfolio({ portfolioId, including: freshness.including }),
        value => portfolioLag(value?.cut, freshness),
        freshness.waitMs,
        context.req.raw.signal,
      )
      if (!portfolio || isUnknownPortfolio(portfolio.cut)) throw absent(portfolioId)
      return context.json(viewOf(portfolio), 200)
    })
    .openapi(all, async context => {
      const { cursor, limit } = context.req.valid('query')
      const after = readCursor('portfolios', cursor, textKey)
      const found = await fresh(
        () => reads.portfolios({ limit: limit + 1, after }),
        () => undefined,
        usualWaitMs,
        context.req.raw.signal,
      )
      const rows = found ?? []
      const items = rows.slice(0, limit).map(({ books, risk }) => ({
        portfolioId: (books ?? risk)?.portfolioId ?? '',
        summary: viewSummary(books, risk),
      }))
      const last = rows.length > limit ? items.at(-1)?.portfolioId : undefined
      return context.json(
        { items, nextCursor: last === undefined ? null : writeCursor('portfolios', writeTextKey(last)) },
        200,
      )
    })
}
