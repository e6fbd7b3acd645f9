import { certificateProblem } from '../../definition/certificate-problem.ts'
import { FatalError, messageOf, RetriableError, TopologyError } from '../../definition/errors.ts'
import { type Channel, type ConnectionSettings, type OpenChannel, SignInRefused } from './channel.ts'
import { openKafkajsChannel } from './internals.ts'
import type { Message, VersionRange } from './protocol/message.ts'
import { Reader } from './protocol/reader.ts'

/** A place to connect to. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** The time to wait for an answer, and a callback for when the request has been written. Units: ms. */
export interface SendOptions {
  readonly timeoutMs?: number
  readonly onWritten?: () => void
}

/** The settings that connections need. Units: ms. */
export interface ConnectionContext extends ConnectionSettings {
  readonly requestTimeoutMs: number
  /** The library that connects. Unset: kafkajs. */
  readonly openChannel?: OpenChannel
}

/** One connection to one node, for one purpose. Any loss ends it; its owner opens another. */
export class Connection {
  readonly #channel: Channel
  readonly #node: string
  readonly #context: ConnectionContext

  private constructor(channel: Channel, node: string, context: ConnectionContext) {
    this.#channel = channel
    this.#node = node
    this.#context = context
  }

  /** Errors: RetriableError BROKER_UNAVAILABLE; TopologyError CONFIG_INVALID when the credentials are refused. */
  static async open({ host, port }: Address, context: ConnectionContext): Promise<Connection> {
    const node = `${host}:${port}`
    const { ready, abandon } = (context.openChannel ?? openKafkajsChannel)(host, port, context)
    // The libraries bound the TCP connect, but neither ApiVersions nor SASL.
    const patience = context.connectTimeoutMs * 3
    const timer = context.clock.after(patience, () => abandon(new Error(`no handshake within ${patience} ms`)))
    try {
      return new Connection(await ready, node, context)
    } catch (cause) {
      abandon(new Error('the handshake failed'))
      throw connectError(node, cause)
    } finally {
      timer.cancel()
    }
  }

  isUsable(): boolean {
    return this.#channel.isUsable()
  }

  /**
   * Sends a request and decodes its answer. A request without an answer in time ends the connection, so that a late answer
   * cannot meet another request. It is sent in the newest of its versions that the node takes.
   *
   * Errors: RetriableError BROKER_UNAVAILABLE when the connection is lost or silent; FatalError UNSUPPORTED when the node
   * takes none of its versions.
   */
  async send<Answer>(message: Message<Answer>, options: SendOptions = {}): Promise<Answer> {
    const { timeoutMs, onWritten } = options
    const { api, apiKey } = message
    const taken = this.#channel.versionsOf(apiKey)
    const version = newestCommon(message.versions, taken)
    if (version === undefined) throw noCommonVersion(message, taken, this.#node)
    if (!this.#channel.isUsable()) throw this.#lost(api, new Error('the connection is closed'))
    const patience = timeoutMs ?? this.#context.requestTimeoutMs
    const timer = this.#context.clock.after(patience, () => this.close(`no answer to ${api} within ${patience} ms`))
    let payload: Buffer
    try {
      payload = await this.#channel.exchange({ message, version, onWritten })
    } catch (cause) {
      throw this.#lost(api, cause)
    } finally {
      timer.cancel()
    }
    const reader = new Reader(payload, version >= message.flexibleFrom)
    reader.tags()
    return message.decode(reader, version)
  }

  close(reason = 'the connection was closed'): void {
    this.#channel.destroy(new Error(reason))
  }

  #lost(api: string, cause: unknown): RetriableError {
    return new RetriableError(
      'BROKER_UNAVAILABLE',
      `${api} got no answer, broker ${this.#node}, ${messageOf(cause)}: try again`,
      { cause, context: { api, broker: this.#node } },
    )
  }
}

/** The newest version that is in both ranges; undefined: they have none in common. */
function newestCommon(known: VersionRange, taken: VersionRange | undefined): number | undefined {
  if (taken === undefined) return undefined
  const newest = Math.min(known[1], taken[1])
  return newest >= Math.max(known[0], taken[0]) ? newest : undefined
}

function noCommonVersion(
  { api, versions: known }: Message<unknown>,
  taken: VersionRange | undefined,
  node: string,
): FatalError {
  const said = taken === undefined ? 'does not know it' : `takes ${rangeName(taken)}`
  const remedy =
    taken !== undefined && taken[0] > known[1]
      ? 'update millrace, or use an older broker'
      : 'use Kafka 2.5 or newer, or a broker compatible with it'
  return new FatalError(
    'UNSUPPORTED',
    `no version of ${api} is known to both sides: the broker ${node} ${said}, this client has ${rangeName(known)}: ${remedy}`,
    { context: { api, broker: node, known: rangeName(known), taken: taken === undefined ? null : rangeName(taken) } },
  )
}

/** Shape: `'v7 to v9'`, `'v0'`. */
function rangeName([oldest, newest]: VersionRange): string {
  return oldest === newest ? `v${oldest}` : `v${oldest} to v${newest}`
}

/** Losses of a connection that kafkajs reports as a refusal when they come while it signs in. */
const lostWhileSigningIn =
  /Closed connection|Connection closed|Connection error|Connection timeout|no handshake|Not connected/

/** Whether a broker has said no to the credentials, or to the mechanism. */
function refusedToSignIn(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false
  if (cause instanceof SignInRefused) return true
  if ('type' in cause && cause.type === 'UNSUPPORTED_SASL_MECHANISM') return true
  return cause.name.includes('SASL') && !lostWhileSigningIn.test(cause.message)
}

/** The error of a connection that could not be opened, from that of the library. */
export function connectError(node: string, cause: unknown): Error {
  if (refusedToSignIn(cause)) {
    return new TopologyError(
      'CONFIG_INVALID',
      `the broker refused the credentials, ${node}: check KAFKA_SASL_MECHANISM, KAFKA_USERNAME and KAFKA_PASSWORD`,
      { cause, context: { broker: node } },
    )
  }
  const refused = certificateProblem(cause)
  if (refused)
    return new TopologyError(
      'CONFIG_INVALID',
      `the broker is not trusted, ${node}, ${refused}: name its authority in KAFKA_CA, or give the broker a valid certificate`,
      { cause, context: { broker: node } },
    )
  return new RetriableError(
    'BROKER_UNAVAILABLE',
    `the broker cannot be reached, ${node}, ${messageOf(cause)}: try again`,
    { cause, context: { broker: node } },
  )
}
