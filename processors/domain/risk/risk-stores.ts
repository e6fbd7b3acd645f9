import type { BufferedReportRow } from '../../../schemas/trading/generated/buffered-report-row.ts'
import type { DecisionRow } from '../../../schemas/trading/generated/decision-row.ts'
import type { PortfolioControlRow } from '../../../schemas/trading/generated/portfolio-control-row.ts'
import type { RateWindowRow } from '../../../schemas/trading/generated/rate-window-row.ts'
import type { RiskLedger } from '../../../schemas/trading/generated/risk-ledger.ts'
import type { RiskOrder } from '../../../schemas/trading/generated/risk-order.ts'
import type { RiskPortfolio } from '../../../schemas/trading/generated/risk-portfolio.ts'
import type { Rows } from '../books/books-stores.ts'

/** The stores that keep portfolio-risk's state. Keys are the rows' own key columns: a tuple where there are several. */
export interface RiskStores {
  readonly portfolios: Rows<string, RiskPortfolio>
  readonly ledgers: Rows<readonly [portfolioId: string, instrumentKey: string], RiskLedger>
  readonly orders: Rows<readonly [portfolioId: string, tradeId: string], RiskOrder>
  readonly decisions: Rows<readonly [portfolioId: string, idempotencyKey: string], DecisionRow>
  readonly buffer: Rows<readonly [portfolioId: string, execSeq: bigint], BufferedReportRow>
  readonly controls: Rows<string, PortfolioControlRow>
  readonly rates: Rows<readonly [portfolioId: string, windowMs: number, bucket: bigint], RateWindowRow>
}
