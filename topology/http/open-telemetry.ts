/** The module `@opentelemetry/api`. Its types alone are imported: the module is loaded when it is used. */
export type OpenTelemetry = typeof import('@opentelemetry/api')

/** Symbol under which `@opentelemetry/api` 1.x keeps what an SDK has registered, for all its copies in a process. */
const registry = Symbol.for('opentelemetry.js.api.1')

let loading: Promise<OpenTelemetry> | undefined
let loaded: OpenTelemetry | undefined

/**
 * `@opentelemetry/api`, where an SDK has registered a tracer provider in this process (`node --import ./tracing.js ...`). Else
 * undefined, and nothing is loaded.
 */
export async function registeredApi(): Promise<OpenTelemetry | undefined> {
  const registered = (globalThis as { [registry]?: { readonly trace?: unknown } })[registry]
  if (registered?.trace === undefined) return undefined
  loading ??= import('@opentelemetry/api')
  loaded = await loading
  return loaded
}

/** The `traceparent` of the span that is active now; undefined: none is, or nothing has asked for `registeredApi` yet. */
export function activeTraceparent(): string | undefined {
  const span = loaded?.trace.getActiveSpan()?.spanContext()
  if (span === undefined || !loaded?.isSpanContextValid(span)) return undefined
  return `00-${span.traceId}-${span.spanId}-${(span.traceFlags & 1).toString().padStart(2, '0')}`
}
