import { isIP, type Socket } from 'node:net'
import type { Connection, SASLMechanismValue, SASLOptions } from '@platformatic/kafka'
import type { KafkaConfig } from 'kafkajs'
import type { Clock } from '../../definition/clock.ts'
import { messageOf, TopologyError } from '../../definition/errors.ts'
import { type Channel, type ConnectionSettings, type Exchange, type OpenChannel, SignInRefused } from './channel.ts'
import { apiVersionsRequest } from './protocol/api-versions.ts'
import { Reader } from './protocol/reader.ts'
import { encodeRequest, headerLength } from './protocol/request.ts'

type Library = typeof import('@platformatic/kafka')

/** A connection is replaced this long before its SASL session ends. Units: ms. */
const sessionMarginMs = 1_000

/**
 * Channels on the public Connection of `@platformatic/kafka`, an optional peer: TCP, TLS, SASL, framing, matching answers to requests.
 *
 * Errors: TopologyError CONFIG_INVALID when the package is not installed.
 */
export async function platformaticChannels(
  load: () => Promise<Library> = () => import('@platformatic/kafka'),
): Promise<OpenChannel> {
  const library = await load().catch(cause => {
    throw new TopologyError(
      'CONFIG_INVALID',
      `the Kafka transport 'platformatic' cannot be loaded, ${messageOf(cause)}: run npm install @platformatic/kafka, or choose 'kafkajs' (KAFKA_TRANSPORT)`,
      { cause },
    )
  })
  return (host, port, settings) => open(library, host, port, settings)
}

/** The end of the SASL session of a connection, in monotonic time. Units: ms. */
interface Session {
  endsAt: number
}

function open(library: Library, host: string, port: number, settings: ConnectionSettings) {
  const { clientId, clock, ssl, sasl, connectTimeoutMs } = settings
  const session: Session = { endsAt: Number.POSITIVE_INFINITY }
  const connection = new library.Connection(clientId, {
    connectTimeout: connectTimeoutMs,
    // Our own callers bound what is under way, and a heartbeat must not wait behind it.
    maxInflights: Number.MAX_SAFE_INTEGER,
    ...(ssl && { tls: ssl === true ? {} : ssl, tlsServerName: isIP(host) === 0 }),
    ...(sasl && { sasl: credentials(library, sasl, session, clock) }),
  })
  const channel = new PlatformaticChannel(library, connection, settings, session)
  const ready = connect(connection, host, port).then(async () => {
    await channel.askVersions()
    return channel
  })
  return { ready, abandon: (reason: Error) => channel.destroy(reason) }
}

async function connect(connection: Connection, host: string, port: number): Promise<void> {
  try {
    await connection.connect(host, port)
  } catch (cause) {
    throw isSignInRefused(cause) ? new SignInRefused(messageOf(deepest(cause)), { cause }) : cause
  }
}

class PlatformaticChannel implements Channel {
  readonly #library: Library
  readonly #connection: Connection
  readonly #clientId: string
  readonly #clock: Clock
  readonly #session: Session
  readonly #unanswered = new Set<(reason: Error) => void>()
  #versions: ReadonlyMap<number, readonly [number, number]> = new Map()
  #lost: Error | undefined

  constructor(library: Library, connection: Connection, { clientId, clock }: ConnectionSettings, session: Session) {
    this.#library = library
    this.#connection = connection
    this.#clientId = clientId
    this.#clock = clock
    this.#session = session
    connection.on('error', (error: Error) => this.destroy(error))
    connection.on('close', () => this.destroy(new Error('Connection closed')))
  }

  /** Errors: as `exchange`; SignInRefused never, since the broker has let this client in. */
  async askVersions(): Promise<void> {
    const message = apiVersionsRequest()
    const answer = message.decode(new Reader(await this.exchange({ message, version: 2 })), 2)
    if (answer.errorCode !== 0) throw new Error(`the broker answered error code ${answer.errorCode} to ApiVersions`)
    this.#versions = answer.versions
  }

  versionsOf(apiKey: number): readonly [number, number] | undefined {
    return this.#versions.get(apiKey)
  }

