import type { ExecutionRow } from '../../../schemas/trading/generated/execution-row.ts'
import type { OrderRow } from '../../../schemas/trading/generated/order-row.ts'
import type { PortfolioPriceRow } from '../../../schemas/trading/generated/portfolio-price-row.ts'
import type { PortfolioRow } from '../../../schemas/trading/generated/portfolio-row.ts'
import type { PositionCheckpointRow } from '../../../schemas/trading/generated/position-checkpoint-row.ts'
import type { PositionRow } from '../../../schemas/trading/generated/position-row.ts'
import type { QuarantineRow } from '../../../schemas/trading/generated/quarantine-row.ts'
import type { SnapshotRow } from '../../../schemas/trading/generated/snapshot-row.ts'
import type { KeyValueStore } from '../../../topology/index.ts'

/** The methods of a store that the books use: any store of the engine has them, and a Map in a test can have them. */
export type Rows<K, V> = Pick<KeyValueStore<K, V>, 'get' | 'put' | 'delete' | 'range'>

/** The stores that keep the books of a task. Keys are the rows' own key columns: a tuple where there are several. */
export interface BooksStores {
  readonly portfolios: Rows<string, PortfolioRow>
  readonly positions: Rows<readonly [portfolioId: string, instrumentKey: string], PositionRow>
  /** Market prices that came before the first fill of their position. */
  readonly marks: Rows<readonly [portfolioId: string, instrumentKey: string], PortfolioPriceRow>
  readonly orders: Rows<readonly [portfolioId: string, orderId: string], OrderRow>
  readonly executions: Rows<readonly [portfolioId: string, execSeq: bigint], ExecutionRow>
  readonly checkpoints: Rows<
    readonly [portfolioId: string, instrumentKey: string, execSeq: bigint],
    PositionCheckpointRow
  >
  readonly quarantine: Rows<readonly [portfolioId: string, quarantineId: string], QuarantineRow>
  readonly snapshots: Rows<readonly [portfolioId: string, at: number, version: bigint], SnapshotRow>
}
