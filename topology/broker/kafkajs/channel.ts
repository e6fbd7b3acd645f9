import type { KafkaConfig } from 'kafkajs'
import type { Clock } from '../../definition/clock.ts'
import type { Message, VersionRange } from './protocol/message.ts'

/*
 * The narrow channel under the adapter: it connects, signs in, sends a request and gives its answer. Everything above it is the same
 * for every client library; kafkajs' is in internals.ts, @platformatic/kafka's in platformatic-channel.ts.
 */

/** A log function for a library's messages while it connects. Its levels are kept. */
export type ChannelLog = (level: 'error' | 'warn' | 'info' | 'debug', message: string, context: object) => void

/** The security and the name of connections. `ssl` and `sasl` are kafkajs' own options. */
export interface ConnectionSettings {
  readonly clock: Clock
  readonly clientId: string
  readonly ssl?: KafkaConfig['ssl']
  readonly sasl?: KafkaConfig['sasl']
  /** Units: ms. */
  readonly connectTimeoutMs: number
  readonly log?: ChannelLog
}

/** A request in one of its versions, and a callback for when it has been written. */
export interface Exchange {
  readonly message: Message<unknown>
  readonly version: number
  readonly onWritten?: (() => void) | undefined
}

/** One authenticated TCP connection. It is never opened again. */
export interface Channel {
  /** The versions that the node takes of a request, as it said when the connection was opened; undefined: none. */
  versionsOf(apiKey: number): VersionRange | undefined
  /** False after any loss, and when its SASL session nears its end. */
  isUsable(): boolean
  /** The answer's bytes after the correlation id. Rejects with the library's error when the connection is lost. */
  exchange(request: Exchange): Promise<Buffer>
  /** Rejects everything unanswered and destroys the socket. */
  destroy(reason: Error): void
}

/** Starts to connect and authenticate. `ready` rejects with the library's error; `abandon` gives up while it waits. */
export type OpenChannel = (
  host: string,
  port: number,
  settings: ConnectionSettings,
) => { readonly ready: Promise<Channel>; abandon(reason: Error): void }

/** A broker has said no to the credentials, or to the mechanism. */
export class SignInRefused extends Error {}
