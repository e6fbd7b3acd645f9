import type { Writable } from 'node:stream'
import type { Clock } from '../../topology/definition/clock.ts'
import { type Connection, endConnection, openConnection, unlessEnded } from './connection.ts'
import { connectionClosed } from './errors.ts'
import type { Statement } from './row-statements.ts'
import { ServerProbe } from './server-probe.ts'
import { sessionSettings } from './session-settings.ts'

/** Rows as arrays of columns. */
export type Rows = readonly (readonly unknown[])[]

/** The place that sessions are opened at. */
export interface SessionPlace {
  /** Shape: `postgres://user:password@127.0.0.1:5432/millrace`. */
  readonly url: string
  readonly clock: Pick<Clock, 'after'>
}

/** The time that a connection may take to be made. Units: ms. */
const connectTimeoutMs = 10_000

/**
 * One connection that has answered, with the settings that the stores' statements need.
 *
 * Behind a pooler that hands out server sessions a transaction at a time, as PgBouncer does, there is no session that could keep
 * settings: there each statement goes in a transaction that sets them for itself, and nothing is prepared under a name. A pooler is
 * recognised by the process id that it makes up for its clients.
 */
export class Session {
  readonly connection: Connection
  /** The server's process; undefined behind a pooler. */
  readonly pid: number | undefined
  readonly #whole: boolean

  /** `whole`: the caller sends its own `begin` and `commit`. */
  constructor(connection: Connection, pid: number | undefined, whole: boolean) {
    this.connection = connection
    this.pid = pid
    this.#whole = whole
  }

  /** Whether the connection was lost or ended. */
  get dead(): boolean {
    return this.connection.dead
  }

  /** Errors: those of the driver. */
  request(text: string, parameters: readonly unknown[]): Promise<Rows> {
    return unlessEnded(this.connection, this.#request(text, parameters))
  }

  async #request(text: string, parameters: readonly unknown[]): Promise<Rows> {
    const { sql } = this.connection
    const send = (prepare: boolean) => sql.unsafe(text, parameters as never[], { prepare }).values()
    if (this.pid !== undefined) return send(true)
    if (this.#whole || ownsTransaction(text)) return send(false)
    const [, answer] = await Promise.all([sql.unsafe(beginWithSettings), send(false), sql.unsafe('commit')])
    // The commit may have been sent on another connection, where it does nothing.
    if (this.dead) throw connectionClosed('the connection was lost during a transaction')
    return answer
  }

  /**
   * Sends rows to the `copy ... from stdin` with which the text ends, and returns the answer to `check`, which must tell whether they
   * are there: when the server refuses rows that were all sent, postgres 3.4.9 does not say so. The text is one transaction.
   * Errors: those of the driver, where the server refuses the text.
   */
  load(text: string, rows: Uint8Array, check: Statement): Promise<Rows> {
    return unlessEnded(this.connection, this.#load(text, rows, check))
  }

  async #load(text: string, rows: Uint8Array, check: Statement): Promise<Rows> {
    const stream = await this.connection.sql.unsafe(text).writable()
    await sent(stream, rows)
    const answer = await this.#request(check.text, check.parameters)
    // The check may have gone over another connection, while the server still works on this one's rows.
    if (this.dead) throw connectionClosed('the connection was lost during a load')
    return answer
  }

  /** Ends it after the requests under way, or when the time is over. Units: ms. */
  end(withinMs: number): Promise<void> {
    return endConnection(this.connection, withinMs)
  }
}

/** Resolves when the driver has sent all rows and their end, or has given up: then it takes requests again. */
function sent(stream: Writable, rows: Uint8Array): Promise<void> {
  return new Promise(resolve => {
    stream.once('error', () => resolve())
    stream.write(rows, () => {
      stream.end()
      setImmediate(resolve)
    })
  })
}

const beginWithSettings = `begin; ${Object.entries(sessionSettings)
  .filter(([name]) => !name.startsWith('tcp_') && !name.startsWith('client_'))
  .map(([name, value]) => `set local ${name} = '${value}'`)
  .join('; ')}`

/** Sets those that the server has: older ones lack some. */
const setSettings = `select set_config(s.name, g.value, false) from (values ${Object.entries(sessionSettings)
  .map(([name, value]) => `('${name}', '${value}')`)
  .join(', ')}) as g(name, value) join pg_settings s on s.name = g.name`

/** A block that commits by itself cannot stand in a transaction. */
function ownsTransaction(text: string): boolean {
  return text.startsWith('do ')
}

/** The things that the clients of one server have learnt about it. */
export class KnownServer {
  /** Whether it is a pooler that refuses settings as start-up parameters. */
  refusesSettings = false
  #generation = 0
  #probe: ServerProbe | undefined

  /** The probe that all clients of the server share. */
  probe(place: SessionPlace): ServerProbe {
    this.#probe ??= new ServerProbe(place)
    return this.#probe
  }

  /** The generation of connections that are made now. */
  get generation(): number {
    return this.#generation
  }

  /**
   * Connections of this generation and before are not trusted any more. When one turned out to be half-open, the others may be so,
   * too: they are not used again, so that each does not have to find that out by waiting.
   */
  lose(generation: number): void {
    this.#generation = Math.max(this.#generation, generation + 1)
  }
}

/** SQLSTATEs with which settings are refused at the start: by PgBouncer, and by a server that lacks one of them. */
const refusals = new Set(['08P01', '42704'])

/**
 * Connects. `opening` is told each connection before it has answered. `whole`: as for a session.
 * Errors: those of the driver; the connection is ended then.
 */
export async function openSession(
  place: SessionPlace,
  server: KnownServer,
  opening: (connection: Connection) => void,
  whole: boolean,
): Promise<Session> {
  if (!server.refusesSettings)
    try {
      return await openOne(place, sessionSettings, opening, whole)
    } catch (error) {
      if (!refusals.has(String((error as { readonly code?: unknown }).code))) throw error
      server.refusesSettings = true
    }
  return openOne(place, {}, opening, whole)
}

async function openOne(
  { url, clock }: SessionPlace,
  settings: Readonly<Record<string, string>>,
  opening: (connection: Connection) => void,
  whole: boolean,
): Promise<Session> {
  const session = { application_name: 'millrace', ...settings }
  const connection = openConnection({ url, connections: 1, clock, connectTimeoutMs, session })
  opening(connection)
  const timer = clock.after(connectTimeoutMs, () => void endConnection(connection, 0))
  try {
    const result = await unlessEnded(connection, connection.sql.unsafe('select pg_backend_pid() as pid'))
    const { pid } = result[0] as unknown as { readonly pid: number }
    const isDirect = (result as unknown as { readonly state: { readonly pid: number } }).state.pid === pid
    if (isDirect && settings !== sessionSettings) await unlessEnded(connection, connection.sql.unsafe(setSettings))
    connection.sockets.ready()
    return new Session(connection, isDirect ? pid : undefined, whole)
  } catch (error) {
    void endConnection(connection, 0)
    throw error
  } finally {
    timer.cancel()
  }
}
