import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { QuarantineRow } from '../../../schemas/trading/generated/quarantine-row.ts'
import {
  type FindLetters,
  freshProblems,
  letterView,
  pageParameters,
  problemResponses,
  readCursor,
  recordView,
  resource,
  textKey,
  viewFields,
  writeTextKey,
} from '../../index.ts'
import { freshnessParameters } from '../freshness.ts'
import { portfolioParameters } from '../views/parameters.ts'
import { type PortfolioParts, pageView, readPage } from './list-page.ts'

/** The parts that the lists of a portfolio's trouble work with. */
interface TroubleParts extends PortfolioParts {
  readonly letters: FindLetters | undefined
}

const report = recordView('QuarantinedReport', viewFields(QuarantineRow, { hidden: ['portfolioId'] }))

const quarantine = createRoute({
  method: 'get',
  path: '/v1/portfolios/{portfolioId}/quarantine',
  operationId: 'listQuarantinedReports',
  tags: ['portfolios'],
  summary: 'Reports that are kept out of the books, and why',
  request: {
    params: portfolioParameters,
    query: z.strictObject({ ...pageParameters('quarantine'), ...freshnessParameters }),
  },
  responses: {
    200: {
      description: 'One page.',
      content: { 'application/json': { schema: pageView(report.schema, 'QuarantinePage') } },
    },
    ...freshProblems,
  },
})

const deadLetters = createRoute({
  method: 'get',
  path: '/v1/portfolios/{portfolioId}/dead-letters',
  operationId: 'listDeadLetters',
  tags: ['portfolios'],
  summary: 'Dead letters that name a portfolio, oldest failure first',
  description: 'Also those of a portfolio that is unknown: a signal of it may have failed before it was decided.',
  request: { params: portfolioParameters },
  responses: {
    200: {
      description: 'All of them.',
      content: {
        'application/json': {
          schema: z
            .object({
              portfolioId: z.string().openapi({ example: 'alpha-01' }),
              items: z
                .array(letterView)
                .nullable()
                .openapi({ description: 'Null: the gateway knows no Kafka, so it cannot look.' }),
            })
            .openapi('DeadLetters'),
        },
      },
    },
    ...problemResponses('invalid-request', 'unavailable'),
  },
})

/** `/v1/portfolios/{portfolioId}/quarantine` and `/v1/portfolios/{portfolioId}/dead-letters`. */
export function troubleResource({ reads, fresh, letters }: TroubleParts): OpenAPIHono {
  return resource()
    .openapi(quarantine, async context => {
      const { portfolioId } = context.req.valid('param')
      const query = context.req.valid('query')
      const page = await readPage(fresh, {
        list: 'quarantine',
        read: reads.quarantine,
        view: report.view,
        keyOf: row => writeTextKey(row.quarantineId),
        portfolioId,
        filter: {},
        after: readCursor('quarantine', query.cursor, textKey),
        limit: query.limit,
        freshness: query,
        signal: context.req.raw.signal,
      })
      return context.json(page, 200)
    })
    .openapi(deadLetters, async context => {
      const { portfolioId } = context.req.valid('param')
      const items = letters === undefined ? null : [...(await letters([portfolioId], 'portfolioId'))]
      return context.json({ portfolioId, items }, 200)
    })
}
