import { eq, inArray, sql } from 'drizzle-orm'
import { everyPortfolio, scopeOf } from '../../../processors/domain/risk/control-event.ts'
import type { PortfolioControlRow } from '../../../schemas/trading/generated/portfolio-control-row.ts'
import type { RiskPortfolio } from '../../../schemas/trading/generated/risk-portfolio.ts'
import { portfolioControlRules, riskPortfolios } from '../../../store/trading/portfolio-risk.ts'
import { type Reading, readCheckpoints, type Snapshot, type StoreLocation, storesNotReady } from '../../index.ts'

/** The rules that were set at run time, as portfolio-risk decides by them. */
export interface ControlsInForce {
  /** Undefined: the portfolio has those of the limits file. */
  readonly own: PortfolioControlRow | undefined
  /** The oldest that any partition has. Undefined: there is a partition without. */
  readonly every: PortfolioControlRow | undefined
  /** The portfolio as portfolio-risk has it. Undefined: no decision was taken yet. */
  readonly risk: RiskPortfolio | undefined
}

/** The rules of a portfolio, and those of every one. Null: only the latter. */
export async function readControls(
  snapshot: Snapshot,
  location: StoreLocation,
  portfolioId: string | null,
): Promise<Reading<ControlsInForce>> {
  const { table } = portfolioControlRules
  const checkpoints = await readCheckpoints(snapshot, location, [portfolioControlRules])
  const waiting = storesNotReady(checkpoints, [portfolioControlRules], undefined)
  if (waiting.length > 0) return { kind: 'not ready', stores: waiting }
  const scope = scopeOf(portfolioId)
  const rows = await snapshot.db
    .select({ partition: sql<number>`partition`, row: table })
    .from(table)
    .where(inArray(table.scope, [scope, everyPortfolio]))
  const every = rows.filter(({ row }) => row.scope === everyPortfolio).map(({ row }) => row)
  const everywhere = every.length === new Set(checkpoints.map(({ partition }) => partition)).size
  const oldest = every.reduce<PortfolioControlRow | undefined>(
    (a, b) => (a === undefined || b.controlVersion < a.controlVersion ? b : a),
    undefined,
  )
  const risk = riskPortfolios.table
  const [own] =
    portfolioId === null ? [] : await snapshot.db.select().from(risk).where(eq(risk.portfolioId, portfolioId))
  return {
    kind: 'found',
    value: {
      own: portfolioId === null ? undefined : rows.find(({ row }) => row.scope === scope)?.row,
      every: everywhere ? oldest : undefined,
      risk: own,
    },
  }
}
