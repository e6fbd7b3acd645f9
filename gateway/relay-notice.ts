import type { MiddlewareHandler } from 'hono'
import type { Outbox } from '../store/outbox/outbox.ts'
import type { Clock } from '../topology/definition/clock.ts'

/** The parts that the notice looks at. */
interface RelayNoticeParts {
  readonly outbox: Pick<Outbox, 'led'>
  readonly clock: Pick<Clock, 'monotonic'>
}

/** An answer of the database about the relay holds for so long. Units: ms. */
const holdsMs = 1_000

/** The text of the header `Warning`; 199: a warning for people (RFC 7234, 5.5). */
const warning = `199 millrace "no relay publishes the outbox: it is kept and waits; start one with 'millrace outbox relay'"`

/**
 * Adds a `Warning` to the 201 or 202 of what was posted while no relay leads: it is kept in the outbox, and nothing publishes it. The database is
 * asked at most once a second; while it does not answer nothing is said.
 */
export function relayNotice({ outbox, clock }: RelayNoticeParts): MiddlewareHandler {
  let known: { readonly at: number; readonly led: Promise<boolean> } | undefined
  return async (context, next) => {
    await next()
    if (context.res.status !== 201 && context.res.status !== 202) return
    const now = clock.monotonic()
    if (known === undefined || now - known.at > holdsMs) known = { at: now, led: outbox.led().catch(() => true) }
    if (!(await known.led)) context.res.headers.set('Warning', warning)
  }
}
