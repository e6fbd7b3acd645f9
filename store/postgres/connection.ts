import postgres, { type Sql } from 'postgres'
import type { Clock } from '../../topology/definition/clock.ts'
import { connectionClosed } from './errors.ts'
import { Sockets } from './sockets.ts'
import { connectionTarget } from './tls.ts'

/** A client of postgres.js, of one connection or a pool. It connects when it is first used. */
export interface Connection {
  readonly sql: Sql
  readonly sockets: Sockets
  /** True once its only connection was lost: postgres would open another by itself, outside the transaction under way. */
  dead: boolean
  /** The requests that wait for an answer: calling one fails it. */
  readonly waiting: Set<(error: Error) => void>
}

/** The options of a connection. */
interface ConnectionOptions {
  /** Shape: `postgres://user:password@127.0.0.1:5432/millrace`. */
  readonly url: string
  readonly connections: number
  readonly clock: Pick<Clock, 'after'>
  readonly connectTimeoutMs: number
  /** Settings of its sessions besides the time zone and the form of dates. Shape: `{ jit: 'off' }`. */
  readonly session: Readonly<Record<string, string | number>>
}

/** The silence on a connection after which the system asks whether the other end is there. Units: seconds. */
const keepAliveS = 5

/** Sessions are in UTC: JavaScript cannot read the offsets with seconds that some zones had. */
export function openConnection({ url, connections, clock, connectTimeoutMs, session }: ConnectionOptions): Connection {
  const target = connectionTarget(url)
  const sockets = new Sockets(connections, clock)
  const sql = postgres(target.url, {
    ssl: target.ssl as never,
    max: connections,
    connect_timeout: Math.ceil(connectTimeoutMs / 1_000),
    max_lifetime: null,
    keep_alive: keepAliveS,
    fetch_types: false,
    // The caller decides how long to wait; postgres' own back-off, of up to 20 s, would be added to that.
    backoff: () => 0.1,
    connection: { TimeZone: 'UTC', DateStyle: 'ISO', ...session } as never,
    ...({ socket: sockets.socket } as object),
    onnotice: () => {},
    onclose: () => {
      if (connections === 1) connection.dead = true
    },
  })
  const connection: Connection = { sql, sockets, dead: false, waiting: new Set() }
  return connection
}

/**
 * The answer to a request; fails when the connection has ended without one. The driver forgets requests of some connections that were
 * lost and then ended (postgres 3.4.9): nobody would hold their promises any more, and a task would wait for ever.
 */
export function unlessEnded<T>({ waiting }: Pick<Connection, 'waiting'>, request: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    waiting.add(reject)
    const settled = () => waiting.delete(reject)
    request.then(settled, settled)
    request.then(resolve, reject)
  })
}

/** Ends it after the requests under way, or when the time is over; those fail then with CONNECTION_DESTROYED. */
export async function endConnection(connection: Connection, withinMs: number): Promise<void> {
  connection.dead ||= withinMs === 0
  await connection.sql.end({ timeout: withinMs / 1_000 }).catch(() => {})
  connection.sockets.end()
  // The driver has failed those that it knew; their promises tell so before this.
  await new Promise(resolve => setImmediate(resolve))
  for (const fail of connection.waiting)
    fail(connectionClosed('the connection ended, and the driver forgot the request'))
}
