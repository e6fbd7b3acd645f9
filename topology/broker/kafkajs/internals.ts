import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import type { ISocketFactory, KafkaConfig, Logger } from 'kafkajs'
import { FatalError } from '../../definition/errors.ts'

/**
 * The only file that reaches into kafkajs. Taken: its connection (TCP, TLS, SASL, framing, matching answers to requests) and the
 * handshake of its Broker (ApiVersions, then authentication). Left: everything with a retry or a state machine of its own.
 * Paths and shapes below are those of exactly 2.2.4, the last release; another version is refused when this file loads.
 */
export const kafkajsVersion = '2.2.4'

const require = createRequire(import.meta.url)
assertVersion((require('kafkajs/package.json') as { version: string }).version)

/** Errors: FatalError UNSUPPORTED for any version but the one whose source this adapter was read against. */
export function assertVersion(found: string): void {
  if (found === kafkajsVersion) return
  throw new FatalError(
    'UNSUPPORTED',
    `kafkajs ${found} is installed but its internals are used as of ${kafkajsVersion}: install exactly that version`,
  )
}

/** kafkajs' Connection, src/network/connection.js. */
interface KafkajsConnection {
  readonly socket: Socket
  readonly requestQueue: KafkajsRequestQueue
  isConnected(): boolean
  /** False when the SASL session is about to end. Not used without SASL. */
  isAuthenticated(): boolean
  nextCorrelationId(): number
  rejectRequests(error: Error): void
  disconnect(): Promise<boolean>
}

/** kafkajs' RequestQueue, src/network/requestQueue/index.js. */
interface KafkajsRequestQueue {
  readonly pending: readonly unknown[]
  push(request: PushedRequest): void
  scheduleCheckPendingRequests(): void
}

interface PushedRequest {
  readonly entry: {
    readonly apiKey: number
    readonly apiName: string
    readonly apiVersion: number
    readonly correlationId: number
    resolve(answer: { readonly payload: Buffer }): void
    reject(error: unknown): void
  }
  readonly expectResponse: boolean
  readonly requestTimeout: number | null
  sendRequest(): void
}

interface KafkajsBroker {
  readonly versions: Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>>
  connect(): Promise<void>
}

interface KafkajsPool {
  readonly pool: readonly KafkajsConnection[]
}

/** A connection is replaced this long before its SASL session ends. kafkajs' 10 s would refuse every shorter session. */
const sessionMarginMs = 1_000

type Construct<Options, Instance> = new (options: Options) => Instance

const Broker: Construct<object, KafkajsBroker> = require('kafkajs/src/broker')
const ConnectionPool: Construct<object, KafkajsPool> = require('kafkajs/src/network/connectionPool')
const { createLogger }: { createLogger(options: object): Logger } = require('kafkajs/src/loggers')
const createSocketFactory: () => ISocketFactory = require('kafkajs/src/network/socketFactory')

/** A log function for kafkajs' messages while it connects. Its levels are kept. */
export type KafkajsLog = (level: 'error' | 'warn' | 'info' | 'debug', message: string, context: object) => void

/** The security and the name of connections. `ssl` and `sasl` are kafkajs' own options. */
export interface ConnectionSettings {
  readonly clientId: string
  readonly ssl?: KafkaConfig['ssl']
  readonly sasl?: KafkaConfig['sasl']
  /** For tests: makes the sockets. */
  readonly socketFactory?: ISocketFactory
  /** Units: ms. */
  readonly connectTimeoutMs: number
  readonly log?: KafkajsLog
}

/** A request, and a callback for when it has been written. The answer is its bytes after the correlation id. */
interface Exchange {
  readonly api: string
  readonly apiKey: number
  readonly version: number
  /** The whole request, length and header included, for the correlation id given. */
  encode(correlationId: number): Buffer
  onWritten?: (() => void) | undefined
}

