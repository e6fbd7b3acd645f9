import { OpenAPIHono } from '@hono/zod-openapi'
import { Problem, problemResponse } from './problem.ts'
import type { Reads } from './reads/reads.ts'
import { health } from './resources/health.ts'
import { portfolioResource } from './resources/portfolios.ts'

/** What the resources need. */
export interface AppParts {
  readonly reads: Reads
  /** Hears of defects: what answers 500. */
  readonly report: (error: unknown) => void
}

/** The gateway's routes, without a port. Ask it with `app.request('/v1/portfolios/alpha')`. */
export function buildApp({ reads, report }: AppParts): OpenAPIHono {
  const app = new OpenAPIHono()
  app.onError((error, context) => problemResponse(error, context, report))
  app.notFound(context => problemResponse(new Problem('not-found', `there is no ${context.req.path}`), context, report))
  app.route('/', health(reads))
  app.route('/', portfolioResource(reads))
  return app
}
