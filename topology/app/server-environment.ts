import { TopologyError } from '../definition/errors.ts'
import type { Environment } from './environment.ts'
import {
  type KafkaAddress,
  kafkaAddress,
  type RegistryAddress,
  registryAddress,
  type SaslCredentials,
  type TlsFiles,
} from './server-address.ts'

/** Addresses of servers as a project's description, or `cluster up`, gives them. */
export interface GivenServers {
  readonly kafka?: string | readonly string[] | KafkaAddress
  readonly registry?: string | RegistryAddress
  readonly postgres?: string
}

/** Addresses of servers in their full form; undefined: there is none. */
export interface ServerAddresses {
  readonly kafka: KafkaAddress | undefined
  readonly registry: RegistryAddress | undefined
  readonly postgres: string | undefined
}

/**
 * The addresses of the servers with everything that the environment says of them: an address that it names stands in place of
 * the given one; credentials and certificates that it names are added to either, so that secrets need not stand in files.
 *
 * Errors: TopologyError CONFIG_INVALID for credentials of which a half is missing, and for a malformed address of Postgres.
 */
export function serverAddresses(environment: Environment, given: GivenServers): ServerAddresses {
  return {
    kafka: kafkaOf(environment, given.kafka),
    registry: registryOf(environment, given.registry),
    postgres: postgresOf(environment, given.postgres),
  }
}

function kafkaOf(environment: Environment, given: GivenServers['kafka']): KafkaAddress | undefined {
  const { KAFKA_BROKERS: brokers } = environment
  if (brokers === undefined && !given) return undefined
  const address = brokers ? { brokers } : kafkaAddress(given as NonNullable<typeof given>)
  const files = tlsFiles(environment.KAFKA_CA, environment.KAFKA_CERT, environment.KAFKA_KEY)
  const tls = environment.KAFKA_TLS === false ? false : (files ?? environment.KAFKA_TLS)
  const sasl = saslOf(environment)
  const { MILLRACE_REPLICATION_FACTOR: replicationFactor, MILLRACE_MIN_INSYNC_REPLICAS: minInsyncReplicas } =
    environment
  return {
    ...address,
    ...(tls !== undefined && { tls }),
    ...(sasl && { sasl }),
    ...(environment.KAFKA_TRANSPORT && { transport: environment.KAFKA_TRANSPORT }),
    ...(replicationFactor && { replicationFactor }),
    ...(minInsyncReplicas && { minInsyncReplicas }),
  }
}

function saslOf(environment: Environment): SaslCredentials | undefined {
  const { KAFKA_SASL_MECHANISM: mechanism = 'plain', KAFKA_USERNAME: username, KAFKA_PASSWORD: password } = environment
  if (username !== undefined && password !== undefined) return { mechanism, username, password }
  if (username === undefined && password === undefined && environment.KAFKA_SASL_MECHANISM === undefined)
    return undefined
  const missing = username === undefined ? 'KAFKA_USERNAME' : 'KAFKA_PASSWORD'
  throw new TopologyError('CONFIG_INVALID', `${missing} is not set, to sign in to Kafka: set it`)
}

function registryOf(environment: Environment, given: GivenServers['registry']): RegistryAddress | undefined {
  const { SCHEMA_REGISTRY_URL: url } = environment
  if (url === undefined && !given) return undefined
  const address = url ? { url } : registryAddress(given as NonNullable<typeof given>)
  const {
    SCHEMA_REGISTRY_USERNAME: username,
    SCHEMA_REGISTRY_PASSWORD: password,
    SCHEMA_REGISTRY_TOKEN: token,
  } = environment
  const tls = tlsFiles(
    environment.SCHEMA_REGISTRY_CA,
    environment.SCHEMA_REGISTRY_CERT,
    environment.SCHEMA_REGISTRY_KEY,
  )
  return {
    ...address,
    ...(username && { username }),
    ...(password && { password }),
    ...(token && { token }),
    ...(tls && { tls }),
  }
}

function postgresOf(environment: Environment, given: string | undefined): string | undefined {
  const address = environment.DATABASE_URL ?? given
  if (address === undefined) return undefined
  if (!/^postgres(ql)?:\/\//.test(address) || !URL.canParse(address))
    throw new TopologyError(
      'CONFIG_INVALID',
      'the address of Postgres is malformed, in the connections of millrace.config.ts: write it like postgres://user@host:5432/database',
    )
  const url = new URL(address)
  const { DATABASE_PASSWORD: password, DATABASE_CA: ca, DATABASE_CERT: cert, DATABASE_KEY: key } = environment
  if (password !== undefined && url.password === '') url.password = encodeURIComponent(password)
  if (ca) {
    url.searchParams.set('sslrootcert', ca)
    if (!url.searchParams.has('sslmode')) url.searchParams.set('sslmode', 'verify-full')
  }
  if (cert) url.searchParams.set('sslcert', cert)
  if (key) url.searchParams.set('sslkey', key)
  return url.href
}

function tlsFiles(ca: string | undefined, cert: string | undefined, key: string | undefined): TlsFiles | undefined {
  if (!ca && !cert && !key) return undefined
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
}
