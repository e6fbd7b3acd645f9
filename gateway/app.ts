import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Outbox } from '../store/outbox/outbox.ts'
import { quarantine } from '../store/trading/reconciler.ts'
import type { Clock } from '../topology/definition/clock.ts'
import type { TopologyDefinition } from '../topology/definition/definition.ts'
import { missProblem } from './allowed-methods.ts'
import { documentation } from './documentation.ts'
import { entityTag } from './entity-tag.ts'
import { freshRead } from './freshness.ts'
import { gatewayMetrics } from './metrics.ts'
import { pages } from './pages/pages.ts'
import { problemResponse } from './problem.ts'
import type { Reads } from './reads/reads.ts'
import { requestBodies } from './request-bodies.ts'
import { health } from './resources/health.ts'
import { outboxResource } from './resources/outbox.ts'
import { resource } from './resources/resource.ts'
import { storeResource } from './resources/stores.ts'
import { knownInstrument } from './trading/known-instrument.ts'
import { fillResource } from './trading/resources/fills.ts'
import { historyResource } from './trading/resources/history.ts'
import { instrumentResource } from './trading/resources/instruments.ts'
import { orderResource } from './trading/resources/orders.ts'
import { portfolioResource } from './trading/resources/portfolios.ts'
import { positionResource } from './trading/resources/positions.ts'
import { signalResource } from './trading/resources/signals.ts'
import { tradeResource } from './trading/resources/trades.ts'
import { updateResource } from './trading/resources/updates.ts'

/** What the resources need. */
export interface AppParts {
  readonly reads: Reads
  readonly topology: Pick<TopologyDefinition, 'stores'>
  readonly clock: Clock
  readonly outbox: Pick<Outbox, 'post' | 'read' | 'status'>
  /** Postgres schema of the tables. */
  readonly schema: string
  /** Aborts when the gateway closes: streams end. */
  readonly closing: AbortSignal
  /** Hears of defects: what answers 500. */
  readonly report: (error: unknown) => void
}

/** The gateway's routes, without a port. Ask it with `app.request('/v1/portfolios/alpha')`. */
export function buildApp(parts: AppParts): OpenAPIHono {
  const { report } = parts
  const fresh = freshRead(parts.clock)
  const keepsBooks = parts.topology.stores.some(({ name }) => name === quarantine.name)
  const metrics = gatewayMetrics({ ...parts, quarantined: keepsBooks ? parts.reads.quarantined : undefined })
  const registration = { ...parts, producer: 'gateway', known: knownInstrument(parts.reads, parts.clock) }
  const app = resource()
  app.onError((error, context) => problemResponse(error, context, report))
  app.use(metrics.middleware, entityTag())
  for (const path of ['/v1/instruments/*', '/v1/signals']) app.use(path, requestBodies())
  for (const routes of [
    health(parts),
    portfolioResource({ ...parts, fresh }),
    positionResource({ ...parts, fresh }),
    orderResource({ ...parts, fresh }),
    fillResource({ ...parts, fresh }),
    tradeResource({ ...parts, fresh }),
    historyResource({ ...parts, fresh }),
    updateResource({ ...parts, fresh }),
    instrumentResource({ ...parts, fresh, registration }),
    signalResource(registration, parts.clock),
    outboxResource(parts.outbox),
    storeResource({ ...parts, fresh }),
  ])
    app.route('/', routes)
  app.route('/', metrics.routes)
  app.route('/', documentation(app))
  app.route('/', pages())
  const miss = missProblem(app)
  app.notFound(context => problemResponse(miss(context.req.path), context, report))
  return app
}
