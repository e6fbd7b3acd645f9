import { z } from '@hono/zod-openapi'
import type { Clock } from '../topology/definition/clock.ts'
import { activeTraceparent } from '../topology/http/open-telemetry.ts'

/*
 * W3C Trace Context, section 3.2:
 *   traceparent => version '-' trace-id '-' parent-id '-' flags      lower-case hex of 2, 32, 16 and 2 digits
 * A version of ff, and ids of zeros, are not valid. Version 00 ends at the flags; later versions may have more fields,
 * which are kept.
 */
const form = /^(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-[\x21-\x7e]{1,200})?$/

/**
 * The trace that a request belongs to: that of the active span where OpenTelemetry is in use, else its `traceparent` header, or a fresh one
 * where it has none that is valid. A fresh one is not sampled: nobody has recorded its beginning.
 */
export function traceparentOf(header: string | undefined, clock: Pick<Clock, 'random'>): string {
  const active = activeTraceparent()
  if (active !== undefined) return active
  if (header !== undefined && form.test(header)) return header
  return `00-${hexDigits(32, clock)}-${hexDigits(16, clock)}-00`
}

/** The last digit is not zero, so that not all are. */
function hexDigits(count: number, clock: Pick<Clock, 'random'>): string {
  const digits = Array.from({ length: count - 1 }, () => Math.floor(clock.random() * 16).toString(16))
  return digits.join('') + (1 + Math.floor(clock.random() * 15)).toString(16)
}

/** The trace that an event belongs to, on an answer. */
export const traceparentHeader = z.string().openapi({
  description:
    "The trace of the event: the request's own `traceparent`, else a fresh one. All that it causes carries it.",
  example: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
})
