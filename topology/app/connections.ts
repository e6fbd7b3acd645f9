import type { SASLOptions } from 'kafkajs'
import type { KafkajsSchemaRegistry } from '../../schemas/registry/kafkajs.ts'
import type { StateStorage } from '../../store/contract.ts'
import type { KafkaSurvey } from '../broker/kafkajs/survey.ts'
import type { MemoryBroker } from '../broker/memory/memory-broker.ts'
import type { Broker } from '../broker/port.ts'
import type { Clock } from '../definition/clock.ts'
import { TopologyError } from '../definition/errors.ts'
import type { SchemaRegistry } from '../definition/serde.ts'
import type { Log } from '../runtime/log.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { keepSecret } from './secrets.ts'
import {
  brokersOf,
  type KafkaAddress,
  kafkaAddress,
  type RegistryAddress,
  registryAddress,
  type SaslCredentials,
} from './server-address.ts'
import { readTlsFiles } from './tls-files.ts'

/** The servers that a topology runs on: real parts by address, `'memory'` for one in this process. */
export interface Connections {
  /** Bootstrap servers, with what a secured cluster asks for. Shape: `'127.0.0.1:9092'`, several, or an address. */
  readonly kafka?: 'memory' | MemoryBroker | string | readonly string[] | KafkaAddress
  /**
   * A Confluent-compatible registry, by its base address or with what a secured one asks for. Unset beside a real Kafka: none,
   * which is enough for topologies without Avro. An instance of `@kafkajs/confluent-schema-registry` serves, too, with its authentication.
   */
  readonly registry?: 'memory' | SchemaRegistry | KafkajsSchemaRegistry | string | RegistryAddress
  /**
   * A database. TLS as libpq has it in a URL: `sslmode`, `sslrootcert`, `sslcert`, `sslkey`.
   * Shape: `'postgres://user:password@127.0.0.1:5432/app?sslmode=verify-full&sslrootcert=ca.pem'`.
   */
  readonly postgres?: 'memory' | StateStorage | string
  /** Postgres schema of the tables. Unset: `public`. */
  readonly schema?: string
}

/** The connections of one client. */
export interface ClientConnections extends Connections {
  /** Name of the client in the brokers' logs, where the address names none. Unset: `millrace`. Shape: `'word-count'`. */
  readonly clientId?: string
  /** Told of the trouble of groups: joins and heartbeats that fail. Unset: silent. */
  readonly log?: Log
}

/** The parts that a worker runs on. */
export interface Parts {
  readonly broker: Broker
  readonly registry: SchemaRegistry
  readonly storage: StateStorage
  readonly clock: Clock
  /** The addresses of the parts, as a line to print. Shape: `'kafka 127.0.0.1:9092  postgres memory'`. */
  readonly where: string
  close(): Promise<void>
}

/**
 * Connects to the parts: the one place where a broker, a store and a registry are chosen.
 * Errors: RetriableError when one does not answer.
 */
export async function connectParts(options: ClientConnections, clock: Clock = systemClock): Promise<Parts> {
  const { kafka = 'memory', postgres = 'memory' } = options
  keepSecretsOf(options)
  const registry = options.registry ?? (isEmbedded(kafka) ? 'memory' : noRegistry)
  const broker = await brokerOf(kafka, options, clock)
  const storage = await storageOf(postgres, options.schema, clock)
  return {
    broker,
    registry: await connectRegistry(registry, clock),
    storage,
    clock,
    where: `kafka ${addressOf(kafka)}  registry ${addressOf(registry)}  postgres ${addressOf(postgres)}`,
    async close() {
      await broker.close()
      if (storage !== postgres) await storage.close()
    },
  }
}

/** Secrets that stand in the addresses themselves are left out of the log, as those of the environment are. */
function keepSecretsOf({ kafka, registry, postgres }: Connections): void {
  const sasl = typeof kafka === 'object' && 'brokers' in kafka ? kafka.sasl : undefined
  if (sasl && 'password' in sasl) keepSecret(sasl.password)
  if (typeof postgres === 'string') keepSecret(postgres)
  if (typeof registry === 'string') keepSecret(registry)
  if (typeof registry !== 'object' || !('url' in registry)) return
  for (const secret of [registry.url, registry.password, registry.token]) if (secret) keepSecret(secret)
}

/** The registry where none is named beside a real Kafka: topologies without Avro never ask it. */
const noRegistry: SchemaRegistry = {
  idOf: refuse,
  schemaOf: refuse,
  register: refuse,
  compatible: refuse,
  versions: refuse,
}

async function refuse(): Promise<never> {
  throw new TopologyError(
    'CONFIG_INVALID',
    'an Avro schema is needed and no schema registry is named: set SCHEMA_REGISTRY_URL, or the connections in millrace.config.ts',
  )
}

/** Whether a topology's broker lives in this process, where nobody deploys topics. */
export function isEmbedded(kafka: Connections['kafka']): boolean {
  return kafka === undefined || kafka === 'memory' || isMemoryBroker(kafka)
}

