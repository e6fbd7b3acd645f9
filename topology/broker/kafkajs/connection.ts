import { certificateProblem } from '../../definition/certificate-problem.ts'
import type { Clock } from '../../definition/clock.ts'
import { FatalError, messageOf, RetriableError, TopologyError } from '../../definition/errors.ts'
import { type Channel, type ConnectionSettings, openChannel } from './internals.ts'
import type { Message } from './protocol/message.ts'
import { Reader } from './protocol/reader.ts'
import { Writer } from './protocol/writer.ts'

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
  readonly clock: Clock
  readonly requestTimeoutMs: number
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
    const { ready, abandon } = openChannel(host, port, context)
    // kafkajs bounds the TCP connect, but neither ApiVersions nor SASL.
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
   * does not take this version.
   */
  async send<Answer>(message: Message<Answer>, options: SendOptions = {}): Promise<Answer> {
    const { timeoutMs, onWritten } = options
    const { api, apiKey, version } = message
    if (!this.#channel.supports(apiKey, version)) {
      if (message.older !== undefined) return this.send(message.older, options)
      throw new FatalError(
        'UNSUPPORTED',
        `the broker does not take ${api} v${version}, ${this.#node}: use Kafka 2.5 or newer, or a broker compatible with it`,
        { context: { api, version } },
      )
    }
    if (!this.#channel.isUsable()) throw this.#lost(api, new Error('the connection is closed'))
    const patience = timeoutMs ?? this.#context.requestTimeoutMs
    const timer = this.#context.clock.after(patience, () => this.close(`no answer to ${api} within ${patience} ms`))
    let payload: Buffer
    try {
      const encode = (correlationId: number) => this.#encode(message, correlationId)
      payload = await this.#channel.exchange({ api, apiKey, version, encode, onWritten })
    } catch (cause) {
      throw this.#lost(api, cause)
    } finally {
      timer.cancel()
    }
    const reader = new Reader(payload)
    if (message.flexible) reader.tags()
    return message.decode(reader)
  }

  close(reason = 'the connection was closed'): void {
    this.#channel.destroy(new Error(reason))
  }

  /** Request header v1, or v2 for flexible versions: api key, version, correlation id, client id, [tags]. */
  #encode(message: Message<unknown>, correlationId: number): Buffer {
    const writer = new Writer().int32(0).int16(message.apiKey).int16(message.version).int32(correlationId)
    writer.string(this.#context.clientId)
    if (message.flexible) writer.tags()
    message.encode(writer)
    const request = writer.finish()
    request.writeInt32BE(request.length - 4, 0)
    return request
  }

  #lost(api: string, cause: unknown): RetriableError {
    return new RetriableError(
      'BROKER_UNAVAILABLE',
      `${api} got no answer, broker ${this.#node}, ${messageOf(cause)}: try again`,
      { cause, context: { api, broker: this.#node } },
    )
  }
}

/** Losses of a connection that kafkajs reports as a refusal when they come while it signs in. */
const lostWhileSigningIn =
  /Closed connection|Connection closed|Connection error|Connection timeout|no handshake|Not connected/

/** Whether a broker has said no to the credentials, or to the mechanism. */
function refusedToSignIn(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false
  if ('type' in cause && cause.type === 'UNSUPPORTED_SASL_MECHANISM') return true
  return cause.name.includes('SASL') && !lostWhileSigningIn.test(cause.message)
}

/** The error of a connection that could not be opened, from that of kafkajs. */
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
