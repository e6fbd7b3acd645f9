import { setMaxListeners } from 'node:events'
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import { newestSnapshotAt } from '../../../processors/domain/books/snapshot.ts'
import type { Clock } from '../../../topology/index.ts'
import { type GatewayParts, Problem, problemResponses, resource, usualWaitMs } from '../../index.ts'
import type { SeenBooks } from '../reads/history-reads.ts'
import { type VersionLooks, versionLooks } from '../version-looks.ts'
import { viewBooks } from '../views/history-view.ts'
import { portfolioParameters } from '../views/parameters.ts'
import { absent, type PortfolioParts } from './list-page.ts'

/** Units: ms. */
const pollMs = 200
const heartbeatMs = 15_000

/** Versions that one query of the database may bring. */
const versionsAtOnce = 200

/** Streams at one time, of all clients. Those of one portfolio share their queries. */
const streamsAtMost = 100

/** The parts that the streams need beside the reads. */
interface UpdateParts extends PortfolioParts, Pick<GatewayParts, 'enterStream'> {
  readonly clock: Clock
  /** Aborts when the gateway closes. */
  readonly closing: AbortSignal
}

const route = createRoute({
  method: 'get',
  path: '/v1/portfolios/{portfolioId}/updates',
  operationId: 'streamPortfolioUpdates',
  tags: ['portfolios'],
  summary: 'Server-sent events: the books at each version, and where prices move them, as they come',
  description:
    'Each event has the version as its id and the books (`PortfolioBooks`) as its data. A client that comes back with `Last-Event-ID` ' +
    'gets every version since, and the newest state of its own where prices have moved that; without it the stream begins with the newest. ' +
    'A price that alone moves the value of the portfolio makes another event of the same version.',
  request: {
    params: portfolioParameters,
    headers: z.object({
      'last-event-id': z
        .string()
        .regex(/^\d{1,18}$/, 'must be a version')
        .optional()
        .openapi({ description: 'The last version that was received.' }),
    }),
  },
  responses: {
    200: {
      description: 'Events named `books`.',
      content: {
        'text/event-stream': { schema: z.string(), example: 'event: books\nid: 42\ndata: {"version":"42"}\n\n' },
      },
    },
    ...problemResponses('not-found', 'invalid-request', 'too-many', 'not-ready', 'unavailable', 'timeout'),
  },
})

/** `/v1/portfolios/{portfolioId}/updates`. */
export function updateResource({ reads, fresh, clock, closing, enterStream }: UpdateParts): OpenAPIHono {
  const looks = versionLooks(reads, clock, { everyMs: pollMs, limit: versionsAtOnce })
  setMaxListeners(streamsAtMost + 10, closing)
  let open = 0
  return resource().openapi(route, async context => {
    const { portfolioId } = context.req.valid('param')
    const lastSeen = context.req.valid('header')['last-event-id']
    if (open >= streamsAtMost) throw new Problem('unavailable', `${streamsAtMost} streams are open: come back later`)
    const leave = enterStream(context)
    if (!leave) throw new Problem('too-many', 'this client has as many streams open as it may: close one first')
    // Counted before it waits, as other requests look at the count meanwhile.
    open++
    const ended = () => {
      open--
      leave()
    }
    const current = await currentVersion({ reads, fresh }, portfolioId, context.req.raw.signal).catch(error => {
      ended()
      throw error
    })
    const after = seenBefore(lastSeen, current)
    return streamSSE(context, async stream => {
      const gone = new AbortController()
      const end = () => gone.abort()
      // The request's signal alone is not enough: a stream is told by onAbort that its reader has gone away.
      stream.onAbort(end)
      context.req.raw.signal.addEventListener('abort', end)
      closing.addEventListener('abort', end)
      if (closing.aborted || context.req.raw.signal.aborted) end()
      try {
        await follow(stream, { looks, clock, portfolioId, after, signal: gone.signal })
      } finally {
        ended()
        context.req.raw.signal.removeEventListener('abort', end)
        closing.removeEventListener('abort', end)
      }
    })
  })
}

interface Following {
  readonly looks: VersionLooks
  readonly clock: Clock
  readonly portfolioId: string
  readonly after: SeenBooks
  readonly signal: AbortSignal
}

/**
 * Writes versions in order until the signal aborts. It waits while the database is away: the client's next id is still the
 * right one.
 */
async function follow(stream: SSEStreamingApi, { looks, clock, portfolioId, after, signal }: Following): Promise<void> {
  let seen = after
  let wroteAt = clock.now()
  while (!signal.aborted) {
    const rows = await looks(portfolioId, seen)
    for (const row of rows) {
      if (signal.aborted) return
      await stream.writeSSE({ event: 'books', id: row.version.toString(), data: JSON.stringify(viewBooks(row)) })
      seen = row
      wroteAt = clock.now()
    }
    if (clock.now() - wroteAt >= heartbeatMs) {
      await stream.write(': still here\n\n')
      wroteAt = clock.now()
    }
    if (rows.length < versionsAtOnce) await clock.sleep(pollMs, signal)
  }
}

/** The newest state of the books. `byPrice`: a price has made it, not a report. */
interface CurrentBooks extends SeenBooks {
  readonly byPrice: boolean
}

async function currentVersion(
  { reads, fresh }: PortfolioParts,
  portfolioId: string,
  signal: AbortSignal,
): Promise<CurrentBooks> {
  const found = await fresh(
    () => reads.portfolio({ portfolioId }),
    () => undefined,
    usualWaitMs,
    signal,
  )
  if (!found) throw absent(portfolioId)
  const row = found.cut.books?.row
  if (!row) return { version: 1n, at: 0, byPrice: false }
  const at = newestSnapshotAt(row)
  return { version: row.version, at, byPrice: row.publishedMarkAt === at }
}

/**
 * The state after which a stream begins: the version that its reader has seen, or the one before the newest; that, too, for a
 * version that is not there any more, as after a rebuild. A reader of the newest version may have missed moves of prices under
 * it, so its newest state is told once more.
 */
function seenBefore(lastSeen: string | undefined, { version, at, byPrice }: CurrentBooks): SeenBooks {
  const seen = lastSeen === undefined ? undefined : BigInt(lastSeen)
  if (seen === undefined || seen > version) return { version: version - 1n, at }
  return { version: seen, at: seen === version && byPrice ? at - 1 : at }
}
