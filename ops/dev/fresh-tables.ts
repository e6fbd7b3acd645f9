import postgres from 'postgres'
import { createDatabase } from '../cluster/postgres-embedded.ts'
import { openDatabase } from '../command-line/database.ts'

/** Drops a database of a server that is ours, and makes it anew. */
export async function emptyDatabase(server: string, name: string): Promise<void> {
  const admin = new URL(server)
  admin.pathname = '/postgres'
  const sql = postgres(admin.href, { max: 1, onnotice: () => {} })
  try {
    await sql`drop database if exists ${sql(name)} with (force)`
  } finally {
    await sql.end()
  }
  await createDatabase(server, name)
}

/** Drops a schema with all that is in it; the worker makes it anew. Errors: as `openDatabase`. */
export async function emptySchema(url: string, schema: string): Promise<void> {
  const sql = await openDatabase(url)
  try {
    await sql`drop schema if exists ${sql(schema)} cascade`
  } finally {
    await sql.end()
  }
}
