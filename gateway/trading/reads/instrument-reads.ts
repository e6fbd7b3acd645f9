import { and, asc, eq, gt, inArray, type SQL, sql } from 'drizzle-orm'
import type { InstrumentRow } from '../../../schemas/trading/generated/instrument-row.ts'
import type { MarketPriceRow } from '../../../schemas/trading/generated/market-price-row.ts'
import { instrumentPrices, instruments } from '../../../store/trading/instrument-risk.ts'
import { type Reading, readCheckpoints, type Snapshot, type StoreLocation, storesNotReady } from '../../index.ts'
import type { PageOf } from './portfolio-lists.ts'

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

/** A filter of instruments. */
export interface InstrumentsFilter {
  readonly exchange?: string | undefined
  readonly enabled?: boolean | undefined
}

/** The instruments, by key. `not ready` while any partition is being rebuilt: the list would be short. */
export async function listInstruments(
  snapshot: Snapshot,
  location: StoreLocation,
  { exchange, enabled }: InstrumentsFilter,
  { limit, after }: PageOf<string>,
): Promise<Reading<readonly InstrumentRow[]>> {
  const waiting = storesNotReady(await readCheckpoints(snapshot, location, [instruments]), [instruments], undefined)
  if (waiting.length > 0) return { kind: 'not ready', stores: waiting }
  const { table } = instruments
  const rows = await snapshot.db
    .select()
    .from(table)
    .where(
      and(
        exchange === undefined ? undefined : eq(table.exchange, exchange),
        enabled === undefined ? undefined : eq(table.enabled, enabled),
        after === undefined ? undefined : gt(table.instrumentKey, after),
      ),
    )
    .orderBy(asc(table.instrumentKey))
    .limit(limit)
  return { kind: 'found', value: rows }
}

/** The newest prices, by instrument key; `only`: that of one instrument. `not ready` while any partition is being rebuilt. */
export async function listPrices(
  snapshot: Snapshot,
  location: StoreLocation,
  only: string | undefined,
  { limit, after }: PageOf<string>,
): Promise<Reading<readonly MarketPriceRow[]>> {
  const stores = [instrumentPrices]
  const checkpoints = await readCheckpoints(snapshot, location, stores)
  const waiting = storesNotReady(checkpoints, stores, undefined)
  if (waiting.length > 0) return { kind: 'not ready', stores: waiting }
  const { table } = instrumentPrices
  const partitions = checkpoints.map(({ partition }) => partition)
  const one = only === undefined ? undefined : named(partitions, eq(table.instrumentKey, only))
  const rows = await snapshot.db
    .select()
    .from(table)
    .where(and(one, after === undefined ? undefined : gt(table.instrumentKey, after)))
    .orderBy(asc(table.instrumentKey))
    .limit(limit)
  return { kind: 'found', value: rows }
}

/** Primary keys begin with the partition: with all of them named, a row is found by its key. */
function named(partitions: readonly number[], key: SQL): SQL {
  return and(inArray(sql<number>`partition`, partitions), key) as SQL
}
