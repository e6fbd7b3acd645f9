import { TopologyError } from '../definition/errors.ts'

/** The ways in which an HTTP port can be reached: by address, name and token. */
export interface PortAccess {
  /** The address that is listened on. Shape: `'127.0.0.1'`, `'0.0.0.0'`, `'::'`. */
  readonly host: string
  /**
   * Names that requests may give as their host, beside the names and addresses of this machine's loopback. `*.` stands for
   * anything below a name. Shape: `['gateway.example.org', '*.apps.svc']`.
   */
  readonly allowedHosts: readonly string[]
  /** The bearer token of writes and operating routes. Undefined: they need none, which only loopback allows. */
  readonly token: string | undefined
  /** Connections that one client may have open; all clients together may have four times as many. */
  readonly connectionsPerClient: number
  /** Answers that go on for ever, such as server-sent events, that one client may have open. */
  readonly streamsPerClient: number
}

/** The access of a port that nobody has set: this machine alone reaches it. */
export const loopbackOnly: PortAccess = {
  host: '127.0.0.1',
  allowedHosts: [],
  token: undefined,
  connectionsPerClient: 256,
  streamsPerClient: 32,
}

/**
 * The access with everything that is not given as for loopback.
 *
 * Errors: TopologyError CONFIG_INVALID for an address beyond loopback without a token.
 */
export function portAccess(given: Partial<PortAccess> = {}): PortAccess {
  const access = { ...loopbackOnly, ...given }
  if (isLoopback(access.host) || access.token !== undefined) return access
  throw new TopologyError(
    'CONFIG_INVALID',
    `listening on ${access.host} without a token would open writes and operating routes to everybody who reaches the port: set MILLRACE_TOKEN, or MILLRACE_TOKEN_FILE to a file that holds it ('openssl rand -hex 32' makes one), or listen on 127.0.0.1`,
  )
}

/** True for an address or name that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
}

/** The address to show to a reader, for one that is listened on. Shape: `'http://127.0.0.1:8080'`. */
export function urlOf(host: string, port: number): string {
  const shown = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`
}
