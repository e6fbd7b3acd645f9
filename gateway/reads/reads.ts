import { type Portfolio, type Reading, readPortfolio } from './portfolio-reads.ts'
import type { SnapshotPool } from './snapshot-pool.ts'
import type { StoreLocation } from './store-state.ts'

/** What the resources ask of the database. Each call is one snapshot. */
export interface Reads {
  portfolio(portfolioId: string, recent: number): Promise<Reading<Portfolio>>
  /** Resolves when the database answers. Errors: RetriableError. */
  ping(): Promise<void>
}

/** The reads on Postgres. */
export function postgresReads(pool: SnapshotPool, location: StoreLocation): Reads {
  return {
    portfolio: (portfolioId, recent) => pool.read(snapshot => readPortfolio(snapshot, location, portfolioId, recent)),
    ping: () => pool.read(async ({ sql }) => void (await sql.unsafe('select 1'))),
  }
}
