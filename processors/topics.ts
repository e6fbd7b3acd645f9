import { ExecutionReportEvent } from '../schemas/trading/generated/execution-report.ts'
import { InstrumentRegisteredEvent } from '../schemas/trading/generated/instrument-registered.ts'
import { MarketPriceEvent } from '../schemas/trading/generated/market-price.ts'
import { OrderCommandEvent } from '../schemas/trading/generated/order-command.ts'
import { OrderPlacedEvent } from '../schemas/trading/generated/order-placed.ts'
import { PortfolioControlEvent } from '../schemas/trading/generated/portfolio-control.ts'
import { PortfolioPriceEvent } from '../schemas/trading/generated/portfolio-price.ts'
import { PortfolioSignalEvent } from '../schemas/trading/generated/portfolio-signal.ts'
import { PortfolioUpdatedEvent } from '../schemas/trading/generated/portfolio-updated.ts'
import { TradeApprovedEvent } from '../schemas/trading/generated/trade-approved.ts'
import { TradeRejectedEvent } from '../schemas/trading/generated/trade-rejected.ts'
import { TradingSignalEvent } from '../schemas/trading/generated/trading-signal.ts'
import { string, topic } from '../topology/index.ts'
import { topicNames } from './topic-names.ts'

/*
 * The topics of the trading pipeline: keys, partition counts and clean-up are set here and nowhere else. Topics that
 * share a task have one count: portfolio-risk reads four, instrument-risk, execution-sim and the reconciler three each.
 */

const byInstrument = 6
const byPortfolio = 6

/**
 * Kept for ever: retention by time counts event time, and replays and backtests hold old dates, so brokers would delete
 * records that nobody has read yet. Sized by `retention.bytes` or `deleteRecords` where disks are small.
 */
const kept = { 'cleanup.policy': 'delete', 'retention.ms': '-1' } as const
const latest = { 'cleanup.policy': 'compact' } as const

/** The event time of controls: earlier than that of any other record. Units: ms. */
export function atOnce(): number {
  return 0
}

/** Key: instrumentKey. Written by registration (gateway, command line) through the outbox. */
export const instrumentRegistered = topic(topicNames.instrumentRegistered, {
  key: string,
  value: InstrumentRegisteredEvent,
  partitions: byInstrument,
  config: latest,
  misplaced: 'dead-letter',
})

/** Key: instrumentKey. Written by bots and the command line. */
export const tradingSignals = topic(topicNames.tradingSignals, {
  key: string,
  value: TradingSignalEvent,
  partitions: byInstrument,
  config: kept,
  misplaced: 'dead-letter',
})

/** Key: instrumentKey. Written by feeds of prices and the command line. */
export const marketPrices = topic(topicNames.marketPrices, {
  key: string,
  value: MarketPriceEvent,
  partitions: byInstrument,
  config: kept,
  misplaced: 'dead-letter',
})

/** Key: instrumentKey. Every signal with the verdict of instrument-risk; internal. */
export const signalsChecked = topic(topicNames.signalsChecked, {
  key: string,
  value: PortfolioSignalEvent,
  partitions: byInstrument,
  config: kept,
})

/** Key: portfolioKey. The same, written by repartition. */
export const portfolioSignals = topic(topicNames.portfolioSignals, {
  key: string,
  value: PortfolioSignalEvent,
  partitions: byPortfolio,
  config: kept,
})

/** Key: portfolioKey. Prices of the instruments that a portfolio has asked to trade, written by instrument-risk; internal. */
export const portfolioPrices = topic(topicNames.portfolioPrices, {
  key: string,
  value: PortfolioPriceEvent,
  partitions: byPortfolio,
  config: kept,
})

/**
 * Key: portfolioKey; for every portfolio, one key of each partition (`everyPartitionKeys`). Rules that are set while the pipeline
 * runs, written by the gateway and the command line through the outbox. A control goes before all records that wait in its
 * partition, however old they are.
 */
export const portfolioControls = topic(topicNames.portfolioControls, {
  key: string,
  value: PortfolioControlEvent,
  partitions: byPortfolio,
  config: latest,
  misplaced: 'dead-letter',
  timestamp: atOnce,
})

/** Key: portfolioKey. Written by portfolio-risk alone. */
export const tradesApproved = topic(topicNames.tradesApproved, {
  key: string,
  value: TradeApprovedEvent,
  partitions: byPortfolio,
  config: kept,
})

/** Key: portfolioKey. Written by portfolio-risk alone. */
export const tradesRejected = topic(topicNames.tradesRejected, {
  key: string,
  value: TradeRejectedEvent,
  partitions: byPortfolio,
  config: kept,
})

/** Key: portfolioKey. Cancels and replaces orders. Written by bots and the command line. */
export const ordersCommands = topic(topicNames.ordersCommands, {
  key: string,
  value: OrderCommandEvent,
  partitions: byPortfolio,
  config: kept,
})

/** Key: portfolioKey. Written by execution-sim. */
export const ordersPlaced = topic(topicNames.ordersPlaced, {
  key: string,
  value: OrderPlacedEvent,
  partitions: byPortfolio,
  config: kept,
})

/** Key: portfolioKey. Written by execution-sim; read by portfolio-risk and the reconciler. */
export const ordersFills = topic(topicNames.ordersFills, {
  key: string,
  value: ExecutionReportEvent,
  partitions: byPortfolio,
  config: kept,
})

/** Key: portfolioKey. Written by the reconciler. */
export const portfolioUpdated = topic(topicNames.portfolioUpdated, {
  key: string,
  value: PortfolioUpdatedEvent,
  partitions: byPortfolio,
  config: latest,
})

/** All of them, in the order of a signal's path. */
export const topics = [
  instrumentRegistered,
  marketPrices,
  tradingSignals,
  signalsChecked,
  portfolioSignals,
  portfolioPrices,
  portfolioControls,
  tradesApproved,
  tradesRejected,
  ordersCommands,
  ordersPlaced,
  ordersFills,
  portfolioUpdated,
] as const
