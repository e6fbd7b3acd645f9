import { type IncomingMessage, request, type ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Certified } from './certificates.ts'

/** The credentials with which a registry lets requests pass. */
export interface RegistryCredentials {
  readonly username: string
  readonly password: string
  readonly token: string
}

/** A TLS server before a registry. */
export interface GuardedRegistry {
  /** Shape: `'https://127.0.0.1:40123/apis/ccompat/v7'`. */
  readonly url: string
  /** The number of requests that were let through. */
  readonly passed: () => number
  close(): Promise<void>
}

/**
 * Puts a TLS server before a registry, on a free port of 127.0.0.1. It lets requests pass with basic or bearer authentication,
 * and answers all others with 401.
 */
export async function guardRegistry(
  registry: string,
  certificate: Certified,
  { username, password, token }: RegistryCredentials,
): Promise<GuardedRegistry> {
  const basic = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const accepted = [basic, `Bearer ${token}`]
  let passed = 0
  const server = createServer(certificate, (incoming, outgoing) => {
    if (accepted.includes(incoming.headers.authorization ?? '')) {
      passed++
      forward(registry, incoming, outgoing)
    } else {
      outgoing.writeHead(401, { 'content-type': 'application/json' }).end('{"error_code":401,"message":"Unauthorized"}')
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `https://127.0.0.1:${port}${new URL(registry).pathname}`,
    passed: () => passed,
    close: () => close(server),
  }
}

function forward(registry: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { authorization: _, ...headers } = incoming.headers
  const target = new URL(incoming.url ?? '/', registry)
  // Each on a connection of its own: a kept one may be closed by the registry at the moment when a request goes out.
  const options = { method: incoming.method, headers: { ...headers, host: target.host }, agent: false } as const
  const onward = request(target, options, answer => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(outgoing)
  })
  onward.once('error', () => outgoing.writeHead(502).end())
  incoming.pipe(onward)
}

function close(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise(resolve => server.close(() => resolve()))
}