  isUsable(): boolean {
    return this.#lost === undefined && this.#connection.isConnected() && this.#clock.monotonic() < this.#session.endsAt
  }

  exchange({ message, version, onWritten }: Exchange): Promise<Buffer> {
    if (this.#lost) return Promise.reject(this.#lost)
    const flexible = version >= message.flexibleFrom
    // The library writes the header itself.
    const request = encodeRequest(message, version, 0, this.#clientId)
    const body = request.subarray(headerLength(message, version, this.#clientId))
    return new Promise((resolve, reject) => {
      const settle = (error: Error | null, answer?: Buffer) => {
        this.#unanswered.delete(settle)
        if (error) reject(error)
        else resolve(answer!)
      }
      this.#unanswered.add(settle)
      this.#connection.send<Buffer>(
        message.apiKey,
        version,
        () => this.#library.Writer.create().append(body),
        // Tags of the answer's header are read with the rest.
        (_correlationId, _apiKey, _version, reader) => reader.buffer.slice(),
        flexible,
        false,
        settle,
      )
      if (this.#unanswered.has(settle)) onWritten?.()
    })
  }

  destroy(reason: Error): void {
    this.#lost ??= reason
    for (const reject of [...this.#unanswered])
      reject(this.#lost)
      // Undefined before it has begun to connect. Its own `close` would wait for a server that is silent.
    ;(this.#connection.socket as Socket | undefined)?.destroy()
  }
}

/**
 * The options of kafkajs in the form of this library. The end of the session is kept, and not told to the library, which would sign in again
 * between requests: the connection is replaced instead, as one of kafkajs is.
 */
function credentials(
  library: Library,
  sasl: NonNullable<KafkaConfig['sasl']>,
  session: Session,
  clock: Clock,
): SASLOptions {
  const settings = sasl as {
    readonly mechanism: string
    readonly username?: string
    readonly password?: string
    readonly oauthBearerProvider?: () => Promise<{ readonly value: string }>
  }
  const mechanism = settings.mechanism.toUpperCase() as SASLMechanismValue
  const { username = '', password = '', oauthBearerProvider } = settings
  return {
    mechanism,
    username,
    password,
    ...(oauthBearerProvider && { token: async () => (await oauthBearerProvider()).value }),
    authenticate(mechanism, connection, api, username, password, token, callback) {
      const done: typeof callback = (error, response) => {
        if (error || !response) return callback(error, response)
        const lifetimeMs = Number(response.sessionLifetimeMs)
        if (lifetimeMs > 0) session.endsAt = clock.monotonic() + lifetimeMs - sessionMarginMs
        callback(null, { ...response, sessionLifetimeMs: 0n })
      }
      if (mechanism === 'PLAIN') library.saslPlain.authenticate(api, connection, username!, password!, done)
      else if (mechanism === 'OAUTHBEARER') library.saslOAuthBearer.authenticate(api, connection, token!, {}, done)
      else {
        const algorithm = mechanism === 'SCRAM-SHA-256' ? 'SHA-256' : 'SHA-512'
        const { authenticate, defaultCrypto } = library.saslScramSha
        authenticate(api, connection, algorithm, username!, password!, defaultCrypto, done)
      }
    },
  }
}

/** Whether the broker has answered, and said no, while this client signed in. A connection that was lost meanwhile is none. */
function isSignInRefused(error: unknown): boolean {
  const codes = chain(error).map(({ code, apiId }) => `${String(apiId)} ${String(code)}`)
  return codes.some(code => /SASL_AUTHENTICATION_FAILED|UNSUPPORTED_SASL_MECHANISM/.test(code))
}

function deepest(error: unknown): unknown {
  return chain(error).at(-1) ?? error
}

interface Linked {
  readonly code?: unknown
  readonly apiId?: unknown
  readonly cause?: unknown
  readonly errors?: readonly unknown[]
}

/** The error, and those that led to it. */
function chain(error: unknown, depth = 0): readonly Linked[] {
  if (typeof error !== 'object' || error === null || depth > 8) return []
  const linked = error as Linked
  return [linked, ...[linked.cause, ...(linked.errors ?? [])].flatMap(next => chain(next, depth + 1))]
}
