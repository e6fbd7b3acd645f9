import { startServers } from '../../ops/cluster/choose.ts'
import type { ClusterServer, ServerName } from '../../ops/cluster/cluster-server.ts'
import { readEnvironment } from '../../topology/app/environment.ts'
import { skipFile } from './suite.ts'

/** A Kafka, a registry and a Postgres for one file alone. Shape of the addresses: as `ClusterServer.url`. */
export interface OwnParts {
  readonly kafka: string
  readonly registry: string
  readonly postgres: string
  readonly parts: Readonly<Record<ServerName, ClusterServer>>
  stop(): Promise<void>
}

/**
 * Starts all three servers for this file, for tests that cannot share them: fixed topic names, servers that are to be broken.
 * When one cannot be started the file is skipped with the reason; in CI it fails.
 */
export async function ownParts(): Promise<OwnParts> {
  const config = {
    ...readEnvironment(),
    KAFKA_BROKERS: undefined,
    SCHEMA_REGISTRY_URL: undefined,
    DATABASE_URL: undefined,
  }
  const { parts, missing, stop } = await startServers(['kafka', 'registry', 'postgres'], { config })
  if (missing.length > 0) {
    await stop()
    return skipFile(missing.map(({ name, reason }) => `no ${name}: ${reason}`).join('; '))
  }
  const byName = Object.fromEntries(parts.map(part => [part.name, part])) as Record<ServerName, ClusterServer>
  const { kafka, registry, postgres } = byName
  return { kafka: kafka.url, registry: registry.url, postgres: postgres.url, parts: byName, stop }
}
