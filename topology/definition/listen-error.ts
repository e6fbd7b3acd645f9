import { TopologyError } from './errors.ts'

/**
 * The error of a server that cannot listen: TopologyError CONFIG_INVALID for a port that is in use or not allowed, else the error
 * itself. Shape: `server.once('error', error => reject(listenError(error, 8080)))`.
 */
export function listenError(error: unknown, port: number): unknown {
  const { code } = error as { readonly code?: unknown }
  const problem = code === 'EADDRINUSE' ? 'is in use' : code === 'EACCES' ? 'is not open to this user' : undefined
  if (problem === undefined) return error
  return new TopologyError('CONFIG_INVALID', `port ${port} ${problem}, on 127.0.0.1: choose another with --port`, {
    cause: error,
  })
}
