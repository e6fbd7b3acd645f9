import { randomBytes } from 'node:crypto'
import { startServers } from '../../ops/cluster/choose.ts'
import type { ServerName } from '../../ops/cluster/cluster-server.ts'
import { createDatabase } from '../../ops/cluster/postgres-embedded.ts'
import { runEnvironment, type SharedPart } from './run-environment.ts'
import { skipFile } from './suite.ts'

/** A real part as a test file sees it. */
export interface RealPart {
  /** Shape: as `ClusterServer.url`. Kafka: bootstrap servers with commas between. */
  readonly url: string
}

/** The parts asked for, and nothing else. */
export type RealParts<N extends Partial<Record<ServerName, true>>> = {
  readonly [Name in keyof N & ServerName]-?: RealPart
} & {
  /** A prefix for topics, groups and transactional ids that no other file uses. Shape: `'t3f9a2c-'`. */
  readonly prefix: string
  /** Makes an empty database that no other file uses; returns its URL. Only where postgres was asked for. */
  database(): Promise<string>
}

/**
 * The real servers of this run: one Kafka, one registry, one Postgres for all test files, or fresh ones when a file is run
 * alone. They are shared: keep to `prefix` and `database()`, and never break them; a fault test starts its own
 * (`startKafkaNative`, `startPostgresEmbedded` ...).
 *
 * When one cannot be started the file is skipped with the reason; in CI it fails.
 *
 * Shape: `const { kafka, prefix } = await realParts({ kafka: true })` at the top of an `.int.test.ts` file.
 */
export async function realParts<const N extends Partial<Record<ServerName, true>>>(needs: N): Promise<RealParts<N>> {
  const names = (Object.keys(needs) as ServerName[]).filter(name => needs[name])
  const shared = await sharedParts(names)
  const parts: Partial<Record<ServerName, RealPart>> = {}
  for (const name of names) {
    const part = shared[name]
    if (part === undefined || 'missing' in part) return skipFile(part?.missing ?? `the runner started no ${name}`)
    parts[name] = { url: part.url }
  }
  let databases = 0
  const prefix = `t${randomBytes(4).toString('hex')}-`
  const database = () => {
    if (!parts.postgres) throw new Error('database() needs realParts({ postgres: true })')
    return createDatabase(parts.postgres.url, `${prefix}${databases++}`)
  }
  return { ...parts, prefix, database } as unknown as RealParts<N>
}

async function sharedParts(names: readonly ServerName[]): Promise<Partial<Record<ServerName, SharedPart>>> {
  if (runEnvironment.parts !== undefined) return JSON.parse(runEnvironment.parts)
  const { parts, missing } = await startServers(names)
  const found = parts.map((part): [ServerName, SharedPart] => [part.name, { url: part.url, origin: part.origin }])
  const absent = missing.map(({ name, reason }): [ServerName, SharedPart] => [name, { missing: reason }])
  return Object.fromEntries([...found, ...absent])
}
