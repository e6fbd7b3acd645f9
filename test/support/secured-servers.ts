import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres, { type Sql } from 'postgres'
import { startKafkaNative } from '../../ops/cluster/kafka-native.ts'
import { startPostgresEmbedded } from '../../ops/cluster/postgres-embedded.ts'
import { startRegistryNative } from '../../ops/cluster/registry-native.ts'
import { messageOf } from '../../topology/definition/errors.ts'
import { makeCertificates } from './certificates.ts'
import { guardRegistry } from './guarded-registry.ts'
import { securedListener } from './secured-listener.ts'
import { skipFile } from './suite.ts'

/** A Kafka, a registry and a Postgres of one test file, all of them secured. */
export interface SecuredServers {
  /** The plain listener of the same Kafka and the unguarded registry, with which the test writes and looks. */
  readonly open: { readonly kafka: string; readonly registry: string; readonly postgres: string }
  /** Addresses of SASL_SSL listeners; `expired` shows an expired certificate. */
  readonly kafka: { readonly brokers: string; readonly expired: string }
  /** Addresses with `https://`. */
  readonly registry: { readonly url: string; readonly expired: string; readonly requests: () => number }
  /** The URL of the role without its password, over a connection that must be trusted in full; by the name of its schema. */
  readonly postgres: { readonly url: string; useCertificate(which: 'server' | 'expired'): Promise<void> }
  /** The user of all three servers. Kafka has another one, `guest`, of the same password, who may do nothing. */
  readonly username: string
  readonly passwords: { readonly kafka: string; readonly registry: string; readonly postgres: string }
  readonly token: string
  /** Files of certificates and of each password. */
  readonly files: {
    readonly ca: string
    readonly otherCa: string
    readonly kafka: string
    readonly registry: string
    readonly postgres: string
  }
  /** Makes a schema that belongs to the role, and a connection of the superuser. */
  makeSchema(name: string): Promise<void>
  readonly sql: Sql
  stop(): Promise<void>
}

const username = 'worker'

/** Starts all three for this file. When one cannot be started the file is skipped with the reason; in CI it fails. */
export async function securedServers(): Promise<SecuredServers> {
  const secret = () => randomBytes(9).toString('hex')
  const passwords = { kafka: secret(), registry: secret(), postgres: secret() }
  const token = secret()
  const certificates = makeCertificates()
  const folder = await mkdtemp(join(tmpdir(), 'millrace-secured-'))
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const user = { username, password: passwords.kafka }
  const settings = {
    ...(await securedListener('secured', certificates.server, user, file)),
    ...(await securedListener('expired', certificates.expired, user, file)),
  }
  const started = await Promise.allSettled([
    startKafkaNative({
      listeners: { SECURED: 'SASL_SSL', EXPIRED: 'SASL_SSL' },
      settings: {
        ...settings,
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        // The plain listener's clients, and the user of the tests; a guest has no rights at all.
        'super.users': `User:ANONYMOUS;User:${username}`,
      },
      scramUsers: { [username]: passwords.kafka, guest: passwords.kafka },
    }),
    startRegistryNative(),
    startPostgresEmbedded({ tls: certificates.server }),
  ])
  const [kafka, registry, database] = started
  if (kafka.status === 'rejected' || registry.status === 'rejected' || database.status === 'rejected') {
    for (const part of started) if (part.status === 'fulfilled') await part.value.stop()
    return skipFile(started.flatMap(part => (part.status === 'rejected' ? [messageOf(part.reason)] : [])).join('; '))
  }
  const credentials = { username, password: passwords.registry, token }
  const guarded = await guardRegistry(registry.value.url, certificates.server, credentials)
  const expired = await guardRegistry(registry.value.url, certificates.expired, credentials)
  const sql = postgres(database.value.url, { max: 1, onnotice: () => {} })
  // What a worker needs: it may connect, and owns a schema.
  await sql.unsafe(`create role ${username} login password '${passwords.postgres}'`)
  const url = new URL(database.value.url)
  url.username = username
  url.password = ''
  return {
    open: { kafka: kafka.value.url, registry: registry.value.url, postgres: database.value.url },
    kafka: { brokers: kafka.value.listeners.SECURED!, expired: kafka.value.listeners.EXPIRED! },
    registry: { url: guarded.url, expired: expired.url, requests: guarded.passed },
    postgres: {
      url: url.href,
      async useCertificate(which) {
        await writeFile(join(database.value.folder!, 'data/server.crt'), certificates[which].cert)
        await sql`select pg_reload_conf()`
      },
    },
    username,
    passwords,
    token,
    files: {
      ca: await file('ca.pem', certificates.ca),
      otherCa: await file('other-ca.pem', certificates.otherCa),
      kafka: await file('kafka-password', `${passwords.kafka}\n`),
      registry: await file('registry-password', `${passwords.registry}\n`),
      postgres: await file('postgres-password', `${passwords.postgres}\n`),
    },
    makeSchema: async name => {
      await sql.unsafe(`create schema ${name} authorization ${username}`)
    },
    sql,
    async stop() {
      await sql.end()
      await Promise.all([guarded.close(), expired.close()])
      await Promise.all([kafka.value.stop(), registry.value.stop(), database.value.stop()])
      await rm(folder, { recursive: true, force: true })
    },
  }
}
