import type { Clock } from '../../topology/definition/clock.ts'
import type { AnyStore } from '../../topology/definition/store.ts'
import { PostgresClient } from './client.ts'
import { repeatableError } from './errors.ts'
import { missingGrants } from './grants.ts'
import { locked, rewriteTimeoutMs } from './locked.ts'
import { planMigration } from './migration-plan.ts'
import { missingViews } from './store-views.ts'

/** The tables that an application wants in a schema. */
export interface WantedTables {
  readonly schema: string
  readonly application: string
  readonly stores: readonly AnyStore[]
  /** True: a view of each store, too. */
  readonly views?: boolean
  /** A role that is to have the rights of a worker. */
  readonly grantTo?: string
}

/** A migration: the statements that are missing, and running them. */
export interface Migration {
  /** The statements that are missing, in their order. */
  plan(): Promise<readonly string[]>
  /** Runs the statements that are missing, and returns them. */
  apply(): Promise<readonly string[]>
}

/** The place that a migration runs at. */
interface MigrationPlace {
  /** Shape: `postgres://user:password@127.0.0.1:5432/millrace`. */
  readonly url: string
  readonly clock: Pick<Clock, 'after'>
  /** Units: ms. Unset: 30,000. */
  readonly requestTimeoutMs?: number
}

/**
 * Gives the work a migration on a connection of its own.
 *
 * Errors: TopologyError STORE_INCOMPATIBLE for a table of another shape or of another application, CONFIG_INVALID for a user without
 * the right to make what is missing; RetriableError STORE_UNAVAILABLE.
 */
export async function withMigration<T>(
  { url, clock, requestTimeoutMs = 30_000 }: MigrationPlace,
  wanted: WantedTables,
  work: (migration: Migration) => Promise<T>,
): Promise<T> {
  const client = new PostgresClient({ url, oneSession: true, clock, requestTimeoutMs })
  try {
    return await work({ plan: () => planOf(client, wanted), apply: () => migrate(client, wanted) })
  } catch (error) {
    throw repeatableError(error, `migrate schema '${wanted.schema}'`)
  } finally {
    await client.close()
  }
}

/**
 * Makes and checks the wanted tables; returns the statements that it ran. Where nothing is missing it only reads, so a user that
 * may change no table will do. Else all is done in one transaction under an advisory lock, by one process at a time in a database;
 * `client` must be of `oneSession`.
 *
 * Errors: TopologyError STORE_INCOMPATIBLE; RequestFailure, also when the session is lost in the middle: nothing was changed then.
 */
export async function migrate(
  client: Pick<PostgresClient, 'request'>,
  wanted: WantedTables,
): Promise<readonly string[]> {
  if ((await planOf(client, wanted)).length === 0) return []
  const done: string[] = []
  await locked(client, `millrace:${wanted.schema}`, async () => {
    const run = async (statements: readonly string[]) => {
      for (const statement of statements) await client.request(statement, [], rewriteTimeoutMs)
      done.push(...statements)
    }
    // Another process may have made them while this one waited for the lock.
    await run(await planMigration(client, wanted))
    if (wanted.views) await run(await missingViews(client, wanted))
    if (wanted.grantTo !== undefined) await run(await missingGrants(client, wanted, wanted.grantTo))
  })
  return done
}

async function planOf(client: Pick<PostgresClient, 'request'>, wanted: WantedTables): Promise<readonly string[]> {
  return [
    ...(await planMigration(client, wanted)),
    ...(wanted.views ? await missingViews(client, wanted) : []),
    ...(wanted.grantTo === undefined ? [] : await missingGrants(client, wanted, wanted.grantTo)),
  ]
}
