import { string } from '../schemas/serdes.ts'
import { ExecutionReportEvent } from '../schemas/trading/generated/execution-report.ts'
import { InstrumentRegisteredEvent } from '../schemas/trading/generated/instrument-registered.ts'
import { OrderPlacedEvent } from '../schemas/trading/generated/order-placed.ts'
import { PortfolioSignalEvent } from '../schemas/trading/generated/portfolio-signal.ts'
import { PortfolioUpdatedEvent } from '../schemas/trading/generated/portfolio-updated.ts'
import { TradeApprovedEvent } from '../schemas/trading/generated/trade-approved.ts'
import { TradeRejectedEvent } from '../schemas/trading/generated/trade-rejected.ts'
import { TradingSignalEvent } from '../schemas/trading/generated/trading-signal.ts'
import { topic } from '../topology/definition/topic.ts'

/*
 * The topics of the trading pipeline: names, keys, partition counts and clean-up stand here and nowhere else. Topics that
 * share a task have one count: instrument-risk reads two, portfolio-risk two, the reconciler two.
 */

const byInstrument = 6
const byPortfolio = 6

/** What was decided and done is kept: ten years. */
const kept = { 'cleanup.policy': 'delete', 'retention.ms': String(3_650 * 24 * 60 * 60 * 1_000) } as const
const passing = { 'cleanup.policy': 'delete' } as const
const latest = { 'cleanup.policy': 'compact' } as const

/** Key: instrumentKey. Written by registration (gateway, command line) through the outbox. */
export const instrumentRegistered = topic('instrument.registered', {
  key: string,
  value: InstrumentRegisteredEvent,
  partitions: byInstrument,
  config: latest,
})

/** Key: instrumentKey. Written by bots and the command line. */
export const tradingSignals = topic('trading.signals', {
  key: string,
  value: TradingSignalEvent,
  partitions: byInstrument,
  config: passing,
})

/** Key: instrumentKey. Every signal with the verdict of instrument-risk; internal. */
export const signalsChecked = topic('signals.checked', {
  key: string,
  value: PortfolioSignalEvent,
  partitions: byInstrument,
  config: passing,
})

/** Key: portfolioKey. The same, written by repartition. */
export const portfolioSignals = topic('trading.signals.portfolio', {
  key: string,
  value: PortfolioSignalEvent,
  partitions: byPortfolio,
  config: passing,
})

/** Key: portfolioKey. Written by portfolio-risk alone. */
export const tradesApproved = topic('trades.approved', {
  key: string,
  value: TradeApprovedEvent,
  partitions: byPortfolio,
  config: kept,
})

/** Key: portfolioKey. Written by portfolio-risk alone. */
export const tradesRejected = topic('trades.rejected', {
  key: string,
  value: TradeRejectedEvent,
  partitions: byPortfolio,
  config: kept,
})

/** Key: portfolioKey. Written by execution-sim. */
export const ordersPlaced = topic('orders.placed', {
  key: string,
  value: OrderPlacedEvent,
  partitions: byPortfolio,
  config: kept,
})

/** Key: portfolioKey. Written by execution-sim; read by portfolio-risk and the reconciler. */
export const ordersFills = topic('orders.fills', {
  key: string,
  value: ExecutionReportEvent,
  partitions: byPortfolio,
  config: kept,
})

/** Key: portfolioKey. Written by the reconciler. */
export const portfolioUpdated = topic('portfolio.updated', {
  key: string,
  value: PortfolioUpdatedEvent,
  partitions: byPortfolio,
  config: latest,
})

/** All of them, in the order of a signal's path. */
export const topics = [
  instrumentRegistered,
  tradingSignals,
  signalsChecked,
  portfolioSignals,
  tradesApproved,
  tradesRejected,
  ordersPlaced,
  ordersFills,
  portfolioUpdated,
] as const
