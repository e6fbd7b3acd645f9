import type { AnyStore } from '../../topology/definition/store.ts'
import type { Reading } from './reading.ts'
import type { Snapshots } from './snapshot-pool.ts'
import { answerOfStore, type StoreAnswer } from './store-row.ts'
import { type Checkpoint, readCheckpoints, type StoreLocation } from './store-state.ts'

/** The reads that any topology's stores have. Each call is one snapshot. */
export interface StoreReads {
  /** The row of a key, given as the text of its parts. Errors: SerdeError VALUE_REFUSED for a key that is not the store's. */
  storeRow(definition: AnyStore, keyTexts: readonly string[]): Promise<Reading<StoreAnswer>>
  /** The checkpoint of each partition of the stores. A store that no worker has opened yet has none. */
  checkpoints(definitions: readonly AnyStore[]): Promise<readonly Checkpoint[]>
  /** Resolves when the database answers. Errors: RetriableError. */
  ping(): Promise<void>
}

/** The ways to read an application's stores: by the reads of any store, or by an application's own SQL. */
export interface ReadParts {
  readonly snapshots: Snapshots
  readonly location: StoreLocation
  readonly reads: StoreReads
}

/** The reads on Postgres. */
export function storeReads(snapshots: Snapshots, location: StoreLocation): StoreReads {
  return {
    storeRow: (definition, keyTexts) =>
      snapshots.statement(snapshot => answerOfStore(snapshot, location, definition, keyTexts)),
    checkpoints: definitions => snapshots.statement(snapshot => readCheckpoints(snapshot, location, definitions)),
    ping: () => snapshots.statement(async ({ sql }) => void (await sql.unsafe('select 1'))),
  }
}
