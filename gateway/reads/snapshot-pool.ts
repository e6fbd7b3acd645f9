import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import type { Sql } from 'postgres'
import { type Connection, endConnection, openConnection, unlessEnded } from '../../store/postgres/connection.ts'
import { connectionClosed, connectionError, isOfConnection } from '../../store/postgres/errors.ts'
import type { Clock } from '../../topology/definition/clock.ts'
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
  /**
   * Runs a read of one statement, which is a snapshot in itself: it needs no transaction around it, and a third of the
   * round trips. Several statements in it would not be of one moment. Errors: as `read`.
   */
  statement<T>(work: (snapshot: Snapshot) => Promise<T>): Promise<T>
}

/** The database that snapshots are read from, and the limits of reading. */
interface SnapshotPoolOptions {
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

type PooledConnection = Connection & Snapshot

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
  readonly #idle: PooledConnection[] = []
  readonly #waiting: (() => void)[] = []
  #busy = 0
  #closed = false

  constructor(options: SnapshotPoolOptions) {
    this.#options = options
  }

  /** Runs the reads on one snapshot. They go one after another on its connection. */
  read<T>(work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
    return this.#within(connection => transaction(connection, work))
  }

  /** Runs a read of one statement, without a transaction around it. */
  statement<T>(work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
    return this.#within(connection => work(connection))
  }

  /** Lends a connection within the budget. */
  async #within<T>(work: (connection: PooledConnection) => Promise<T>): Promise<T> {
    const { clock, budgetMs } = this.#options
    let connection: PooledConnection | undefined
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
        const answer = await unlessEnded(connection, work(connection))
        // Its rows may not be of one moment.
        if (connection.dead) throw connectionClosed('the connection was lost during a read')
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
  #takeIdle(): PooledConnection | undefined {
    for (let connection = this.#idle.pop(); connection; connection = this.#idle.pop()) {
      if (!connection.dead) return connection
      drop(connection)
    }
    return undefined
  }

  /** Ends the idle connections now and the others when their reads are over. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.#idle.splice(0).map(connection => endConnection(connection, 1_000)))
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

  #open(): PooledConnection {
    const { url, schema, budgetMs, clock } = this.#options
    // Its sockets are never `ready`: a lost connection is not opened again.
    const opened = openConnection({
      url,
      connections: 1,
      clock,
      connectTimeoutMs: budgetMs,
      session: {
        application_name: 'millrace gateway',
        search_path: `"${schema.replaceAll('"', '""')}"`,
        statement_timeout: budgetMs,
        idle_in_transaction_session_timeout: budgetMs,
      },
    })
    return Object.assign(opened, { db: drizzle(opened.sql) })
  }
}

async function transaction<T>(connection: PooledConnection, work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
  const { sql } = connection
  await sql.unsafe('begin isolation level repeatable read read only')
  const answer = await work(connection)
  await sql.unsafe('commit')
  return answer
}

/** Ends a connection; requests under way on it fail. */
function drop(connection: PooledConnection): void {
  void endConnection(connection, 0)
}

/** SQLSTATE 57014: the server ended the statement at its own timeout, which is the budget. */
function failureOf(error: unknown, budgetMs: number): unknown {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  const code = String((cause as { code?: unknown }).code ?? '')
  if (code === '57014') return new BudgetExceeded(budgetMs)
  if (code === '42P01') return new TablesMissing(error)
  if (!isOfConnection(cause)) return error
  return connectionError(cause, 'Postgres did not answer, gateway: see whether the database is up')
}
