import type { Sql } from 'postgres'

/** Resolves when a backend of the database waits for a lock. */
export async function someoneWaits(sql: Sql): Promise<void> {
  for (;;) {
    const [row] = await sql`select count(*)::int as n from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`
    if (row?.n > 0) return
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
