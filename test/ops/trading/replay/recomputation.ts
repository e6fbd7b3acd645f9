import { parse } from 'yaml'

/*
 * The decisions of one portfolio, worked out from the rules of the trading pipeline as its design says them, with none of its
 * code: for signals that are followed to their end one by one, so that no order is open when the next is decided. The exchange's
 * reports are data. Decimals count 1e-18.
 */

/** The part of a signal that rules look at. */
export interface PlainSignal {
  readonly idempotencyKey: string
  readonly at: number
  readonly instrument: string
  readonly side: 'BUY' | 'SELL'
  readonly quantity: bigint
  readonly limitPrice: bigint | null
  readonly referencePrice: bigint
  /** The reason code of the stage INSTRUMENT, which looks at no portfolio; null: it passed. */
  readonly refused: string | null
}

/** The part of an instrument that rules look at. */
export interface PlainInstrument {
  readonly currency: string
  readonly tickSize: bigint
  readonly shortable: boolean
  readonly maxPositionQty: bigint | null
}

/** A fill of a signal's order, by the signal's key, in the order in which they came. */
export interface PlainFill {
  readonly idempotencyKey: string
  readonly quantity: bigint
  readonly price: bigint
}

interface Rules {
  readonly currency: string
  readonly exposureCap: string
  readonly tradingState?: string
  readonly maxPositionQty?: string
  readonly maxOrderRate?: string
}

const one = 10n ** 18n
const hourMs = 3_600_000

/** `'APPROVED'` or the reason code for each signal's key. `yaml` is the limits file as text. */
export function recompute(
  portfolioId: string,
  signals: readonly PlainSignal[],
  instruments: ReadonlyMap<string, PlainInstrument>,
  fills: readonly PlainFill[],
  yaml: string,
): ReadonlyMap<string, string> {
  const file = parse(yaml)
  const rules = { ...file.defaults, ...file.portfolios[portfolioId] } as Rules
  const cap = whole(rules.exposureCap)
  const [mostOrders, window] = rules.maxOrderRate?.split('/') ?? []
  if (window !== undefined && window !== '1h') throw new Error(`a window of ${window} is not foreseen here`)
  const held = new Map<string, { q: bigint; c: bigint }>()
  const approvedAt: number[] = []
  const decided = new Map<string, string>()
  for (const signal of signals) {
    const { idempotencyKey, at, side, quantity } = signal
    if (decided.has(idempotencyKey)) continue
    const say = (outcome: string) => decided.set(idempotencyKey, outcome)
    if (signal.refused !== null) {
      say(signal.refused)
      continue
    }
    const instrument = instruments.get(signal.instrument)!
    const before = held.get(signal.instrument) ?? { q: 0n, c: 0n }
    const after = before.q + (side === 'BUY' ? quantity : -quantity)
    // It reduces if it goes towards zero and not past it.
    const reduces = before.q !== 0n && before.q > 0n === (side === 'SELL') && abs(after) < abs(before.q)
    const limits = [instrument.maxPositionQty, rules.maxPositionQty === undefined ? null : whole(rules.maxPositionQty)]
    const exposure = [...held.values()].reduce((sum, { c }) => sum + c, 0n)
    const grown =
      exposure - before.c + reserved(before, side, quantity, boundOf(signal, instrument, file.slippageTicks))
    const recent = approvedAt.filter(then => then > at - hourMs && then <= at).length
    if (rules.tradingState === 'HALTED') say('TRADING_HALTED')
    else if (instrument.currency !== rules.currency) say('CURRENCY_MISMATCH')
    else if (rules.tradingState === 'REDUCING' && !reduces) say('TRADING_STATE_REDUCING')
    else if (side === 'SELL' && after < 0n && !instrument.shortable) say('SHORT_NOT_ALLOWED')
    else if (limits.some(limit => limit !== null && abs(after) > limit)) say('POSITION_LIMIT_EXCEEDED')
    else if (grown > cap && grown > exposure) say('EXPOSURE_CAP_EXCEEDED')
    else if (mostOrders !== undefined && recent >= Number(mostOrders)) say('RATE_LIMIT_EXCEEDED')
    else {
      say('APPROVED')
      approvedAt.push(at)
      for (const fill of fills)
        if (fill.idempotencyKey === idempotencyKey)
          held.set(signal.instrument, filled(held.get(signal.instrument) ?? { q: 0n, c: 0n }, side, fill))
    }
  }
  return decided
}

/** The exposure in an instrument with one open order: the larger of its long and its short side. */
function reserved({ q, c }: { q: bigint; c: bigint }, side: 'BUY' | 'SELL', quantity: bigint, bound: bigint): bigint {
  const adds = q === 0n || q > 0n === (side === 'BUY')
  if (adds) return c + (quantity * bound) / one
  const beyond = quantity > abs(q) ? quantity - abs(q) : 0n
  const other = (beyond * bound) / one
  return other > c ? other : c
}

/** BUY: min(limit, reference + slippage). SELL: max(reference, limit). */
function boundOf({ side, limitPrice, referencePrice }: PlainSignal, { tickSize }: PlainInstrument, slippage: number) {
  const reach = side === 'BUY' ? referencePrice + BigInt(slippage) * tickSize : referencePrice
  if (limitPrice === null) return reach
  return (side === 'BUY') === limitPrice < reach ? limitPrice : reach
}

function filled({ q, c }: { q: bigint; c: bigint }, side: 'BUY' | 'SELL', { quantity, price }: PlainFill) {
  const d = side === 'BUY' ? 1n : -1n
  if (q === 0n || q > 0n === (side === 'BUY')) return { q: q + d * quantity, c: c + (quantity * price) / one }
  const closed = quantity < abs(q) ? quantity : abs(q)
  const left = c - (closed === abs(q) ? c : halfEven(c * closed, abs(q)))
  if (quantity <= abs(q)) return { q: q + d * closed, c: left }
  return { q: d * (quantity - closed), c: ((quantity - closed) * price) / one }
}

function halfEven(value: bigint, by: bigint): bigint {
  const [down, rest] = [value / by, (value % by) * 2n]
  return rest > by || (rest === by && down % 2n === 1n) ? down + 1n : down
}

function whole(text: string): bigint {
  if (!/^\d+$/.test(text)) throw new Error(`${text} is not foreseen here`)
  return BigInt(text) * one
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value
}
