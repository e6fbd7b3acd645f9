import { TopologyError } from './errors.ts'

/**
 * The error of a server that cannot listen: TopologyError CONFIG_INVALID for a port that is in use or not allowed, and for an
 * address that is not this machine's, else the error itself.
 * Shape: `server.once('error', error => reject(listenError(error, 8080, '127.0.0.1')))`.
 */
export function listenError(cause: unknown, port: number, host: string): unknown {
  const { code } = cause as { readonly code?: unknown }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new TopologyError('CONFIG_INVALID', `${host} is no address of this machine: choose another with --host`, {
      cause,
    })
  const problem = code === 'EADDRINUSE' ? 'is in use' : code === 'EACCES' ? 'is not open to this user' : undefined
  if (problem === undefined) return cause
  return new TopologyError('CONFIG_INVALID', `port ${port} ${problem}, on ${host}: choose another with --port`, {
    cause,
  })
}
