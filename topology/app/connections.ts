import type { StateStorage } from '../../store/contract.ts'
import type { MemoryBroker } from '../broker/memory/memory-broker.ts'
import type { Broker } from '../broker/port.ts'
import type { Clock } from '../definition/clock.ts'
import type { SchemaRegistry } from '../definition/serde.ts'
import { systemClock } from '../runtime/system-clock.ts'

/** The servers that a topology runs on: real parts by address, `'memory'` for one in this process. */
export interface Connections {
  /** Bootstrap servers. Shape: `'127.0.0.1:9092'` or several. */
  readonly kafka?: 'memory' | MemoryBroker | string | readonly string[]
  /** Base address of a Confluent-compatible registry. */
  readonly registry?: 'memory' | SchemaRegistry | string
  /** A database. Shape: `'postgres://user:password@127.0.0.1:5432/app'`. */
  readonly postgres?: 'memory' | StateStorage | string
  /** Postgres schema of the tables. Unset: `public`. */
  readonly schema?: string
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
export async function connectParts(options: Connections, clock: Clock = systemClock): Promise<Parts> {
  const { kafka = 'memory', registry = 'memory', postgres = 'memory' } = options
  const broker = await brokerOf(kafka, clock)
  const storage = await storageOf(postgres, options.schema, clock)
  return {
    broker,
    registry: await registryOf(registry, clock),
    storage,
    clock,
    where: `kafka ${addressOf(kafka)}  registry ${addressOf(registry)}  postgres ${addressOf(postgres)}`,
    async close() {
      await broker.close()
      if (storage !== postgres) await storage.close()
    },
  }
}

/** Whether a topology's broker lives in this process, where nobody deploys topics. */
export function isEmbedded(kafka: Connections['kafka']): boolean {
  return kafka === undefined || kafka === 'memory' || isMemoryBroker(kafka)
}

function isMemoryBroker(kafka: NonNullable<Connections['kafka']>): kafka is MemoryBroker {
  return typeof kafka === 'object' && 'connect' in kafka
}

// Each part is loaded when it is chosen: a run in memory loads neither Kafka's client nor Postgres'.

async function brokerOf(kafka: NonNullable<Connections['kafka']>, clock: Clock): Promise<Broker> {
  if (isMemoryBroker(kafka)) return kafka.connect()
  if (kafka === 'memory') {
    const { MemoryBroker } = await import('../broker/memory/memory-broker.ts')
    return new MemoryBroker({ clock, cleanIntervalMs: 30_000 }).connect()
  }
  const { kafkajsBroker } = await import('../broker/kafkajs/kafkajs-broker.ts')
  return kafkajsBroker({ brokers: typeof kafka === 'string' ? kafka.split(',') : [...kafka], clock })
}

async function registryOf(registry: NonNullable<Connections['registry']>, clock: Clock): Promise<SchemaRegistry> {
  if (registry === 'memory') return (await import('../../schemas/registry/memory.ts')).memoryRegistry()
  if (typeof registry !== 'string') return registry
  return (await import('../../schemas/registry/confluent.ts')).confluentRegistry({ url: registry, clock })
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

/** Host and port, without user and password. */
function addressOf(part: unknown): string {
  if (Array.isArray(part)) return part.join(',')
  if (typeof part !== 'string' || part === 'memory') return 'memory'
  return URL.canParse(part) && part.includes('//') ? new URL(part).host : part
}
