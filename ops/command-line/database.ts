import type { Sql } from 'postgres'
import { openConnection } from '../../store/postgres/connection.ts'
import { connectionError } from '../../store/postgres/errors.ts'
import { messageOf } from '../../topology/definition/errors.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'

/**
 * One connection to a database, for a command that only reads; it has answered. Close it with `end()`.
 * Errors: TopologyError CONFIG_INVALID for credentials or a name that the server refuses; RetriableError STORE_UNAVAILABLE.
 */
export async function openDatabase(url: string): Promise<Sql> {
  const session = { application_name: 'millrace command' }
  const { sql } = openConnection({ url, connections: 1, clock: systemClock, connectTimeoutMs: 10_000, session })
  try {
    await sql`select 1`
    return sql
  } catch (cause) {
    await sql.end({ timeout: 1 })
    const said = messageOf(cause) || String((cause as { readonly code?: unknown }).code)
    throw connectionError(
      cause,
      `Postgres at ${new URL(url).host} does not answer (${said}): see whether it is up, and that DATABASE_URL names it`,
    )
  }
}
