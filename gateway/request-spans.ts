import type { MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import { registeredApi } from '../topology/http/open-telemetry.ts'

/**
 * Answers each request in a span of its own where an OpenTelemetry SDK is registered in this process: what is posted then carries on the
 * trace of that span. A span that is active already, of an instrumentation of Node's http, is taken as it is.
 *
 * Source: OpenTelemetry's semantic conventions for HTTP servers. A query may hold what nobody should read, and stays out.
 */
export function requestSpans(): MiddlewareHandler {
  return async (context, next) => {
    const api = await registeredApi()
    if (api === undefined || api.trace.getActiveSpan() !== undefined) return next()
    const { method, path, raw } = context.req
    const parent = api.propagation.extract(api.ROOT_CONTEXT, Object.fromEntries(raw.headers))
    const attributes = { 'http.request.method': method, 'url.path': path }
    const tracer = api.trace.getTracer('millrace')
    const span = tracer.startSpan(method, { kind: api.SpanKind.SERVER, attributes }, parent)
    await api.context.with(api.trace.setSpan(parent, span), next)
    const route = matchedRoutes(context).findLast(one => one.method !== 'ALL')?.path
    const { status } = context.res
    span.setAttribute('http.response.status_code', status)
    if (route !== undefined) {
      span.setAttribute('http.route', route)
      span.updateName(`${method} ${route}`)
    }
    if (status >= 500) span.setStatus({ code: api.SpanStatusCode.ERROR })
    span.end()
  }
}
