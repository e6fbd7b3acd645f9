import type { Clock } from '../../topology/definition/clock.ts'
import { watchAnswer } from './answer-watch.ts'
import { type Connection, endConnection } from './connection.ts'
import { failureOf, RequestFailure } from './errors.ts'
import type { Statement } from './row-statements.ts'
import { KnownServer, openSession, type Rows, type Session } from './session.ts'

/** The options of a client. */
interface ClientOptions {
  /** Shape: `postgres://user:password@127.0.0.1:5432/millrace`. */
  readonly url: string
  /** True: requests are sent while others are under way. Unset: one after another. */
  readonly pipelined?: boolean
  /**
   * True if the session's own state, such as a transaction, matters: once its connection is lost the client cannot be
   * used again.
   */
  readonly oneSession?: boolean
  readonly clock: Pick<Clock, 'after'>
  /** The time that a request may go without an answer. Units: ms. */
  readonly requestTimeoutMs: number
  /** Shared by the clients of one server. Unset: the client's own. */
  readonly server?: KnownServer
}

/** SQLSTATE of a standby. After a failover the same address may lead to the new primary: those connections do not. */
const readOnly = '25006'

/**
 * Sends fixed statements over one connection. Each is one statement and so one transaction by itself: `sql.begin` of postgres 3.4.9 is not
 * safe when a backend dies (issues 1186, 1208, 1216 of its repository), and is not used.
 *
 * A connection that was lost is thrown away, and the next request opens another, unless `oneSession` forbids it; so a request
 * is never sent twice, and "never sent" (`unreachable`) is told apart from "sent, no answer" (`unanswered`).
 */
export class PostgresClient {
  readonly #options: ClientOptions
  readonly #server: KnownServer
  #session: Promise<Session> | undefined
  /** Of the session. */
  #generation = 0
  /** Set while it is not known whether the connection will be made. */
  #opening: Connection | undefined
  #tail: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(options: ClientOptions) {
    this.#options = options
    this.#server = options.server ?? new KnownServer()
  }

  /** Rows as arrays of columns. Errors: RequestFailure. */
  request(text: string, parameters: readonly unknown[], timeoutMs?: number): Promise<Rows> {
    return this.#inTurn(session => session.request(text, parameters), timeoutMs)
  }

  /** As `Session.load`; undefined behind a pooler. Errors: RequestFailure. */
  load(text: string, rows: Uint8Array, check: Statement): Promise<Rows | undefined> {
    return this.#inTurn(async session => (session.pid === undefined ? undefined : session.load(text, rows, check)))
  }

  #inTurn<T>(work: (session: Session) => Promise<T>, timeoutMs = this.#options.requestTimeoutMs): Promise<T> {
    const send = () => this.#send(work, timeoutMs)
    if (this.#options.pipelined) return send()
    const result = this.#tail.then(send)
    this.#tail = result.catch(() => {})
    return result
  }

  /** Ends after the requests under way, or 10 s. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.race([this.#tail, new Promise<void>(resolve => this.#options.clock.after(5_000, resolve))])
    if (this.#opening) await endConnection(this.#opening, 0)
    const session = await this.#session?.catch(() => undefined)
    this.#session = undefined
    await session?.end(5_000)
  }

  async #send<T>(work: (session: Session) => Promise<T>, timeoutMs: number): Promise<T> {
    const session = await this.#connected()
    const generation = this.#generation
    let why: string | undefined
    const timer = this.#options.clock.after(timeoutMs, () => void session.end(0))
    const unwatch = watchAnswer(session, this.#server.probe(this.#options), this.#options.clock, reason => {
      why = reason
      this.#server.lose(generation)
      void session.end(0)
    })
    try {
      return await work(session)
    } catch (error) {
      const failure = failureOf(error)
      if (failure.kind === 'unanswered') void session.end(0)
      if (failure.kind === 'refused' && failure.code === readOnly) this.#server.lose(generation)
      throw new RequestFailure(why === undefined ? failure : { kind: 'unanswered', cause: new Error(why) })
    } finally {
      unwatch()
      timer.cancel()
    }
  }

  async #connected(): Promise<Session> {
    for (;;) {
      if (this.#closed) throw unreachable('the client is closed')
      this.#session ??= this.#open()
      const opening = this.#session
      const session = await opening.catch(() => undefined)
      const trusted = this.#generation === this.#server.generation
      if (session?.dead === false && (trusted || this.#options.oneSession)) return session
      if (session && this.#options.oneSession) throw unreachable('the session was lost, and its lock with it')
      if (this.#session === opening) this.#session = undefined
      if (session) void session.end(trusted ? 0 : 5_000)
      else await opening
    }
  }

  async #open(): Promise<Session> {
    this.#generation = this.#server.generation
    const opening = (connection: Connection) => {
      this.#opening = connection
    }
    try {
      return await openSession(this.#options, this.#server, opening, this.#options.oneSession ?? false)
    } catch (cause) {
      throw new RequestFailure({ kind: 'unreachable', cause })
    } finally {
      this.#opening = undefined
    }
  }
}

function unreachable(why: string): RequestFailure {
  return new RequestFailure({ kind: 'unreachable', cause: new Error(why) })
}
