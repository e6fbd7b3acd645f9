import { serve } from '@hono/node-server'
import type { OpenAPIHono } from '@hono/zod-openapi'
import { Outbox } from '../store/outbox/outbox.ts'
import { createRegistration } from '../store/trading/registration.ts'
import type { Clock } from '../topology/definition/clock.ts'
import type { TopologyDefinition } from '../topology/definition/definition.ts'
import { buildApp } from './app.ts'
import { postgresReads, type Reads } from './reads/reads.ts'
import { SnapshotPool } from './reads/snapshot-pool.ts'

/** What a gateway reads, and how long it may take. */
export interface GatewayOptions {
  /** Shape: `postgres://user:password@127.0.0.1:5432/millrace`. */
  readonly databaseUrl: string
  /** Postgres schema of the tables. Unset: `public`. */
  readonly schema?: string
  /** The topology whose stores are read. */
  readonly topology: Pick<TopologyDefinition, 'name' | 'stores'>
  readonly clock: Clock
  /** For one answer of the database. Unset: 5,000. Units: ms. */
  readonly budgetMs?: number
  /** Hears of defects. Unset: they go to standard error. */
  readonly report?: (error: unknown) => void
}

/** An HTTP face of a topology's stores. */
export interface Gateway {
  /** The routes: `app.request(path)` needs no port. */
  readonly app: OpenAPIHono
  /** Listens on 127.0.0.1; port 0 takes a free one. */
  serve(port: number): Promise<{ readonly url: string }>
  close(): Promise<void>
}

/** The outbox with the tables of registration: what the gateway writes to and a relay publishes from. */
export function openOutbox(options: Pick<GatewayOptions, 'databaseUrl' | 'schema' | 'clock'>): Outbox {
  const { databaseUrl, schema = 'public', clock } = options
  return new Outbox({ url: databaseUrl, schema, clock, tables: createRegistration(schema) })
}

/** The reads of an application's stores. They connect with the first one. */
export function openReads(
  options: Pick<GatewayOptions, 'databaseUrl' | 'schema' | 'clock' | 'budgetMs'> & { readonly application: string },
): { readonly reads: Reads; close(): Promise<void> } {
  const { databaseUrl, schema = 'public', application, clock, budgetMs = 5_000 } = options
  const pool = new SnapshotPool({ url: databaseUrl, schema, clock, connections: 4, budgetMs })
  return { reads: postgresReads(pool, { application, schema }), close: () => pool.close() }
}

/** Opens a gateway. It connects with the first request. */
export function openGateway(options: GatewayOptions): Gateway {
  const { databaseUrl, schema = 'public', topology, clock, budgetMs = 5_000, report = console.error } = options
  const closing = new AbortController()
  const { reads, close: closeReads } = openReads({ databaseUrl, schema, application: topology.name, clock, budgetMs })
  const outbox = openOutbox({ databaseUrl, schema, clock })
  const app = buildApp({ reads, outbox, schema, topology, clock, closing: closing.signal, report })
  let server: ReturnType<typeof serve> | undefined
  return {
    app,
    serve: port =>
      new Promise((resolve, reject) => {
        server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, info =>
          resolve({ url: `http://127.0.0.1:${info.port}` }),
        )
        server.once('error', reject)
      }),
    async close() {
      closing.abort()
      const listening = server
      if (listening) {
        await new Promise<void>(resolve => {
          listening.close(() => resolve())
          if ('closeAllConnections' in listening) listening.closeAllConnections()
        })
      }
      await Promise.all([closeReads(), outbox.close()])
    },
  }
}
