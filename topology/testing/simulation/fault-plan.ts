import type { StoreOperation } from '../../../store/memory-faults.ts'
import type { BrokerApi, Fault } from '../../broker/memory/faults.ts'
import { seededRandom } from '../random.ts'

/** The n-th request of a kind that a process sends. Shape: `{ process: 1, api: 'EndTxn', nth: 4 }`; nth begins at 1. */
export interface BrokerTrigger {
  readonly process: number
  readonly api: BrokerApi
  readonly nth: number
}

/** The n-th operation on the store that a process asks for. */
export interface StoreTrigger {
  readonly process: number
  readonly operation: StoreOperation
  readonly nth: number
}

/** A part that can be away for a while: requests to it fail meanwhile with an error that passes. */
export type AwayPart = 'group-coordinator' | 'transaction-coordinator' | 'broker' | 'store' | 'registry'

/** One fault in a run. Units: ms of virtual time. */
export type PlannedFault =
  | {
      readonly kind: 'crash'
      readonly at: BrokerTrigger | StoreTrigger
      readonly when: 'before' | 'after'
      readonly downMs: number
    }
  | { readonly kind: 'freeze'; readonly at: BrokerTrigger | StoreTrigger; readonly ms: number }
  | { readonly kind: 'request'; readonly at: BrokerTrigger; readonly fault: Fault }
  | {
      readonly kind: 'store'
      readonly at: StoreTrigger
      readonly fault: 'fail' | 'drop-request' | 'drop-reply' | 'delay'
      readonly ms: number
    }
  | TimedFault

/** A fault that happens at a time, not at a request. */
export type TimedFault =
  | { readonly kind: 'restart'; readonly process: number; readonly atMs: number; readonly downMs: number }
  /** One more process for a while. */
  | { readonly kind: 'join'; readonly atMs: number; readonly ms: number }
  | { readonly kind: 'away'; readonly part: AwayPart; readonly atMs: number; readonly ms: number }
  /** For `ms`, transactions get their markers `byMs` after their verdict. */
  | { readonly kind: 'late-markers'; readonly atMs: number; readonly ms: number; readonly byMs: number }
  | { readonly kind: 'slow'; readonly process: number; readonly atMs: number; readonly ms: number }
  /** A process stands still for `ms`, and another one with its instance id is started meanwhile. */
  | { readonly kind: 'replace'; readonly process: number; readonly atMs: number; readonly ms: number }
  /** The wall clock of a process is set ahead by `byMs`, or back. */
  | { readonly kind: 'clock-jump'; readonly process: number; readonly atMs: number; readonly byMs: number }
  | { readonly kind: 'store-lost'; readonly atMs: number }
  /** The store is restored to its state at `fromMs`. */
  | { readonly kind: 'store-restored'; readonly fromMs: number; readonly atMs: number }
  | { readonly kind: 'compact'; readonly atMs: number }

const commitApis: readonly BrokerApi[] = [
  'InitProducerId',
  'AddPartitionsToTxn',
  'Produce',
  'TxnOffsetCommit',
  'EndTxn',
]
const groupApis: readonly BrokerApi[] = ['JoinGroup', 'SyncGroup', 'Heartbeat', 'OffsetFetch', 'LeaveGroup']
const readApis: readonly BrokerApi[] = ['Fetch', 'ListOffsets']
const operations: readonly StoreOperation[] = ['Claim', 'Apply', 'Apply', 'Apply', 'Scan', 'Get', 'Wipe']

const hourMs = 3_600_000

/** The wall clocks that are set in a seed: none in most of them. */
function clockJumps(seed: number, processes: number, spanMs: number): readonly TimedFault[] {
  const random = seededRandom(seed ^ 0x27d4eb2f)
  if (random() > 0.3) return []
  const below = (limit: number) => Math.floor(random() * limit)
  return Array.from({ length: 1 + below(3) }, () => {
    const byMs = [-24 * hourMs, -hourMs, -2_000, 2_000, hourMs, 24 * hourMs][below(6)] as number
    return { kind: 'clock-jump', process: below(processes), atMs: below(spanMs), byMs }
  })
}

