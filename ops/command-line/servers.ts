import { connectParts, type Parts } from '../../topology/app/connections.ts'
import { readEnvironment } from '../../topology/app/environment.ts'
import { loadProject } from '../../topology/app/project.ts'
import { type ServerAddresses, serverAddresses } from '../../topology/app/server-environment.ts'
import { TopologyError } from '../../topology/definition/errors.ts'
import type { ServerName } from '../cluster/cluster-server.ts'
import { readState } from '../cluster/state.ts'

/** The environment variable that gives each server's address. */
const variables: Readonly<Record<ServerName, string>> = {
  kafka: 'KAFKA_BROKERS',
  registry: 'SCHEMA_REGISTRY_URL',
  postgres: 'DATABASE_URL',
}

/** Addresses of the servers that a command needs and of those that are known besides, and the Postgres schema of the tables. */
export type Servers<Needed extends ServerName> = {
  readonly [Name in Needed]: NonNullable<ServerAddresses[Name]>
} & Partial<ServerAddresses> & { readonly schema: string | undefined }

/**
 * The servers in use: those that the environment names, else those of `millrace.config.ts`, else those that `cluster up` has
 * started in this folder. Shape: `await serversInUse('status', ['kafka', 'postgres'])`.
 *
 * Errors: TopologyError CONFIG_INVALID when one that the command needs has no address, with the variables to set.
 */
export async function serversInUse<Needed extends ServerName>(
  command: string,
  needed: readonly Needed[],
): Promise<Servers<Needed>> {
  const environment = readEnvironment()
  const { connections = {} } = await loadProject()
  const started = Object.fromEntries((await readState()).parts.map(part => [part.name, part.url]))
  const addresses = serverAddresses(environment, { ...started, ...connections })
  const found = { ...addresses, schema: environment.MILLRACE_SCHEMA ?? connections.schema }
  const missing = needed.filter(name => !found[name]).map(name => variables[name])
  if (missing.length > 0)
    throw new TopologyError(
      'CONFIG_INVALID',
      `${command} needs ${missing.join(', ')}: set ${missing.length === 1 ? 'it' : 'them'}, or the connections in millrace.config.ts, or start the servers with 'millrace cluster up'`,
    )
  return found as Servers<Needed>
}

/** Connects to the servers that a command needs, and to no other, for some work. Errors: as `serversInUse`; RetriableError. */
export async function onServers<Needed extends ServerName>(
  command: string,
  needed: readonly Needed[],
  work: (parts: Parts, servers: Servers<Needed>) => Promise<void>,
): Promise<void> {
  const servers = await serversInUse(command, needed)
  const parts = await connectParts({
    ...Object.fromEntries(needed.map(name => [name, servers[name]])),
    ...(servers.schema && { schema: servers.schema }),
    clientId: `millrace-${command.replaceAll(' ', '-')}`,
  })
  try {
    await work(parts, servers)
  } finally {
    await parts.close()
  }
}
