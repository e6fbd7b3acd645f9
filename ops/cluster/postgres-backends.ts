import postgres from 'postgres'

/**
 * Ends server processes of a database, as a failover or an administrator would: their clients lose the connection, no
 * matter what they are doing. For fault tests. Returns how many were ended.
 *
 * `applicationName` restricts it to clients of that name; unset: all but our own.
 */
export async function terminateBackends(url: string, applicationName?: string): Promise<number> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    const ended = await sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
        and (${applicationName ?? null}::text is null or application_name = ${applicationName ?? null})`
    return ended.length
  } finally {
    await sql.end()
  }
}
