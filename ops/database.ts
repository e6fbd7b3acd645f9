import postgres, { type Sql } from 'postgres'
import { messageOf, RetriableError, TopologyError } from '../topology/definition/errors.ts'

/** SQLSTATEs of a URL that cannot be right: wrong password, unknown user, no such database. */
const wrongUrl = new Set(['28P01', '28000', '3D000'])

/**
 * One connection to a database, for a command that only reads; it has answered. Close it with `end()`.
 * Errors: TopologyError CONFIG_INVALID for credentials or a name that the server refuses; RetriableError STORE_UNAVAILABLE.
 */
export async function openDatabase(url: string): Promise<Sql> {
  const sql = postgres(url, { max: 1, onnotice: () => {}, connect_timeout: 10 })
  try {
    await sql`select 1`
    return sql
  } catch (cause) {
    await sql.end({ timeout: 1 })
    const at = `Postgres at ${new URL(url).host}`
    const { code } = cause as { readonly code?: unknown }
    if (wrongUrl.has(String(code)))
      throw new TopologyError('CONFIG_INVALID', `${at} refuses user, password or database: correct DATABASE_URL`, {
        cause,
      })
    throw new RetriableError(
      'STORE_UNAVAILABLE',
      `${at} does not answer (${messageOf(cause) || String(code)}): see whether it is up, and that DATABASE_URL names it`,
      { cause },
    )
  }
}
