import postgres, { type Sql } from 'postgres'
import { wrongUrlError } from '../../store/postgres/errors.ts'
import { connectionTarget } from '../../store/postgres/tls.ts'
import { messageOf, RetriableError } from '../../topology/definition/errors.ts'

/**
 * One connection to a database, for a command that only reads; it has answered. Close it with `end()`.
 * Errors: TopologyError CONFIG_INVALID for credentials or a name that the server refuses; RetriableError STORE_UNAVAILABLE.
 */
export async function openDatabase(url: string): Promise<Sql> {
  const target = connectionTarget(url)
  const sql = postgres(target.url, { ssl: target.ssl as never, max: 1, onnotice: () => {}, connect_timeout: 10 })
  try {
    await sql`select 1`
    return sql
  } catch (cause) {
    await sql.end({ timeout: 1 })
    const at = `Postgres at ${new URL(url).host}`
    const wrong = wrongUrlError(cause)
    if (wrong) throw wrong
    const { code } = cause as { readonly code?: unknown }
    throw new RetriableError(
      'STORE_UNAVAILABLE',
      `${at} does not answer (${messageOf(cause) || String(code)}): see whether it is up, and that DATABASE_URL names it`,
      { cause },
    )
  }
}
