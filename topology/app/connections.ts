import { confluentRegistry } from '../../schemas/registry/confluent.ts'
import { memoryRegistry } from '../../schemas/registry/memory.ts'
import type { StateStorage } from '../../store/contract.ts'
import { memoryStorage } from '../../store/memory-storage.ts'
import { postgresStorage } from '../../store/postgres/postgres-storage.ts'
import { kafkajsBroker } from '../broker/kafkajs/kafkajs-broker.ts'
import { MemoryBroker } from '../broker/memory/memory-broker.ts'
import type { Broker } from '../broker/port.ts'
import type { Clock } from '../definition/clock.ts'
import type { SchemaRegistry } from '../definition/serde.ts'
import { systemClock } from '../runtime/system-clock.ts'

/** Where a topology runs: real parts by address, `'memory'` for one in this process. */
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
  /** Where they are, for a line to print. Shape: `'kafka 127.0.0.1:9092  postgres memory'`. */
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
  const storage = storageOf(postgres, options.schema, clock)
  return {
    broker,
    registry: registryOf(registry, clock),
    storage,
    clock,
    where: `kafka ${addressOf(kafka)}  registry ${addressOf(registry)}  postgres ${addressOf(postgres)}`,
    async close() {
      await broker.close()
      if (storage !== postgres) await storage.close()
    },
  }
}

async function brokerOf(kafka: NonNullable<Connections['kafka']>, clock: Clock): Promise<Broker> {
  if (kafka === 'memory') return new MemoryBroker({ clock, cleanIntervalMs: 30_000 }).connect()
  if (kafka instanceof MemoryBroker) return kafka.connect()
  return kafkajsBroker({ brokers: typeof kafka === 'string' ? kafka.split(',') : [...kafka], clock })
}

function registryOf(registry: NonNullable<Connections['registry']>, clock: Clock): SchemaRegistry {
  if (registry === 'memory') return memoryRegistry()
  return typeof registry === 'string' ? confluentRegistry({ url: registry, clock }) : registry
}

function storageOf(
  postgres: NonNullable<Connections['postgres']>,
  schema: string | undefined,
  clock: Clock,
): StateStorage {
  if (postgres === 'memory') return memoryStorage({ clock })
  return typeof postgres === 'string' ? postgresStorage({ url: postgres, clock, ...(schema && { schema }) }) : postgres
}

/** Host and port, without user and password. */
function addressOf(part: unknown): string {
  if (Array.isArray(part)) return part.join(',')
  if (typeof part !== 'string' || part === 'memory') return 'memory'
  return URL.canParse(part) && part.includes('//') ? new URL(part).host : part
}
