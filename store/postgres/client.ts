import type { Clock } from '../../topology/definition/clock.ts'
import { type Connection, endConnection, openConnection } from './connection.ts'
import { failureOf, RequestFailure } from './errors.ts'

/** The options of a client. */
interface ClientOptions {
  /** Shape: `postgres://user:password@127.0.0.1:5432/millrace`. */
  readonly url: string
  /** 1: requests go one after another on one connection. More: a pool. */
  readonly connections: number
  /**
   * True if the session's own state, such as an advisory lock, matters: once its connection is lost the client cannot be
   * used again.
   */
  readonly oneSession?: boolean
  readonly clock: Pick<Clock, 'after'>
  /** The time that a request may go without an answer. Units: ms. */
  readonly requestTimeoutMs: number
}

/**
 * Plans are made once a statement (`force_generic_plan`), by index only: the statements are look-ups by primary key, and
 * a plan made while a table was small must not scan it when it has grown.
 */
const sessionSettings = {
  application_name: 'millrace',
  idle_in_transaction_session_timeout: 5_000,
  lock_timeout: 10_000,
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  jit: 'off',
} as const

/**
 * Sends fixed statements. Each is one statement and so one transaction by itself: `sql.begin` of postgres 3.4.9 is not
 * safe when a backend dies (issues 1186, 1208, 1216 of its repository), and is not used.
 *
 * A connection that was lost is thrown away, and the next request opens another, unless `oneSession` forbids it; so a request
 * is never sent twice, and "never sent" (`unreachable`) is told apart from "sent, no answer" (`unanswered`).
 */
export class PostgresClient {
  readonly #options: ClientOptions
  #connection: Promise<Connection> | undefined
  /** Set while it is not known whether the connection will be made. */
  #opening: Connection | undefined
  #tail: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(options: ClientOptions) {
    this.#options = options
  }

  /** Rows as arrays of columns. Errors: RequestFailure. */
  request(text: string, parameters: readonly unknown[], timeoutMs?: number): Promise<readonly (readonly unknown[])[]> {
    const send = () => this.#send(text, parameters, timeoutMs ?? this.#options.requestTimeoutMs)
    if (this.#options.connections > 1) return send()
    const result = this.#tail.then(send)
    this.#tail = result.catch(() => {})
    return result
  }

  /** Ends after the requests under way, or 10 s. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.race([this.#tail, new Promise<void>(resolve => this.#options.clock.after(5_000, resolve))])
    if (this.#opening) await endConnection(this.#opening, 0)
    const connection = await this.#connection?.catch(() => undefined)
    this.#connection = undefined
    if (connection === undefined) return
    await endConnection(connection, 5_000)
  }

  async #send(text: string, parameters: readonly unknown[], timeoutMs: number) {
    const connection = await this.#connected()
    const timer = this.#options.clock.after(timeoutMs, () => void endConnection(connection, 0))
    try {
      return await connection.sql.unsafe(text, parameters as never[], { prepare: true }).values()
    } catch (error) {
      const failure = failureOf(error)
      if (failure.kind === 'unanswered') void endConnection(connection, 0)
      throw new RequestFailure(failure)
    } finally {
      timer.cancel()
    }
  }

  async #connected(): Promise<Connection> {
    for (;;) {
      if (this.#closed) throw unreachable('the client is closed')
      this.#connection ??= this.#open()
      const opening = this.#connection
      const connection = await opening.catch(() => undefined)
      if (connection?.dead === false) return connection
      if (connection && this.#options.oneSession) throw unreachable('the session was lost, and its lock with it')
      if (this.#connection === opening) this.#connection = undefined
      if (connection) void endConnection(connection, 0)
      else await opening
    }
  }

  async #open(): Promise<Connection> {
    const { url, connections, clock } = this.#options
    const session = sessionSettings
    const connection = openConnection({ url, connections, clock, connectTimeoutMs: 10_000, session })
    this.#opening = connection
    const timer = clock.after(10_000, () => void endConnection(connection, 0))
    try {
      await connection.sql.unsafe('select 1')
      connection.sockets.ready()
      return connection
    } catch (cause) {
      void endConnection(connection, 0)
      throw new RequestFailure({ kind: 'unreachable', cause })
    } finally {
      timer.cancel()
      if (this.#opening === connection) this.#opening = undefined
    }
  }
}

function unreachable(why: string): RequestFailure {
  return new RequestFailure({ kind: 'unreachable', cause: new Error(why) })
}
