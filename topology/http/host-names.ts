import { isIP } from 'node:net'
import { isLoopback, type PortAccess } from './port-access.ts'

/**
 * True when a request may give this host. A page of an attacker can let a name of its own resolve to this machine and read what
 * it serves (DNS rebinding): such a request gives that name as its host. Nobody can let an IP address resolve to another one, so
 * where the port is reachable by address every address is allowed.
 *
 * Shape of `header`: `'127.0.0.1:8080'`, `'[::1]:8080'`, `'gateway'`.
 */
export function isAllowedHost(header: string, { host, allowedHosts }: PortAccess): boolean {
  const name = hostName(header)
  if (name === undefined) return false
  if (isLoopback(name) || name === host.toLowerCase()) return true
  if (!isLoopback(host) && isIP(name) !== 0) return true
  return allowedHosts.some(allowed => fits(name, allowed.toLowerCase()))
}

/** The name of a Host header, in lower case and without its port. Undefined: it is malformed. */
export function hostName(header: string): string | undefined {
  const match = /^(?:\[([\da-f:.]+)\]|([^\s:/@?#[\]]+))(?::\d{1,5})?$/i.exec(header)
  return (match?.[1] ?? match?.[2])?.toLowerCase().replace(/\.$/, '')
}

function fits(name: string, allowed: string): boolean {
  return allowed.startsWith('*.') ? name.endsWith(allowed.slice(1)) && name.length >= allowed.length : name === allowed
}
