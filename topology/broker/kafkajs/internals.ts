import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import type { ISocketFactory, Logger } from 'kafkajs'
import { FatalError } from '../../definition/errors.ts'
import type { Channel, ChannelLog, ConnectionSettings, OpenChannel } from './channel.ts'
import { encodeRequest } from './protocol/request.ts'

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

/** Channels on kafkajs' Connection: the default. */
export const openKafkajsChannel: OpenChannel = (host, port, settings) => {
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
    socketFactory: createSocketFactory(),
  })
  const connection = connectionPool.pool[0]!
  wakeOnlyWhenPending(connection.requestQueue)
  const broker = new Broker({ connectionPool, logger })
  const ready = broker.connect().then(() => channel(connection, broker.versions, settings))
  return { ready, abandon: reason => destroy(connection, reason) }
}

/** It is never opened again: kafkajs lets an old socket's end break the new one. */
function channel(
  connection: KafkajsConnection,
  versions: KafkajsBroker['versions'],
  { clientId, sasl }: ConnectionSettings,
): Channel {
  let destroyed = false
  return {
    versionsOf(apiKey) {
      const range = versions[apiKey]
      return range && [range.minVersion, range.maxVersion]
    },
    isUsable: () =>
      !destroyed &&
      connection.isConnected() &&
      !connection.socket.destroyed &&
      (sasl === undefined || connection.isAuthenticated()),
    exchange: ({ message, version, onWritten }) =>
      new Promise((resolve, reject) => {
        const correlationId = connection.nextCorrelationId()
        const bytes = encodeRequest(message, version, correlationId, clientId)
        connection.requestQueue.push({
          entry: {
            apiKey: message.apiKey,
            apiName: message.api,
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

function logCreator(log: ChannelLog | undefined) {
  return () => (entry: { level: keyof typeof levels; namespace: string; log: { message: string } & object }) => {
    const { message, ...context } = entry.log
    log?.(levels[entry.level], `kafkajs ${entry.namespace}: ${message}`, context)
  }
}
