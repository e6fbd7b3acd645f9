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

/** One thing that goes wrong in a run. Units: ms of virtual time. */
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
  | { readonly kind: 'restart'; readonly process: number; readonly atMs: number; readonly downMs: number }
  | { readonly kind: 'coordinator-away'; readonly atMs: number; readonly ms: number }
  | { readonly kind: 'store-away'; readonly atMs: number; readonly ms: number }
  | { readonly kind: 'compact'; readonly atMs: number }

const commitApis: readonly BrokerApi[] = [
  'InitProducerId',
  'AddPartitionsToTxn',
  'Produce',
  'TxnOffsetCommit',
  'EndTxn',
]
const groupApis: readonly BrokerApi[] = ['JoinGroup', 'SyncGroup', 'Heartbeat', 'OffsetFetch']
const readApis: readonly BrokerApi[] = ['Fetch', 'ListOffsets']
const operations: readonly StoreOperation[] = ['Claim', 'Apply', 'Apply', 'Scan', 'Wipe']

/**
 * The faults of a seed: between two and a dozen, most of them around the commit, where the harm is done.
 * `spanMs` is the time in which input arrives.
 */
export function planFaults(seed: number, processes: number, spanMs: number): readonly PlannedFault[] {
  const random = seededRandom(seed ^ 0x5f3759df)
  const below = (limit: number) => Math.floor(random() * limit)
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T
  const brokerTrigger = (apis: readonly BrokerApi[]): BrokerTrigger => ({
    process: below(processes),
    api: pick(apis),
    nth: 1 + below(12),
  })
  const storeTrigger = (): StoreTrigger => ({
    process: below(processes),
    operation: pick(operations),
    nth: 1 + below(10),
  })
  const anyTrigger = () => (random() < 0.7 ? brokerTrigger(random() < 0.8 ? commitApis : groupApis) : storeTrigger())
  const requestFault = (): Fault => {
    const ms = pick([5, 50, 500, 3_000, 12_000])
    const kind = pick(['delay', 'delay-reply', 'late', 'drop-request', 'drop-reply', 'drop-reply', 'fail'] as const)
    if (kind === 'fail') return { kind }
    return kind === 'drop-request' || kind === 'drop-reply' ? { kind, afterMs: pick([0, 50, 1_000]) } : { kind, ms }
  }
  const one = (): PlannedFault => {
    const dice = random()
    if (dice < 0.28)
      return { kind: 'crash', at: anyTrigger(), when: pick(['before', 'after']), downMs: pick([100, 1_000, 15_000]) }
    if (dice < 0.42) return { kind: 'freeze', at: anyTrigger(), ms: pick([500, 8_000, 12_000, 20_000, 40_000]) }
    if (dice < 0.68)
      return {
        kind: 'request',
        at: brokerTrigger(random() < 0.75 ? commitApis : random() < 0.6 ? groupApis : readApis),
        fault: requestFault(),
      }
    if (dice < 0.82)
      return {
        kind: 'store',
        at: storeTrigger(),
        fault: pick(['fail', 'drop-request', 'drop-reply', 'delay']),
        ms: pick([50, 2_000, 12_000]),
      }
    const atMs = below(spanMs)
    if (dice < 0.91) return { kind: 'restart', process: below(processes), atMs, downMs: pick([50, 2_000]) }
    if (dice < 0.94) return { kind: 'coordinator-away', atMs, ms: pick([200, 3_000, 12_000]) }
    if (dice < 0.97) return { kind: 'store-away', atMs, ms: pick([200, 3_000, 12_000]) }
    return { kind: 'compact', atMs }
  }
  return Array.from({ length: 2 + below(11) }, one)
}

/** One fault as a line of a trace. Shape: `crash after EndTxn #4 of process 1, down 1000 ms`. */
export function faultText(fault: PlannedFault): string {
  switch (fault.kind) {
    case 'crash':
      return `crash ${fault.when} ${triggerText(fault.at)}, down ${fault.downMs} ms`
    case 'freeze':
      return `freeze at ${triggerText(fault.at)} for ${fault.ms} ms`
    case 'request':
      return `${Object.values(fault.fault).join(' ')} on ${triggerText(fault.at)}`
    case 'store':
      return `store ${fault.fault} on ${triggerText(fault.at)}`
    case 'restart':
      return `restart of process ${fault.process} at ${fault.atMs} ms, down ${fault.downMs} ms`
    case 'coordinator-away':
      return `group coordinator away at ${fault.atMs} ms for ${fault.ms} ms`
    case 'store-away':
      return `store away at ${fault.atMs} ms for ${fault.ms} ms`
    case 'compact':
      return `compaction at ${fault.atMs} ms`
  }
}

function triggerText(at: BrokerTrigger | StoreTrigger): string {
  return `${'api' in at ? at.api : at.operation} #${at.nth} of process ${at.process}`
}
