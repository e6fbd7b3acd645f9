import type { PostgresClient } from './client.ts'
import { lockTimeoutMs } from './session-settings.ts'

/** Statements that visit all rows of a table may take long, and so may waiting for them. Units: ms. */
export const rewriteTimeoutMs = 600_000

/**
 * Runs the work in one transaction, which holds an advisory lock. The holder of the lock may rewrite a table, so the wait for it has
 * no `lock_timeout`. The statements after it have: one that waits for a table's lock blocks all that come after it.
 */
export async function locked(
  client: Pick<PostgresClient, 'request'>,
  lock: string,
  work: () => Promise<void>,
): Promise<void> {
  const setting = `set_config('lock_timeout', $1::text, true)`
  await client.request('begin', [])
  try {
    const wait = `pg_advisory_xact_lock(hashtextextended($2::text, 0))`
    await client.request(`select ${setting}, ${wait}`, ['0', lock], rewriteTimeoutMs)
    await client.request(`select ${setting}`, [`${lockTimeoutMs}ms`])
    await work()
    await client.request('commit', [])
  } catch (error) {
    await client.request('rollback', []).catch(() => {})
    throw error
  }
}
