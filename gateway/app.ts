import type { OpenAPIHono } from '@hono/zod-openapi'
import { guardOf } from '../topology/http/guard.ts'
import { type PortAccess, portAccess } from '../topology/http/port-access.ts'
import { streamsOf } from '../topology/http/streams.ts'
import { missProblem } from './allowed-methods.ts'
import type { ConsoleData } from './console/console-data.ts'
import { consoleRoutes } from './console/routes.ts'
import { documentation } from './documentation.ts'
import { entityTag } from './entity-tag.ts'
import type { GatewayExtension, GatewayParts } from './extension.ts'
import { freshRead } from './freshness.ts'
import { gatewayMetrics } from './metrics.ts'
import { pages } from './pages/pages.ts'
import { problemResponse } from './problem.ts'
import { relayNotice } from './relay-notice.ts'
import { requestBodies } from './request-bodies.ts'
import { requestSpans } from './request-spans.ts'
import { health } from './resources/health.ts'
import { outboxResource } from './resources/outbox.ts'
import { resource } from './resources/resource.ts'
import { storeResource } from './resources/stores.ts'

/** The parts that the routes are built from. */
export type AppParts = Omit<GatewayParts, 'fresh' | 'guard' | 'enterStream'> & {
  /** Unset: loopback alone. */
  readonly access?: PortAccess
  readonly console?: ConsoleData
}

/** Routes that need the token where one is set, though they only read. */
const operatingPaths = ['/metrics', '/v1/outbox']

/** The gateway's routes, without a port. Ask it with `app.request('/v1/stores')`. */
export function buildApp(given: AppParts, extension: GatewayExtension = {}): OpenAPIHono {
  const { access = portAccess(), console: shown, ...rest } = given
  const guard = guardOf(access)
  const parts: GatewayParts = { ...rest, fresh: freshRead(rest.clock), guard, enterStream: streamsOf(access) }
  const { report } = parts
  const metrics = gatewayMetrics(parts)
  extension.metrics?.(metrics.registry, parts)
  const app = resource()
  app.onError((error, context) => problemResponse(error, context, report))
  app.use(guard.everyRoute, metrics.middleware, requestSpans(), entityTag(), relayNotice(parts))
  for (const path of operatingPaths) app.use(`${path}/*`, guard.operating)
  for (const path of extension.bodyPaths ?? []) app.use(path, requestBodies())
  const own = extension.routes?.(parts) ?? []
  for (const routes of [
    health(parts),
    ...own,
    outboxResource(parts.outbox),
    storeResource(parts, extension.storeExample),
  ])
    app.route('/', routes)
  app.route('/', metrics.routes)
  if (shown)
    app.route(
      '/',
      consoleRoutes(shown, { guard, enterStream: parts.enterStream, writes: access.token !== undefined, report }),
    )
  const { description } = extension
  app.route('/', documentation(app, { description, token: access.token !== undefined, operatingPaths }))
  app.route('/', pages(extension.pages))
  const miss = missProblem(app)
  app.notFound(context => problemResponse(miss(context.req.path), context, report))
  return app
}
