import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import postgres, { type Sql } from 'postgres'
import { wrongUrlError } from '../../store/postgres/errors.ts'
import { Sockets } from '../../store/postgres/sockets.ts'
import { connectionTarget } from '../../store/postgres/tls.ts'
import type { Clock } from '../../topology/definition/clock.ts'
import { RetriableError } from '../../topology/definition/errors.ts'
import { BudgetExceeded, TablesMissing } from './read-errors.ts'

/** One consistent view of the database: everything read through it is of one moment. */
export interface Snapshot {
  readonly db: PostgresJsDatabase
  readonly sql: Sql
}

/** Reads the database one moment at a time. */
export interface Snapshots {
  /** Runs the reads on one snapshot. Errors: RetriableError STORE_UNAVAILABLE; BudgetExceeded when they take too long. */
  read<T>(work: (snapshot: Snapshot) => Promise<T>): Promise<T>
}

/** The database that snapshots are read from, and the limits of reading. */
export interface SnapshotPoolOptions {
  /** Shape: `postgres://user:password@127.0.0.1:5432/millrace`. */
  readonly url: string
  /** Postgres schema of the tables. */
  readonly schema: string
  readonly clock: Pick<Clock, 'after'>
  /** Number of snapshots at one time; further ones wait. */
  readonly connections: number
  /** For one snapshot, the wait for a connection included. Units: ms. */
  readonly budgetMs: number
}

interface Connection extends Snapshot {
  readonly sockets: Sockets
  dead: boolean
}

/**
 * Reads in repeatable-read transactions, each on a client of one connection with plain BEGIN and COMMIT: `sql.begin` of
 * postgres 3.4.9 is not safe when a backend dies. A client that lost its connection would connect again by itself and read
 * on outside the transaction; so `onclose` marks it, its answer is not used, and it is thrown away.
 *
 * Errors: RetriableError STORE_UNAVAILABLE; TopologyError CONFIG_INVALID when Postgres refuses the URL's user or database;
 * BudgetExceeded when the budget is over, whatever the database does.
 */
export class SnapshotPool implements Snapshots {
  readonly #options: SnapshotPoolOptions
  readonly #idle: Connection[] = []
  readonly #waiting: (() => void)[] = []
  #busy = 0
  #closed = false

  constructor(options: SnapshotPoolOptions) {
    this.#options = options
  }

  /** Runs the reads on one snapshot. They go one after another on its connection. */
  async read<T>(work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
    const { clock, budgetMs } = this.#options
    let connection: Connection | undefined
    let expired = false
    let expire: (error: Error) => void = () => {}
    const late = new Promise<never>((_, reject) => {
      expire = reject
    })
    const timer = clock.after(budgetMs, () => {
      expired = true
      if (connection) drop(connection)
      expire(new BudgetExceeded(budgetMs))
    })
    const reading = async () => {
      await this.#turn()
      try {
        if (expired) throw new BudgetExceeded(budgetMs)
        connection = this.#takeIdle() ?? this.#open()
        const answer = await transaction(connection, work)
        if (!this.#closed) this.#idle.push(connection)
        else drop(connection)
        return answer
      } catch (error) {
        if (connection) drop(connection)
        throw error
      } finally {
        this.#next()
      }
    }
    try {
      return await Promise.race([reading(), late])
    } catch (error) {
      throw expired ? new BudgetExceeded(budgetMs) : failureOf(error, budgetMs)
    } finally {
      timer.cancel()
    }
  }

  /** Takes an idle connection that is still open; those that were lost while idle are thrown away. */
  #takeIdle(): Connection | undefined {
    for (let connection = this.#idle.pop(); connection; connection = this.#idle.pop()) {
      if (!connection.dead) return connection
      drop(connection)
    }
    return undefined
  }

  /** Ends the idle connections now and the others when their reads are over. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.#idle.splice(0).map(connection => end(connection, 1)))
  }

  async #turn(): Promise<void> {
    if (this.#busy < this.#options.connections) this.#busy++
    else await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  /** Lets the next waiting read start, or frees the slot. */
  #next(): void {
    const waiting = this.#waiting.shift()
    if (waiting) waiting()
    else this.#busy--
  }

  #open(): Connection {
    const { url, schema, budgetMs, clock } = this.#options
    // Never `ready`: a lost connection is not opened again.
    const sockets = new Sockets(1, clock)
    const target = connectionTarget(url)
    const sql = postgres(target.url, {
      ssl: target.ssl as never,
      max: 1,
      connect_timeout: Math.ceil(budgetMs / 1_000),
      max_lifetime: null,
      fetch_types: false,
      onnotice: () => {},
      ...({ socket: sockets.socket } as object),
      onclose: () => {
        connection.dead = true
      },
      connection: {
        application_name: 'millrace gateway',
        TimeZone: 'UTC',
        DateStyle: 'ISO',
        search_path: `"${schema.replaceAll('"', '""')}"`,
        statement_timeout: budgetMs,
        idle_in_transaction_session_timeout: budgetMs,
      },
    })
    const connection: Connection = { sql, sockets, db: drizzle(sql), dead: false }
    return connection
  }
}

async function transaction<T>(connection: Connection, work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
  const { sql } = connection
  await sql.unsafe('begin isolation level repeatable read read only')
  const answer = await work(connection)
  await sql.unsafe('commit')
  if (connection.dead) throw new ConnectionLost('the connection was lost during a read')
  return answer
}

/** Ends a connection; requests under way on it fail. */
function drop(connection: Connection): void {
  connection.dead = true
  void end(connection, 0).catch(() => {})
}

async function end({ sql, sockets }: Connection, timeout: number): Promise<void> {
  await sql.end({ timeout })
  sockets.end()
}

/**
 * Codes of a connection that could not be made or was lost: SQLSTATE classes, postgres' own, the system's (EHOSTUNREACH),
 * and TLS'.
 * Source of the last: `X509 certificate error codes` of Node's TLS.
 */
const ofTheConnection =
  /^(08|53|57)|^CONNECT|^E[A-Z]{3}|^EAI_|^(CERT|CRL|DEPTH|HOSTNAME|INVALID|PATH|SELF|UNABLE)_|^ERR_(SSL|TLS)/

/** SQLSTATE 57014: the server ended the statement at its own timeout, which is the budget. */
function failureOf(error: unknown, budgetMs: number): unknown {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  const code = String((cause as { code?: unknown }).code ?? '')
  if (code === '57014') return new BudgetExceeded(budgetMs)
  if (code === '42P01') return new TablesMissing(error)
  const wrong = wrongUrlError(cause)
  if (wrong) return wrong
  const lost = cause instanceof ConnectionLost || ofTheConnection.test(code)
  if (!lost) return error
  const message = 'Postgres did not answer, gateway: see whether the database is up'
  return new RetriableError('STORE_UNAVAILABLE', message, { cause: error })
}

/** The connection was lost while a read was under way: its rows may not be of one moment. */
class ConnectionLost extends Error {}
