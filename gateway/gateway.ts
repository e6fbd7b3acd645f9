import type { OpenAPIHono } from '@hono/zod-openapi'
import { Outbox } from '../store/outbox/outbox.ts'
import type { Clock } from '../topology/definition/clock.ts'
import type { TopologyDefinition } from '../topology/definition/definition.ts'
import { type Listening, listen } from '../topology/http/listen.ts'
import { type PortAccess, portAccess } from '../topology/http/port-access.ts'
import { buildApp } from './app.ts'
import type { ConsoleData } from './console/console-data.ts'
import type { GatewayExtension } from './extension.ts'
import type { FindLetters } from './letters.ts'
import { SnapshotPool } from './reads/snapshot-pool.ts'
import { type ReadParts, storeReads } from './reads/store-reads.ts'

/** The database that a gateway works on. */
export interface GatewayDatabase {
  /** Shape: `postgres://user:password@127.0.0.1:5432/millrace`. */
  readonly databaseUrl: string
  /** Postgres schema of the tables. Unset: `public`. */
  readonly schema?: string
  readonly clock: Clock
  /** The longest that one answer of the database may take. Unset: 5,000. Units: ms. */
  readonly budgetMs?: number
}

/** The options of a gateway. */
export interface GatewayOptions extends GatewayDatabase {
  /** The topology whose stores are read. */
  readonly topology: Pick<TopologyDefinition, 'name' | 'stores'>
  /** The application's routes, pages, tables and metrics. Unset: the gateway has only its own. */
  readonly extension?: GatewayExtension | undefined
  /** The ways in which its port can be reached. Unset: by this machine alone, without a token. */
  readonly access?: Partial<PortAccess>
  /** The console at `/console`. Unset: there is none. */
  readonly console?: ConsoleData
  /**
   * The time for which a gateway that closes still takes requests, while `/readyz` answers 503, so that whoever sends them can turn to another
   * one. Unset: 0. Units: ms.
   */
  readonly lingerMs?: number
  /** Is called with each defect. Unset: defects are written to standard error. */
  readonly report?: (error: unknown) => void
  /** Finds dead letters for the routes that show them. Unset: the gateway knows no Kafka. */
  readonly letters?: FindLetters | undefined
}

/** Serves a topology's stores over HTTP. */
export interface Gateway {
  /** The routes: `app.request(path)` needs no port. */
  readonly app: OpenAPIHono
  /** Listens on the address of its access; port 0 takes a free one. Errors: TopologyError CONFIG_INVALID when it cannot. */
  serve(port: number): Promise<{ readonly url: string }>
  /**
   * Lets `/readyz` answer 503, ends streams, takes requests for `lingerMs` more, lets those finish that are being answered, and closes the
   * connections.
   */
  close(): Promise<void>
}

/** The outbox that a gateway writes to and a relay publishes from, with the tables of the application. */
export function openOutbox(options: Omit<GatewayDatabase, 'budgetMs'> & Pick<GatewayOptions, 'extension'>): Outbox {
  const { databaseUrl, schema = 'public', clock, extension } = options
  return new Outbox({ url: databaseUrl, schema, clock, tables: extension?.posts?.tables(schema) ?? [] })
}

/** The reads of an application's stores. They connect with the first one. */
export function openReads(
  options: GatewayDatabase & { readonly application: string },
): ReadParts & { close(): Promise<void> } {
  const { databaseUrl, schema = 'public', application, clock, budgetMs = 5_000 } = options
  const snapshots = new SnapshotPool({ url: databaseUrl, schema, clock, connections: 4, budgetMs })
  const location = { application, schema }
  return { snapshots, location, reads: storeReads(snapshots, location), close: () => snapshots.close() }
}

/**
 * Opens a gateway. It connects with the first request.
 * Errors: TopologyError CONFIG_INVALID for an address beyond loopback without a token.
 */
export function openGateway(options: GatewayOptions): Gateway {
  const { topology, clock, extension, report = console.error, letters, lingerMs = 0 } = options
  const access = portAccess(options.access)
  const closing = new AbortController()
  const { close: closeReads, ...reading } = openReads({ ...options, application: topology.name })
  const outbox = openOutbox(options)
  const shown = options.console && { console: options.console }
  const parts = { ...reading, outbox, topology, clock, closing: closing.signal, report, access, letters, ...shown }
  const app = buildApp(parts, extension)
  let listening: Listening | undefined
  return {
    app,
    async serve(port) {
      listening = await listen(app.fetch, port, access)
      return { url: listening.url }
    },
    async close() {
      closing.abort()
      if (listening && lingerMs > 0) await clock.sleep(lingerMs)
      await listening?.close()
      await Promise.all([closeReads(), outbox.close()])
    },
  }
}
