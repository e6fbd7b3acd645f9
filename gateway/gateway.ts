import { serve } from '@hono/node-server'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Clock } from '../topology/definition/clock.ts'
import type { TopologyDefinition } from '../topology/definition/definition.ts'
import { buildApp } from './app.ts'
import { postgresReads } from './reads/reads.ts'
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

/** Opens a gateway. It connects with the first request. */
export function openGateway(options: GatewayOptions): Gateway {
  const { databaseUrl, schema = 'public', topology, clock, budgetMs = 5_000, report = console.error } = options
  const pool = new SnapshotPool({ url: databaseUrl, schema, clock, connections: 4, budgetMs })
  const closing = new AbortController()
  const reads = postgresReads(pool, { application: topology.name, schema })
  const app = buildApp({ reads, topology, clock, closing: closing.signal, report })
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
      await pool.close()
    },
  }
}
