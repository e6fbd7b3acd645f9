import { eq } from 'drizzle-orm'
import type { InstrumentRow } from '../../../schemas/trading/generated/instrument-row.ts'
import { instruments } from '../../../store/trading/instrument-risk.ts'
import { type Reading, readCheckpoints, type Snapshot, type StoreLocation, storesNotReady } from '../../index.ts'

/** An instrument as instrument-risk has it for its decisions. */
export async function readInstrument(
  snapshot: Snapshot,
  location: StoreLocation,
  instrumentKey: string,
): Promise<Reading<InstrumentRow>> {
  const { table } = instruments
  const checkpoints = await readCheckpoints(snapshot, location, [instruments])
  const [row] = await snapshot.db.select().from(table).where(eq(table.instrumentKey, instrumentKey))
  if (row) return { kind: 'found', value: row }
  const stores = storesNotReady(checkpoints, [instruments], undefined)
  return stores.length > 0 ? { kind: 'not ready', stores } : { kind: 'absent' }
}
