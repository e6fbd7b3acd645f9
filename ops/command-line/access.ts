import { Option } from 'commander'
import { readEnvironment } from '../../topology/app/environment.ts'
import { loadProject } from '../../topology/app/project.ts'
import { type PortAccess, portAccess } from '../../topology/http/port-access.ts'

/** The option for the address on which a command listens. */
export function hostOption(): Option {
  return new Option('--host <address>', 'address to listen on (default: MILLRACE_HOST, the project, else 127.0.0.1)')
}

/**
 * The ways in which the ports of a command can be reached: as its `--host` says, else the environment, else `http` of `millrace.config.ts`, else
 * by this machine alone.
 *
 * Errors: TopologyError CONFIG_INVALID for an address beyond loopback without a token.
 */
export async function accessInUse(host?: string): Promise<PortAccess> {
  const environment = readEnvironment()
  const { http = {} } = await loadProject()
  return portAccess(
    given({
      host: host ?? environment.MILLRACE_HOST ?? http.host,
      allowedHosts: environment.MILLRACE_ALLOWED_HOSTS ?? http.allowedHosts,
      token: environment.MILLRACE_TOKEN,
      connectionsPerClient: environment.MILLRACE_CONNECTIONS_PER_CLIENT,
      streamsPerClient: environment.MILLRACE_STREAMS_PER_CLIENT,
    }),
  )
}

/** Leaves out everything that nobody has said, so that the defaults hold. */
function given(said: { readonly [Name in keyof PortAccess]: PortAccess[Name] | undefined }): Partial<PortAccess> {
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
}
