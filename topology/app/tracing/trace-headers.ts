import type { Context } from '@opentelemetry/api'
import type { Header } from '../../definition/record.ts'
import type { OpenTelemetry } from '../../http/open-telemetry.ts'

/** The trace that headers carry, by the propagators that are registered (W3C Trace Context unless told otherwise). */
export function contextOf(api: OpenTelemetry, headers: readonly Header[]): Context {
  if (headers.length === 0) return api.ROOT_CONTEXT
  return api.propagation.extract(api.ROOT_CONTEXT, headers, {
    keys: carrier => carrier.map(({ key }) => key),
    get: (carrier, key) => carrier.findLast(header => header.key === key)?.value?.toString(),
  })
}

/** Headers with the trace of a context in the place of another. */
export function withContext(api: OpenTelemetry, headers: readonly Header[], context: Context): readonly Header[] {
  const carrier: Record<string, string> = {}
  api.propagation.inject(context, carrier)
  const own = Object.entries(carrier).map(([key, value]) => ({ key, value: Buffer.from(value) }))
  return [...headers.filter(({ key }) => !(key in carrier)), ...own]
}

/** The bytes of `traceparent`, by which two lists of headers are told to be of one trace; empty: there is none. */
export function traceparentIn(headers: readonly Header[]): string {
  return headers.findLast(({ key }) => key === 'traceparent')?.value?.toString() ?? ''
}
