import type { Clock } from '../../topology/definition/clock.ts'
import { taskName } from '../../topology/definition/definition.ts'
import type { AnyStore } from '../../topology/definition/store.ts'
import type { ParkedNote, StateStorage, TaskClaim, TaskStorage } from '../contract.ts'
import { bookkeeping } from './bookkeeping.ts'
import { claimTask } from './claim.ts'
import { Clients } from './clients.ts'
import { isGone, isRefused, readError, writeError } from './errors.ts'
import { withMigration } from './migration.ts'

/** The options of the storage. */
interface PostgresStorageOptions {
  /** Shape: `postgres://user:password@127.0.0.1:5432/millrace`. */
  readonly url: string
  /** The schema of the tables. Unset: `public`. */
  readonly schema?: string
  readonly clock: Pick<Clock, 'after'>
  /** The time that a request may go without an answer. Units: ms. Unset: 30,000. */
  readonly requestTimeoutMs?: number
  /** Connections for reads. Unset: 2. */
  readonly readers?: number
  /** Connections for writes, for each sub-topology. Unset: 2. */
  readonly writers?: number
}

/**
 * Tasks' tables in Postgres: one table a store, rows by partition. A worker thread has two connections for
 * writes for each sub-topology and a few for reads, opened when they are first used.
 */
export function postgresStorage(options: PostgresStorageOptions): StateStorage {
  const { url, schema = 'public', clock, requestTimeoutMs = 30_000, readers = 2, writers = 2 } = options
  const clients = new Clients({ url, schema, clock, requestTimeoutMs, writers, readers })
  const migrate = async (application: string, stores: readonly AnyStore[]) => {
    await withMigration({ url, clock, requestTimeoutMs }, { schema, application, stores }, migration =>
      migration.apply(),
    )
  }
  return {
    migrate,
    claim: task => claimOrRemake(clients, task, migrate),
    place: () => placeOf(clients),
    noteParked: (application, task, owner, parked) => noteParked(clients, [application, task, owner], parked),
    close: () => clients.close(),
  }
}

/** The system identifier is that of `initdb`. A server that is like Postgres may have none, and a role may not be allowed to ask. */
async function placeOf(clients: Clients): Promise<string | undefined> {
  const text = 'select system_identifier::text, current_database() from pg_control_system()'
  try {
    const [[system, database] = []] = await clients.reader().request(text, [])
    return `${system}/${database}/${clients.schema}`
  } catch (error) {
    if (isRefused(error)) return undefined
    throw readError(error, 'tell which database it is')
  }
}

/** A note of another owner is that of a process that has died with it, or of the task's next owner: only the latter stays. */
async function noteParked(
  clients: Clients,
  of: readonly [application: string, task: string, owner: string],
  parked: ParkedNote | undefined,
): Promise<void> {
  const table = bookkeeping(clients.schema).parked
  const text =
    parked === undefined
      ? `delete from ${table} where application = $1::text and task = $2::text and owner = $3::text`
      : `insert into ${table} (application, task, owner, code, reason, since)
           values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::bigint)
           on conflict (application, task) do update
             set owner = excluded.owner, code = excluded.code, reason = excluded.reason, since = excluded.since,
                 noted_at = now()`
  const { code, reason, since } = parked ?? {}
  try {
    // A refusal of Kafka's may hold any character, and text of Postgres no NUL.
    const why = parked === undefined ? [] : [code, reason?.replaceAll('\0', ''), String(since)]
    await clients.reader().request(text, [...of, ...why])
  } catch (error) {
    throw writeError(error, `note that task ${of[1]} is parked`)
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
