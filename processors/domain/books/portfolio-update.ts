import type { ExecutionReportEvent } from '../../../schemas/trading/generated/execution-report.ts'
import type { OrderPlacedEvent } from '../../../schemas/trading/generated/order-placed.ts'
import type { PortfolioPriceEvent } from '../../../schemas/trading/generated/portfolio-price.ts'
import type { PortfolioUpdatedEvent } from '../../../schemas/trading/generated/portfolio-updated.ts'
import type { PositionRow } from '../../../schemas/trading/generated/position-row.ts'
import { envelope } from '../shared/envelope.ts'
import { updateIdOf } from '../shared/ids.ts'
import { portfolioKey } from '../shared/keys.ts'
import { producers } from '../shared/producer.ts'
import { unrealisedOf } from './portfolio-totals.ts'
import type { BooksChange } from './reconcile.ts'

/** The event of a change of the books. Its time is the cause's. */
export function portfolioUpdate(
  cause: ExecutionReportEvent | OrderPlacedEvent | PortfolioPriceEvent,
  { portfolio, position, markedBy }: BooksChange,
): PortfolioUpdatedEvent {
  const { portfolioId, version, throughExecSeq, provisional, stateHash } = portfolio
  const { cash, realisedPnl, fees, grossExposure, netExposure, openPositions, fills } = portfolio
  const asOf = portfolio.asOf ?? cause.occurredAt
  return envelope(
    {
      eventId: updateIdOf(portfolioId, version, stateHash, markedBy),
      eventType: 'PortfolioUpdated',
      producer: producers.reconciler,
      key: portfolioKey(portfolioId),
      occurredAt: cause.occurredAt,
      cause,
    },
    {
      portfolioId,
      version,
      throughExecSeq,
      provisional,
      stateHash,
      summary: {
        cash,
        realisedPnl,
        unrealisedPnl: unrealisedOf(portfolio),
        fees,
        grossExposure,
        netExposure,
        openPositions,
        fills,
        asOf,
        equity: cash + netExposure,
        markedAt: portfolio.markedAt,
      },
      changedPositions: position === undefined ? [] : [changeOf(position)],
    },
  )
}

function changeOf(position: PositionRow) {
  const { exchange, instrumentId, quantity, cost, realisedPnl, fees, cash, markPrice, markedAt, markSource } = position
  return { exchange, instrumentId, quantity, cost, realisedPnl, fees, cash, markPrice, markedAt, markSource }
}
