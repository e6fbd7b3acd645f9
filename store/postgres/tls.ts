import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { messageOf, TopologyError } from '../../topology/definition/errors.ts'

/** Modes of TLS in a database's URL. Source: libpq, "SSL Mode Descriptions". */
const modes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const

/** The options of the `postgres` package that a URL leads to. */
interface ConnectionTarget {
  /** The URL without the parameters of TLS: the driver would send those that it does not know to the server. */
  readonly url: string
  readonly ssl: false | 'allow' | 'prefer' | ConnectionOptions
}

/**
 * Reads `sslmode`, `sslrootcert`, `sslcert` and `sslkey` of a database's URL, as libpq does: `require` encrypts and trusts any
 * server unless a root certificate is named; `verify-ca` wants a trusted certificate; `verify-full` one for this host, too.
 * Shape: `postgres://app@db/app?sslmode=verify-full&sslrootcert=ca.pem`. Unset mode: `verify-full` with a root certificate, else
 * no TLS.
 *
 * Errors: TopologyError CONFIG_INVALID for an unknown mode or a file that cannot be read.
 */
export function connectionTarget(url: string): ConnectionTarget {
  const parsed = new URL(url)
  const take = (name: string) => {
    const value = parsed.searchParams.get(name)
    parsed.searchParams.delete(name)
    return value === null || value === '' ? undefined : value
  }
  const [ca, cert, key] = [take('sslrootcert'), take('sslcert'), take('sslkey')]
  const mode = take('sslmode') ?? (ca === undefined ? 'disable' : 'verify-full')
  const target = { url: parsed.href }
  if (!isMode(mode)) throw invalid(`sslmode '${mode}' is not known: use one of ${modes.join(', ')}`)
  if (mode === 'disable') return { ...target, ssl: false }
  if (mode === 'allow' || mode === 'prefer') return { ...target, ssl: mode }
  return {
    ...target,
    ssl: {
      host: parsed.hostname,
      ...(isIP(parsed.hostname) === 0 && { servername: parsed.hostname }),
      ...(ca !== undefined && ca !== 'system' && { ca: readPem(ca, 'sslrootcert') }),
      ...(cert !== undefined && { cert: readPem(cert, 'sslcert') }),
      ...(key !== undefined && { key: readPem(key, 'sslkey') }),
      rejectUnauthorized: mode !== 'require' || ca !== undefined,
      ...(mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
    },
  }
}

function isMode(mode: string): mode is (typeof modes)[number] {
  return (modes as readonly string[]).includes(mode)
}

function readPem(path: string, parameter: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw invalid(`${parameter} cannot be read, ${messageOf(cause)}: name a PEM file`, cause)
  }
}

function invalid(problem: string, cause?: unknown): TopologyError {
  return new TopologyError('CONFIG_INVALID', `DATABASE_URL: ${problem}`, { cause })
}