/** Processes that are replaced while they stand still: in some seeds; it happens where members are static. */
function replacements(seed: number, processes: number, spanMs: number): readonly TimedFault[] {
  const random = seededRandom(seed ^ 0x165667b1)
  if (random() > 0.3) return []
  const below = (limit: number) => Math.floor(random() * limit)
  const ms = [300, 3_000, 15_000][below(3)] as number
  return [{ kind: 'replace', process: below(processes), atMs: below(spanMs), ms }]
}

/**
 * The faults of a seed: between two and a dozen, most of them around the commit, where they do most harm.
 * `spanMs` is the time in which input arrives.
 */
export function planFaults(seed: number, processes: number, spanMs: number): readonly PlannedFault[] {
  const random = seededRandom(seed ^ 0x5f3759df)
  const below = (limit: number) => Math.floor(random() * limit)
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T
  const brokerTrigger = (apis: readonly BrokerApi[]): BrokerTrigger => {
    const api = pick(apis)
    // a process fetches far more often than it sends any other request
    return { process: below(processes), api, nth: 1 + below(api === 'Fetch' ? 80 : 16) }
  }
  const storeTrigger = (): StoreTrigger => {
    const operation = pick(operations)
    return { process: below(processes), operation, nth: 1 + below(operation === 'Wipe' ? 2 : 14) }
  }
  const anyTrigger = () => (random() < 0.7 ? brokerTrigger(random() < 0.8 ? commitApis : groupApis) : storeTrigger())
  const requestFault = (): Fault => {
    const ms = pick([5, 50, 500, 3_000, 12_000])
    const kind = pick(['delay', 'delay-reply', 'late', 'drop-request', 'drop-reply', 'drop-reply', 'fail'] as const)
    if (kind === 'fail') return { kind }
    return kind === 'drop-request' || kind === 'drop-reply' ? { kind, afterMs: pick([0, 50, 1_000]) } : { kind, ms }
  }
  const timed = (): TimedFault => {
    const atMs = below(spanMs)
    const ms = pick([200, 3_000, 12_000])
    const dice = random()
    if (dice < 0.3) return { kind: 'restart', process: below(processes), atMs, downMs: pick([50, 2_000, 15_000]) }
    if (dice < 0.38) return { kind: 'join', atMs, ms: pick([2_000, 8_000]) }
    if (dice < 0.6)
      return {
        kind: 'away',
        part: pick(['group-coordinator', 'transaction-coordinator', 'broker', 'store', 'registry']),
        atMs,
        ms,
      }
    if (dice < 0.68) return { kind: 'late-markers', atMs, ms, byMs: pick([30, 800, 4_000]) }
    if (dice < 0.74) return { kind: 'slow', process: below(processes), atMs, ms }
    if (dice < 0.79) return { kind: 'store-lost', atMs }
    if (dice < 0.9) return { kind: 'store-restored', fromMs: below(atMs + 1), atMs }
    return { kind: 'compact', atMs }
  }
  /** A backup is the worse the more was compacted since it was made. */
  const withCompaction = (fault: PlannedFault): readonly PlannedFault[] =>
    fault.kind === 'store-restored' && random() < 0.6
      ? [fault, { kind: 'compact', atMs: fault.fromMs + below(800) }]
      : [fault]
  const one = (): PlannedFault => {
    const dice = random()
    if (dice < 0.25)
      return { kind: 'crash', at: anyTrigger(), when: pick(['before', 'after']), downMs: pick([100, 1_000, 15_000]) }
    if (dice < 0.38) return { kind: 'freeze', at: anyTrigger(), ms: pick([500, 8_000, 12_000, 20_000, 40_000]) }
    if (dice < 0.62)
      return {
        kind: 'request',
        at: brokerTrigger(random() < 0.75 ? commitApis : random() < 0.6 ? groupApis : readApis),
        fault: requestFault(),
      }
    if (dice < 0.75)
      return {
        kind: 'store',
        at: storeTrigger(),
        fault: pick(['fail', 'drop-request', 'drop-reply', 'delay']),
        ms: pick([50, 2_000, 12_000]),
      }
    return timed()
  }
  const faults = Array.from({ length: 2 + below(11) }, one).flatMap(withCompaction)
  return [...faults, ...clockJumps(seed, processes, spanMs), ...replacements(seed, processes, spanMs)]
}
