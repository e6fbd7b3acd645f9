import { priceAtMarket } from '../market/quote.ts'
import { divideHalfEven, larger, one, roundDownTo, smaller, unitOf } from '../shared/decimal.ts'
import type { ExecType } from '../shared/order-moves.ts'
import type { Side } from '../shared/side.ts'
import { drawBelow } from './chance.ts'
import type { ExecutionSettings } from './execution-config.ts'

/** The fields of an approved trade that the simulator needs. Decimals count 1e-18; times are ms. */
export interface ApprovedTrade {
  readonly side: Side
  readonly quantity: bigint
  readonly limitPrice: bigint | null
  readonly referencePrice: bigint | null
  readonly boundPrice: bigint
  readonly validUntil: number | null
  readonly tickSize: bigint
  readonly lotSize: bigint
  readonly takerFeeRate: bigint
  readonly feePrecision: number
}

/** The kinds of reports that a plan has. */
type PlannedType = Exclude<ExecType, 'REPLACED'>

/** One report to come, without the ids and the execSeq that the processor gives it. */
export interface PlannedReport {
  readonly execType: PlannedType
  /** From 1, without gaps. */
  readonly fillSeq: number
  readonly lastQty: bigint
  readonly lastPrice: bigint | null
  readonly cumQty: bigint
  readonly leavesQty: bigint
  readonly fee: bigint
  readonly isTerminal: boolean
  readonly executedAt: number
}

/** The market at which an order fills. */
interface MarketFill {
  /** Units: 1e-18. */
  readonly price: bigint
  /** The moment from which the market has this price. Units: ms. */
  readonly from: number
}

/** Numbers of the draws of one order, so that each decision has its own. */
const draws = { placing: 0, share: 1, delays: 1_000, slippage: 2_000, parts: 3_000 } as const

/**
 * Simulates an order. Pure: chance is a hash of (orderId, k), time is that of its placement or of the market's price plus delays.
 * `market` unset: it fills near its own reference price; else at the market's. The last report is terminal; fills and the
 * expired quantity add up to the order's quantity.
 *
 * A fill that would come at or after `validUntil` does not happen: the order expires then.
 */
export function planExecution(
  trade: ApprovedTrade,
  orderId: string,
  placedAt: number,
  settings: ExecutionSettings,
  market?: MarketFill,
): readonly PlannedReport[] {
  const sizes = fillSizes(trade, orderId, settings)
  const reports: PlannedReport[] = []
  let filled = 0n
  let at = market === undefined ? placedAt : Math.max(placedAt, market.from)
  const end = (execType: PlannedType, executedAt: number) => {
    reports.push({ ...ended(execType, executedAt), fillSeq: reports.length + 1, cumQty: filled })
    return reports
  }

  if (settings.profile.kind === 'REJECT') return end('REJECTED', at + delay(orderId, draws.delays, settings))
  for (const lastQty of sizes) {
    at += delay(orderId, draws.delays + reports.length, settings)
    if (trade.validUntil !== null && at >= trade.validUntil) return end('EXPIRED', Math.max(placedAt, trade.validUntil))
    filled += lastQty
    const lastPrice =
      market === undefined ? fillPrice(trade, orderId, reports.length, settings) : priceAtMarket(market.price, trade)
    const isTerminal = filled === trade.quantity
    reports.push({
      execType: isTerminal ? 'FILL' : 'PARTIAL_FILL',
      fillSeq: reports.length + 1,
      lastQty,
      lastPrice,
      cumQty: filled,
      leavesQty: trade.quantity - filled,
      fee: feeOf(lastQty, lastPrice, trade),
      isTerminal,
      executedAt: at,
    })
    if (isTerminal) return reports
  }
  return end('EXPIRED', at + delay(orderId, draws.delays + reports.length, settings))
}

/** The report with which an order ends without a fill. */
export function ended(execType: PlannedType, executedAt: number): PlannedReport {
  return {
    execType,
    fillSeq: 1,
    lastQty: 0n,
    lastPrice: null,
    cumQty: 0n,
    leavesQty: 0n,
    fee: 0n,
    isTerminal: true,
    executedAt,
  }
}

/** The time at which an order is placed. */
export function placedAtOf(orderId: string, approvedAt: number, settings: ExecutionSettings): number {
  return approvedAt + delay(orderId, draws.placing, settings)
}

/** Fee of a fill: notional x rate, half-even at the fee precision, rounded once. */
export function feeOf(
  quantity: bigint,
  price: bigint,
  rates: Pick<ApprovedTrade, 'takerFeeRate' | 'feePrecision'>,
): bigint {
  const unit = unitOf(rates.feePrecision)
  return divideHalfEven(quantity * price * rates.takerFeeRate, one * one * unit) * unit
}

/** Sizes of the fills, in whole lots except the last; they add up to the quantity unless the profile leaves a rest. */
function fillSizes(trade: ApprovedTrade, orderId: string, { profile }: ExecutionSettings): bigint[] {
  const lots = trade.quantity / trade.lotSize
  if (profile.kind === 'PARTIAL_EXPIRE') {
    const tenths = BigInt(1 + drawBelow(9, orderId, draws.share))
    const filled = ((lots * tenths) / 10n) * trade.lotSize
    return filled === 0n ? [] : [filled]
  }
  if (profile.kind !== 'SPLIT' || lots < 2n) return [trade.quantity]
  return splitSizes(trade, orderId, profile.parts, lots)
}

/** Parts of random weight, none empty; fewer when there are fewer lots. */
function splitSizes(trade: ApprovedTrade, orderId: string, parts: number, lots: bigint): bigint[] {
  const count = lots < BigInt(parts) ? Number(lots) : parts
  const weights = Array.from({ length: count }, (_, part) => BigInt(1 + drawBelow(100, orderId, draws.parts + part)))
  const total = weights.reduce((sum, weight) => sum + weight, 0n)
  const spread = lots - BigInt(count)
  const sizes: bigint[] = []
  let rest = trade.quantity
  for (const weight of weights.slice(1)) {
    const size = (1n + (spread * weight) / total) * trade.lotSize
    sizes.push(size)
    rest -= size
  }
  return [...sizes, rest]
}

/** The reference (or limit) price, worse by some ticks, and within limit and bound. */
function fillPrice(trade: ApprovedTrade, orderId: string, k: number, settings: ExecutionSettings): bigint {
  const { side, tickSize, boundPrice, limitPrice } = trade
  const worse = BigInt(drawBelow(settings.slippageTicks + 1, orderId, draws.slippage + k)) * tickSize
  const reference = trade.referencePrice !== null && trade.referencePrice > 0n ? trade.referencePrice : null
  const base = roundDownTo(tickSize, reference ?? limitPrice ?? boundPrice)
  if (side === 'BUY') return smaller(boundPrice, larger(tickSize, base) + worse)
  const lowest = limitPrice ?? tickSize
  return smaller(boundPrice, larger(lowest, base - worse))
}

function delay(orderId: string, k: number, { minDelayMs, maxDelayMs }: ExecutionSettings): number {
  return minDelayMs + drawBelow(maxDelayMs - minDelayMs + 1, orderId, k)
}