/** One authenticated TCP connection. It is never opened again: kafkajs lets an old socket's end break the new one. */
export interface Channel {
  /** The versions that the node takes of a request. */
  supports(apiKey: number, version: number): boolean
  /** False after any loss, and when its SASL session nears its end. */
  isUsable(): boolean
  /** Rejects with kafkajs' error when the connection is lost. */
  exchange(request: Exchange): Promise<Buffer>
  /** Rejects everything unanswered and destroys the socket. */
  destroy(reason: Error): void
}

/** Starts to connect and authenticate. `ready` rejects with kafkajs' error; `abandon` gives up while it waits. */
export function openChannel(
  host: string,
  port: number,
  settings: ConnectionSettings,
): { readonly ready: Promise<Channel>; abandon(reason: Error): void } {
  const logger = createLogger({ level: settings.log ? 5 : 0, logCreator: logCreator(settings.log) })
  const connectionPool = new ConnectionPool({
    host,
    port,
    logger,
    ssl: settings.ssl ?? null,
    sasl: settings.sasl ?? null,
    clientId: settings.clientId,
    connectionTimeout: settings.connectTimeoutMs,
    requestTimeout: settings.connectTimeoutMs,
    enforceRequestTimeout: false,
    reauthenticationThreshold: sessionMarginMs,
    socketFactory: settings.socketFactory ?? createSocketFactory(),
  })
  const connection = connectionPool.pool[0]!
  wakeOnlyWhenPending(connection.requestQueue)
  const broker = new Broker({ connectionPool, logger })
  const ready = broker.connect().then(() => channel(connection, broker.versions, settings.sasl !== undefined))
  return { ready, abandon: reason => destroy(connection, reason) }
}

function channel(connection: KafkajsConnection, versions: KafkajsBroker['versions'], authenticates: boolean): Channel {
  let destroyed = false
  return {
    supports(apiKey, version) {
      const range = versions[apiKey]
      return range !== undefined && range.minVersion <= version && version <= range.maxVersion
    },
    isUsable: () =>
      !destroyed &&
      connection.isConnected() &&
      !connection.socket.destroyed &&
      (!authenticates || connection.isAuthenticated()),
    exchange: ({ api, apiKey, version, encode, onWritten }) =>
      new Promise((resolve, reject) => {
        const correlationId = connection.nextCorrelationId()
        const bytes = encode(correlationId)
        connection.requestQueue.push({
          entry: {
            apiKey,
            apiName: api,
            apiVersion: version,
            correlationId,
            resolve: ({ payload }) => resolve(payload),
            reject,
          },
          expectResponse: true,
          requestTimeout: null,
          sendRequest() {
            connection.socket.write(bytes)
            onWritten?.()
          },
        })
      }),
    destroy(reason) {
      destroyed = true
      destroy(connection, reason)
    },
  }
}

/**
 * kafkajs checks every millisecond, for as long as a connection lives, for requests that the broker throttled and that wait to be
 * sent. If none waits there is nothing to check.
 */
function wakeOnlyWhenPending(queue: KafkajsRequestQueue): void {
  const schedule = queue.scheduleCheckPendingRequests.bind(queue)
  queue.scheduleCheckPendingRequests = () => {
    if (queue.pending.length > 0) schedule()
  }
}

/** Requests are rejected first: kafkajs' disconnect waits for them, for ever when the node is silent. */
function destroy(connection: KafkajsConnection, reason: Error): void {
  connection.rejectRequests(reason)
  connection.disconnect().catch(() => {})
  // Undefined while kafkajs has not yet made it.
  ;(connection.socket as Socket | undefined)?.destroy()
}

const levels = { 1: 'error', 2: 'warn', 4: 'info', 5: 'debug' } as const

function logCreator(log: KafkajsLog | undefined) {
  return () => (entry: { level: keyof typeof levels; namespace: string; log: { message: string } & object }) => {
    const { message, ...context } = entry.log
    log?.(levels[entry.level], `kafkajs ${entry.namespace}: ${message}`, context)
  }
}
