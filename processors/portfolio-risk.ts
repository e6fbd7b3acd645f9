import type { ExecutionReport } from '../schemas/trading/generated/execution-report.ts'
import type { PortfolioPrice } from '../schemas/trading/generated/portfolio-price.ts'
import type { PortfolioSignalEvent } from '../schemas/trading/generated/portfolio-signal.ts'
import {
  decisions,
  feedbackBuffer,
  ledgers,
  portfolioControlRules,
  rateWindows,
  riskOrders,
  riskPortfolios,
} from '../store/trading/portfolio-risk.ts'
import { chain, processor } from '../topology/index.ts'
import { takeReport } from './domain/books/take-report.ts'
import { everyPortfolio, scopeOf } from './domain/risk/control-event.ts'
import { decideSignal, rateKeys } from './domain/risk/decide-signal.ts'
import type { Limits } from './domain/risk/limits.ts'
import { takeControl } from './domain/risk/take-control.ts'
import { takeRiskPrice } from './domain/risk/take-risk-price.ts'
import { instrumentKey } from './domain/shared/keys.ts'
import { producers } from './domain/shared/producer.ts'
import { limits as limitsFile } from './settings.ts'
import {
  ordersFills,
  portfolioControls,
  portfolioPrices,
  portfolioSignals,
  tradesApproved,
  tradesRejected,
  tradingSignals,
} from './topics.ts'

/**
 * Decides every signal, once, and alone writes trades.approved and trades.rejected. Exposure is reserved at approval and
 * released only by the reports of orders.fills, which come to the same task.
 *
 * Limits are start values: a portfolio's rules, and the trading state of all, are replaced by the records of portfolio.controls.
 */
export function portfolioRiskWith(limits: Limits) {
  return processor({
    name: producers.portfolioRisk,
    streams: [portfolioSignals, ordersFills, portfolioControls, portfolioPrices],
    stores: {
      portfolios: riskPortfolios,
      ledgers,
      orders: riskOrders,
      decisions,
      buffer: feedbackBuffer,
      controls: portfolioControlRules,
      rates: rateWindows,
    },
    sinks: { approved: tradesApproved, rejected: tradesRejected, closing: tradingSignals },
    prefetch: record => {
      if (record.topic === portfolioControls.name) return {}
      if (record.topic === portfolioPrices.name) return priceKeys(record.value.payload)
      return record.topic === ordersFills.name ? reportKeys(record.value.payload) : signalKeys(record.value, limits)
    },
    process(record, { stores, sinks, now }) {
      if (record.topic === ordersFills.name) return takeReport(stores, record.value.payload, limits)
      if (record.topic === portfolioPrices.name) return takeRiskPrice(stores, record.value, limits)
      if (record.topic === portfolioControls.name)
        return chain(takeControl(stores, record.key, record.value), signals => {
          for (const signal of signals) sinks.closing.send(signal.key, signal, { timestamp: signal.occurredAt })
        })
      return chain(decideSignal(stores, record.value, limits, now), decision => {
        if (decision === undefined) return
        const { key, occurredAt: timestamp } = decision.event
        if (decision.outcome === 'APPROVED') sinks.approved.send(key, decision.event, { timestamp })
        else sinks.rejected.send(key, decision.event, { timestamp })
      })
    },
  })
}

/** With the limits of `limits.yaml`. */
export const portfolioRisk = portfolioRiskWith(limitsFile)

export default portfolioRisk

function signalKeys({ payload, occurredAt }: PortfolioSignalEvent, limits: Limits) {
  const { portfolioId, idempotencyKey, exchange, instrumentId } = payload
  const rate = limits.portfolios.get(portfolioId)?.rate ?? null
  return {
    decisions: [[portfolioId, idempotencyKey]],
    portfolios: [[portfolioId]],
    ledgers: [[portfolioId, instrumentKey(exchange, instrumentId)]],
    controls: [[scopeOf(portfolioId)], [everyPortfolio]],
    rates: rateKeys(portfolioId, occurredAt, rate),
  }
}

function priceKeys({ portfolioId, exchange, instrumentId }: PortfolioPrice) {
  return { portfolios: [[portfolioId]], ledgers: [[portfolioId, instrumentKey(exchange, instrumentId)]] }
}

function reportKeys({ portfolioId, tradeId, exchange, instrumentId }: ExecutionReport) {
  return {
    portfolios: [[portfolioId]],
    ledgers: [[portfolioId, instrumentKey(exchange, instrumentId)]],
    orders: [[portfolioId, tradeId]],
  }
}
