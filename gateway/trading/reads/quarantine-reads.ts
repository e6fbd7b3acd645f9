import { count } from 'drizzle-orm'
import { quarantine } from '../../../store/trading/reconciler.ts'
import type { Snapshot } from '../../index.ts'

/** The number of reports in quarantine, by reason. The table has the few that did not fit: all of it is read. */
export async function readQuarantined({ db }: Snapshot): Promise<ReadonlyMap<string, number>> {
  const { table } = quarantine
  const rows = await db.select({ reason: table.reason, reports: count() }).from(table).groupBy(table.reason)
  return new Map(rows.map(({ reason, reports }) => [reason, reports]))
}
