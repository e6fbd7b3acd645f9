import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Registry } from 'prom-client'
import type { Outbox } from '../store/outbox/outbox.ts'
import type { Clock } from '../topology/definition/clock.ts'
import type { TopologyDefinition } from '../topology/definition/definition.ts'
import type { AnyTopic } from '../topology/definition/topic.ts'
import type { Guard } from '../topology/http/guard.ts'
import type { EnterStream } from '../topology/http/streams.ts'
import type { FreshRead } from './freshness.ts'
import type { FindLetters } from './letters.ts'
import type { StaticPages } from './pages/pages.ts'
import type { ReadParts } from './reads/store-reads.ts'
import type { StoreExample } from './resources/stores.ts'

/** The parts of a gateway that an application's routes and metrics may use. */
export interface GatewayParts extends ReadParts {
  /** Writes a row and its event together, or neither. */
  readonly outbox: Pick<Outbox, 'post' | 'read' | 'status' | 'led'>
  readonly topology: Pick<TopologyDefinition, 'stores'>
  readonly clock: Clock
  /** Aborts when the gateway closes: answers that are still being streamed end. */
  readonly closing: AbortSignal
  /** Reads again until the state is there and new enough for a request. */
  readonly fresh: FreshRead
  /** Asks for the bearer token: routes that write need nothing, operating routes that only read `app.use(path, guard.operating)`. */
  readonly guard: Pick<Guard, 'operating' | 'operatorsOnly'>
  /** Counts the streams of a client, before one is opened. */
  readonly enterStream: EnterStream
  /** Is called with each defect: an error that is answered with 500. */
  readonly report: (error: unknown) => void
  /** Finds dead letters. Unset: the gateway knows no Kafka. */
  readonly letters?: FindLetters | undefined
}

/** The events that an application's routes post from outside its topology. */
export interface PostedEvents {
  /** The topics that entries of the outbox may be for. A relay publishes to no other. */
  readonly topics: readonly AnyTopic[]
  /**
   * Statements that make, where they are missing, the tables of the rows that are put with an entry, in the same
   * transaction. They run each time the outbox is opened, after those of its own tables.
   */
  tables(schema: string): readonly string[]
}

/**
 * The things that an application adds to the gateway of its stores. Every part is optional: without any the gateway serves
 * the stores, the outbox, health, metrics and documentation of a topology.
 *
 * Shape, for a topology that counts words in the store `word-counts`:
 *
 *     const shouted = createRoute({
 *       method: 'get',
 *       path: '/v1/shouted/{word}',
 *       operationId: 'getShouted',
 *       request: { params: z.object({ word: z.string() }), query: z.strictObject({ waitMs: waitParameter }) },
 *       responses: { 200: { description: 'The count.', content: { 'application/json': { schema: countView } } },
 *       ...freshProblems },
 *     })
 *
 *     export const wordGateway: GatewayExtension = {
 *       description: 'How often each word was said.',
 *       routes: ({ reads, fresh }) => [
 *         resource().openapi(shouted, async context => {
 *           const { word } = context.req.valid('param')
 *           const { waitMs } = context.req.valid('query')
 *           const read = () => reads.storeRow(wordCounts, [word.toLowerCase()])
 *           const found = await fresh(read, () => undefined, waitMs, context.req.raw.signal)
 *           if (!found?.row) throw new Problem('not-found', `nobody has said '${word}'`)
 *           return context.json({ word: word.toUpperCase(), count: String(found.row.value) }, 200)
 *         }),
 *       ],
 *     }
 */
export interface GatewayExtension {
  /** Sentences about the application, for the head of the API's documentation. */
  readonly description?: string
  /** The row that the documentation of stores shows as an example. Shape: `{ store: 'positions', key: ['alpha', 'MSFT'] }`. */
  readonly storeExample?: StoreExample
  /** The events that its routes post. Unset: none. */
  readonly posts?: PostedEvents
  /**
   * Paths whose POST and PATCH requests have a body: it must be JSON and small, or it is refused before it is read. Routes of
   * `resource()` that document a body need not be named here.
   * Shape: `['/v1/signals', '/v1/instruments/*']`.
   */
  readonly bodyPaths?: readonly string[]
  /** Pages of HTML. One of them may take `/`, which otherwise leads to the documentation. */
  readonly pages?: StaticPages
  /** The routes, made once for each gateway. The documentation lists them after those of health. */
  routes?(parts: GatewayParts): readonly OpenAPIHono[]
  /**
   * Adds metrics to those that `/metrics` shows. A `collect` that rejects fails the whole answer, so while the database is
   * away it should set NaN.
   */
  metrics?(registry: Registry, parts: GatewayParts): void
}
