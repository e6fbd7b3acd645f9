import type { Sql } from 'postgres'
import type { MemoryStorage } from '../../store/memory-storage.ts'
import { openConnection } from '../../store/postgres/connection.ts'
import { connectParts, type Parts } from '../../topology/app/connections.ts'
import type { ServerAddresses } from '../../topology/app/server-environment.ts'
import type { TopologyGraph } from '../../topology/definition/graph.ts'
import { bindCodecs, type Codecs } from '../../topology/runtime/codecs.ts'
import type { TaskStatus } from '../../topology/runtime/task-status.ts'

/** The parts that a console reads, opened when they are first needed and closed when nobody has looked for a while. */
export interface ConsoleSource {
  readonly graph: TopologyGraph
  readonly schema: string
  /** Undefined: no Kafka is known here. */
  readonly parts: (() => Promise<Pick<Parts, 'broker' | 'registry' | 'clock'>>) | undefined
  readonly codecs: () => Promise<Codecs>
  /** The tables: a database, or storage in memory of this process. */
  readonly tables: { readonly memory: MemoryStorage } | { readonly sql: () => Sql }
  /** The tasks of this process, which know more than their group does. */
  readonly local: () => Promise<readonly TaskStatus[]>
  /** Closes what was opened; the next use opens it again. */
  rest(): Promise<void>
}

/** The options of a source. */
interface SourceOptions {
  readonly graph: TopologyGraph
  readonly schema?: string | undefined
  /** Parts that are open already, and stay so. Unset: they are connected to by address. */
  readonly parts?: Pick<Parts, 'broker' | 'registry' | 'clock' | 'storage'>
  readonly servers: Partial<Pick<ServerAddresses, 'kafka' | 'registry' | 'postgres'>>
  readonly clock: Parts['clock']
  readonly local?: () => Promise<readonly TaskStatus[]>
}

/** The source for parts that are open, or for addresses. */
export function consoleSource(options: SourceOptions): ConsoleSource {
  const { graph, schema = 'public', parts: open, servers, clock, local = async () => [] } = options
  let connected: Promise<Parts> | undefined
  let bound: Promise<Codecs> | undefined
  let database: ReturnType<typeof openConnection> | undefined
  const { kafka, registry, postgres } = servers

  const connect = () => {
    connected ??= connectParts({
      kafka: kafka!,
      ...(registry && { registry }),
      clientId: `${graph.definition.name}-console`,
    }).catch(error => {
      connected = undefined
      throw error
    })
    return connected
  }
  const parts = open ? async () => open : kafka ? connect : undefined
  return {
    graph,
    schema,
    parts,
    local,
    codecs: () => {
      bound ??= (parts ? parts() : Promise.reject(new Error('no Kafka is known here')))
        .then(({ registry: known }) => bindCodecs(graph, known))
        .catch(error => {
          bound = undefined
          throw error
        })
      return bound
    },
    tables:
      postgres === undefined && open !== undefined && 'rows' in open.storage
        ? { memory: open.storage as MemoryStorage }
        : {
            sql: () => {
              const session = { application_name: `${graph.definition.name} console`, statement_timeout: '5000' }
              database ??= openConnection({
                url: postgres ?? '',
                connections: 2,
                clock,
                connectTimeoutMs: 5_000,
                session,
              })
              return database.sql
            },
          },
    async rest() {
      const [leaving, sql] = [connected, database?.sql]
      connected = bound = database = undefined
      await Promise.all([
        leaving?.then(({ close }) => close()).catch(() => {}),
        sql?.end({ timeout: 1 }).catch(() => {}),
      ])
    },
  }
}
