import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { listenError } from '../definition/listen-error.ts'
import { ClientCount } from './client-count.ts'
import { type PortAccess, urlOf } from './port-access.ts'
import { securityHeaders } from './security-headers.ts'

/** The function that answers requests: an app's `fetch`. */
export type Fetch = Parameters<typeof getRequestListener>[0]

/** The patience of a port with its clients. Units: ms. */
export interface Patience {
  /** From a connection's opening, or its next request, to the end of the headers. */
  readonly headersMs: number
  /** From the begin of a request to the end of its body. */
  readonly requestMs: number
  /** A connection between two requests. */
  readonly keepAliveMs: number
  /** A connection on which nothing moves, as when a client does not read its answer. */
  readonly silenceMs: number
  /** Requests that are being answered when the port is closed. */
  readonly drainMs: number
}

const usualPatience: Patience = {
  headersMs: 10_000,
  requestMs: 20_000,
  keepAliveMs: 5_000,
  silenceMs: 90_000,
  drainMs: 8_000,
}

/** A port that is being listened on. */
export interface Listening {
  readonly port: number
  /** Shape: `'http://127.0.0.1:8080'`. */
  readonly url: string
  /**
   * Takes no new connections, lets requests finish that are being answered, and closes the connections of each; what has not
   * finished in `drainMs` is cut off.
   */
  close(): Promise<void>
}

/**
 * Listens on a port with caps and deadlines: slow headers and bodies are cut off, and so are connections beyond those of one
 * client or of all. Port 0 chooses a free one.
 *
 * Errors: TopologyError CONFIG_INVALID when the address cannot be listened on, with what to change.
 */
export async function listen(
  fetch: Fetch,
  port: number,
  access: PortAccess,
  patience: Partial<Patience> = {},
): Promise<Listening> {
  const { headersMs, requestMs, keepAliveMs, silenceMs, drainMs } = { ...usualPatience, ...patience }
  const server = createServer(
    {
      // Refused by the request listener, so that its answer has the headers of every other.
      requireHostHeader: false,
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: Math.min(1_000, headersMs / 2),
    },
    getRequestListener(fetch),
  )
  server.timeout = silenceMs
  capConnections(server, access.connectionsPerClient)
  server.on('clientError', refuseBroken)
  const drain = drainOf(server, drainMs)
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => reject(listenError(error, port, access.host)))
    server.listen(port, access.host, resolve)
  })
  const { port: taken } = server.address() as AddressInfo
  return { port: taken, url: urlOf(access.host, taken), close: drain }
}

function capConnections(server: Server, perClient: number): void {
  const count = new ClientCount(perClient)
  server.maxConnections = perClient * 4
  server.on('connection', socket => {
    const leave = count.enter(socket.remoteAddress ?? '')
    if (leave) socket.once('close', leave)
    else end(socket, '429 Too Many Requests')
  })
}

/** Answers what Node's parser has given up: malformed, too large, or too slow. */
function refuseBroken(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
  const status =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? '408 Request Timeout'
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? '431 Request Header Fields Too Large'
        : '400 Bad Request'
  end(socket, status)
}

/** Answers without a request, and closes the connection. */
function end(socket: Duplex, status: string): void {
  const headers = Object.entries(securityHeaders).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n${headers.join('')}\r\n`, () =>
    socket.destroy(),
  )
}

function drainOf(server: Server, drainMs: number): () => Promise<void> {
  const answering = new Set<ServerResponse>()
  let draining = false
  server.prependListener('request', (_, response: ServerResponse) => {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
    if (draining) response.setHeader('Connection', 'close')
    answering.add(response)
    response.once('close', () => {
      answering.delete(response)
      if (draining) setImmediate(() => server.closeIdleConnections())
    })
  })
  return async () => {
    if (draining || !server.listening) return
    draining = true
    for (const response of answering) if (!response.headersSent) response.setHeader('Connection', 'close')
    const closed = new Promise<void>(resolve => server.close(() => resolve()))
    server.closeIdleConnections()
    const timer = setTimeout(() => server.closeAllConnections(), drainMs)
    await closed
    clearTimeout(timer)
  }
}
