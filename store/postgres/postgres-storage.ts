import type { Clock } from '../../topology/definition/clock.ts'
import { taskName } from '../../topology/definition/definition.ts'
import type { AnyStore } from '../../topology/definition/store.ts'
import type { StateStorage, TaskClaim, TaskStorage } from '../contract.ts'
import { claimTask } from './claim.ts'
import { PostgresClient } from './client.ts'
import { isGone, repeatableError, writeError } from './errors.ts'
import { migrate } from './migrate.ts'
import type { Clients } from './task-storage.ts'

/** The options of the storage. */
interface PostgresStorageOptions {
  /** Shape: `postgres://user:password@127.0.0.1:5432/millrace`. */
  readonly url: string
  /** The schema of the tables. Unset: `public`. */
  readonly schema?: string
  readonly clock: Pick<Clock, 'now' | 'after'>
  /** The time that a request may go without an answer. Units: ms. Unset: 30,000. */
  readonly requestTimeoutMs?: number
  /** Connections for reads. Unset: 2. */
  readonly readers?: number
}

/**
 * Tasks' tables in Postgres: one table a store, rows by partition. One writer connection and a few readers a worker thread,
 * opened at the first request.
 */
export function postgresStorage(options: PostgresStorageOptions): StateStorage {
  const { url, schema = 'public', clock, requestTimeoutMs = 30_000, readers = 2 } = options
  const client = (connections: number) => new PostgresClient({ url, connections, clock, requestTimeoutMs })
  const clients: Clients = { schema, clock, writer: client(1), reader: client(Math.max(2, readers)) }
  const migrateWith = async (application: string, stores: readonly AnyStore[]) => {
    const dedicated = new PostgresClient({ url, connections: 1, oneSession: true, clock, requestTimeoutMs })
    try {
      await migrate(dedicated, schema, application, stores)
    } catch (error) {
      throw repeatableError(error, `migrate schema '${schema}'`)
    } finally {
      await dedicated.close()
    }
  }
  return {
    migrate: migrateWith,
    claim: task => claimOrRemake(clients, task, migrateWith),
    close: async () => {
      await Promise.all([clients.writer.close(), clients.reader.close()])
    },
  }
}

/** A claim whose tables are gone (the database was lost meanwhile) makes them again, empty: the changelog fills them. */
async function claimOrRemake(
  clients: Clients,
  claim: TaskClaim,
  remake: (application: string, stores: readonly AnyStore[]) => Promise<void>,
): Promise<TaskStorage> {
  try {
    return await claimTask(clients, claim).catch(async error => {
      if (!isGone(error)) throw error
      await remake(claim.application, claim.stores)
      return claimTask(clients, claim)
    })
  } catch (error) {
    throw writeError(error, `claim task ${taskName(claim.task)}`)
  }
}
