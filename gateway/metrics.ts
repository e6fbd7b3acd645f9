import { Hono, type MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import { Gauge, Histogram, Registry } from 'prom-client'
import type { Outbox } from '../store/outbox/outbox.ts'
import type { Clock } from '../topology/definition/clock.ts'

/** The counts and times of a gateway. */
interface GatewayMetrics {
  /** Everything that `/metrics` shows. An application adds its own to it. */
  readonly registry: Registry
  /** Times every request, by route and status. */
  readonly middleware: MiddlewareHandler
  /** `/metrics`, in Prometheus' text format. */
  readonly routes: Hono
}

/** The parts that the gauges are read from when they are asked for. */
interface GatewayMetricsParts {
  readonly outbox: Pick<Outbox, 'status'>
  readonly clock: Pick<Clock, 'monotonic'>
}

/** Makes the metrics of one gateway. While the database is away its gauges are NaN, and the rest is served. */
export function gatewayMetrics({ outbox, clock }: GatewayMetricsParts): GatewayMetrics {
  const registry = new Registry()
  const registers = [registry]
  const seconds = new Histogram({
    name: 'millrace_gateway_request_seconds',
    help: 'Time to answer, by route, method and status',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  })
  const pending = new Gauge({ name: 'millrace_outbox_pending', help: 'Events that wait to be published', registers })
  const oldest = new Gauge({
    name: 'millrace_outbox_oldest_pending_seconds',
    help: 'Age of the oldest event that waits; 0 when none does',
    registers,
  })
  const led = new Gauge({ name: 'millrace_outbox_led', help: '1 while a relay leads', registers })
  const up = new Gauge({ name: 'millrace_gateway_database_up', help: '1 while the database answers', registers })
  const known = new Map<string, Pick<Histogram.Internal<string>, 'observe'>>()
  /** The series of an answer, looked up by one text: by its labels it costs as much as a small answer. */
  const timed = (route: string, method: string, status: string) => {
    const name = `${method} ${status} ${route}`
    const series = known.get(name) ?? seconds.labels({ route, method, status })
    known.set(name, series)
    return series
  }
  const readOutbox = async () => {
    const status = await outbox.status().catch(() => undefined)
    up.set(status ? 1 : 0)
    pending.set(status?.pending ?? Number.NaN)
    oldest.set(status ? (status.oldestPendingMs ?? 0) / 1_000 : Number.NaN)
    led.set(status ? Number(status.led) : Number.NaN)
  }
  return {
    registry,
    middleware: async (context, next) => {
      const start = clock.monotonic()
      await next()
      const route = matchedRoutes(context).findLast(({ method }) => method !== 'ALL')?.path ?? 'none'
      timed(route, context.req.method, String(context.res.status)).observe((clock.monotonic() - start) / 1_000)
    },
    routes: new Hono().get('/metrics', async context => {
      await readOutbox()
      return context.text(await registry.metrics(), 200, { 'Content-Type': registry.contentType })
    }),
  }
}
