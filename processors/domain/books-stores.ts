import type { KeyValueStore } from '../../topology/definition/store.ts'
import type {
  CheckpointRow,
  ExecutionRow,
  OrderRow,
  PortfolioRow,
  PositionRow,
  QuarantineRow,
  SnapshotRow,
} from './book-rows.ts'

/** What the books use of a store: any store of the engine has it, and a Map in a test can. */
export type Rows<K, V> = Pick<KeyValueStore<K, V>, 'get' | 'put' | 'delete' | 'range'>

/** Where the books of a task are kept. Keys are tuples of the rows' own key columns. */
export interface BooksStores {
  readonly portfolios: Rows<readonly [portfolioId: string], PortfolioRow>
  readonly positions: Rows<readonly [portfolioId: string, instrumentKey: string], PositionRow>
  readonly orders: Rows<readonly [portfolioId: string, orderId: string], OrderRow>
  readonly executions: Rows<readonly [portfolioId: string, execSeq: bigint], ExecutionRow>
  readonly checkpoints: Rows<readonly [portfolioId: string, instrumentKey: string, execSeq: bigint], CheckpointRow>
  readonly quarantine: Rows<readonly [portfolioId: string, quarantineId: string], QuarantineRow>
  readonly snapshots: Rows<readonly [portfolioId: string, at: number, version: bigint], SnapshotRow>
}