/** Whether a topology's schemas are in a registry in this process, to which nobody deploys them. */
export function isInMemory(registry: Connections['registry']): boolean {
  return registry === 'memory' || (typeof registry === 'object' && 'ask' in registry)
}

function isMemoryBroker(kafka: NonNullable<Connections['kafka']>): kafka is MemoryBroker {
  return typeof kafka === 'object' && 'connect' in kafka
}

// Each part is loaded when it is chosen: a run in memory loads neither Kafka's client nor Postgres'.

async function brokerOf(
  kafka: NonNullable<Connections['kafka']>,
  { clientId: ownName, log }: Pick<ClientConnections, 'clientId' | 'log'>,
  clock: Clock,
): Promise<Broker> {
  if (isMemoryBroker(kafka)) return kafka.connect()
  if (kafka === 'memory') {
    const { MemoryBroker } = await import('../broker/memory/memory-broker.ts')
    return new MemoryBroker({ clock, cleanIntervalMs: 30_000 }).connect()
  }
  const { kafkajsBroker } = await import('../broker/kafkajs/kafkajs-broker.ts')
  return kafkajsBroker({
    ...(await kafkajsOptions(kafka, ownName)),
    clock,
    ...(log && { groupLog: (level, message, context) => log[level]({ ...context }, message) }),
  })
}

/** Looks at a real cluster as an operator does, for tools. Errors: as `connectParts`. */
export async function surveyKafka(kafka: KafkaAddress, clientId: string, clock: Clock): Promise<KafkaSurvey> {
  const { kafkaSurvey } = await import('../broker/kafkajs/kafkajs-broker.ts')
  return kafkaSurvey({ ...(await kafkajsOptions(kafka, clientId)), clock })
}

/** The form in which the adapter takes an address. */
async function kafkajsOptions(kafka: string | readonly string[] | KafkaAddress, ownName: string | undefined) {
  const { tls, sasl, transport, clientId = ownName, replicationFactor, minInsyncReplicas } = kafkaAddress(kafka)
  return {
    brokers: brokersOf(kafka),
    ...(tls && { ssl: tls === true ? (true as const) : readTlsFiles(tls, 'KAFKA') }),
    ...(sasl && { sasl: kafkajsCredentials(sasl) }),
    ...(transport === 'platformatic' && { openChannel: await loadPlatformatic() }),
    ...(clientId && { clientId }),
    ...(replicationFactor && { replicationFactor }),
    ...(minInsyncReplicas && { topicDefaults: { 'min.insync.replicas': String(minInsyncReplicas) } }),
  }
}

async function loadPlatformatic() {
  const { platformaticChannels } = await import('../broker/kafkajs/platformatic-channel.ts')
  return platformaticChannels()
}

/** Connects to a registry alone. Errors: TopologyError CONFIG_INVALID for a file of certificates that cannot be read. */
export async function connectRegistry(
  registry: NonNullable<Connections['registry']>,
  clock: Clock,
): Promise<SchemaRegistry> {
  if (registry === 'memory') return (await import('../../schemas/registry/memory.ts')).memoryRegistry()
  if (typeof registry === 'object' && !('url' in registry)) {
    const { isKafkajsRegistry, kafkajsRegistry } = await import('../../schemas/registry/kafkajs.ts')
    return isKafkajsRegistry(registry) ? kafkajsRegistry(registry, clock) : (registry as SchemaRegistry)
  }
  const { tls, ...address } = registryAddress(registry)
  const { confluentRegistry } = await import('../../schemas/registry/confluent.ts')
  return confluentRegistry({ ...address, clock, ...(tls && { tls: readTlsFiles(tls, 'SCHEMA_REGISTRY') }) })
}

async function storageOf(
  postgres: NonNullable<Connections['postgres']>,
  schema: string | undefined,
  clock: Clock,
): Promise<StateStorage> {
  if (postgres === 'memory') return (await import('../../store/memory-storage.ts')).memoryStorage({ clock })
  if (typeof postgres !== 'string') return postgres
  const { postgresStorage } = await import('../../store/postgres/postgres-storage.ts')
  return postgresStorage({ url: postgres, clock, ...(schema && { schema }) })
}

/** The form in which kafkajs takes credentials. */
function kafkajsCredentials(sasl: SaslCredentials): SASLOptions {
  if (sasl.mechanism !== 'oauthbearer') return sasl
  return { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: await sasl.token() }) }
}

/** Host and port, without user and password. */
function addressOf(part: unknown): string {
  if (Array.isArray(part)) return part.join(',')
  if (typeof part === 'object' && part !== null && 'brokers' in part) return addressOf(part.brokers)
  if (typeof part === 'object' && part !== null && 'url' in part) return addressOf(part.url)
  if (part === noRegistry) return 'none'
  if (typeof part !== 'string' || part === 'memory') return 'memory'
  return URL.canParse(part) && part.includes('//') ? new URL(part).host : part
}
