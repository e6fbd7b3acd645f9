import { producers } from '../../../processors/domain/shared/producer.ts'
import {
  instrumentRegistered,
  marketPrices,
  portfolioControls,
  tradesApproved,
  tradesRejected,
  tradingSignals,
} from '../../../processors/topics.ts'
import type { TradeApprovedEvent } from '../../../schemas/trading/generated/trade-approved.ts'
import type { TradeRejectedEvent } from '../../../schemas/trading/generated/trade-rejected.ts'
import type { TradingSignalEvent } from '../../../schemas/trading/generated/trading-signal.ts'
import type { AnyTopic } from '../../../topology/index.ts'
import { type Parts, readTopics, type Tailed } from '../../commands.ts'

/** A decision as its topic holds it. */
export type DecisionEvent = TradeApprovedEvent | TradeRejectedEvent

/** A record that came to the pipeline from outside. */
export interface RecordedInput {
  readonly topic: AnyTopic
  readonly key: string
  readonly value: unknown
  /** Units: ms. */
  readonly at: number
  /** Of `trading.signals`. */
  readonly signal: TradingSignalEvent | undefined
  /** Of its partition. */
  readonly offset: number
}

/** The topics that the pipeline is fed by, in the order in which records of one time count. */
const inputTopics: readonly AnyTopic[] = [instrumentRegistered, portfolioControls, marketPrices, tradingSignals]

/** Names of the pipeline's own processors: what they write into an input topic is made again. */
const own: ReadonlySet<string> = new Set(Object.values(producers))

/** Everything that came to the pipeline, and what it decided. */
export interface Recorded {
  readonly inputs: readonly RecordedInput[]
  readonly decisions: readonly DecisionEvent[]
  /** Records that could not be decoded, and were left out. */
  readonly undecodable: number
}

/** Reads the topics whole. */
export async function readRecorded(parts: Parts): Promise<Recorded> {
  let undecodable = 0
  const records = await readTopics([...inputTopics, tradesApproved, tradesRejected], parts, () => {
    undecodable++
  })
  return { ...recordedOf(records), undecodable }
}

/**
 * Sorts records into what came from outside, in the order in which it is to be run again, and decisions. Records of one
 * portfolio's signals stand in the order in which they were decided, all others by their time.
 */
export function recordedOf(records: readonly Tailed[]): Omit<Recorded, 'undecodable'> {
  const decisions = records
    .filter(({ topic }) => topic === tradesApproved.name || topic === tradesRejected.name)
    .map(({ value }) => value as DecisionEvent)
  const inputs = records.flatMap(({ topic: name, key, value, offset }): readonly RecordedInput[] => {
    const topic = inputTopics.find(input => input.name === name)
    if (topic === undefined) return []
    const event = value as { readonly occurredAt: number; readonly producer: string }
    const signal = name === tradingSignals.name ? (value as TradingSignalEvent) : undefined
    return own.has(event.producer) ? [] : [{ topic, key, value, at: event.occurredAt, signal, offset }]
  })
  inputs.sort((a, b) => a.at - b.at || inputTopics.indexOf(a.topic) - inputTopics.indexOf(b.topic))
  return { inputs: asDecided(inputs, decisions), decisions }
}

/** Puts the signals that were decided into the places of one another, by portfolio; repeated and undecided ones keep theirs. */
function asDecided(inputs: readonly RecordedInput[], decisions: readonly DecisionEvent[]): readonly RecordedInput[] {
  const undecided = new Map(decisions.map(event => [keyOf(event.payload), event.payload]))
  const queues = new Map<string, { readonly input: RecordedInput; readonly riskSeq: bigint }[]>()
  const placed = new Set<RecordedInput>()
  for (const input of inputs) {
    if (!input.signal) continue
    const key = keyOf(input.signal.payload)
    const decision = undecided.get(key)
    // A key may come again with another signal, which is a conflict.
    if (decision?.signalId !== input.signal.payload.signalId) continue
    undecided.delete(key)
    placed.add(input)
    const queue = queues.get(decision.portfolioId) ?? []
    queue.push({ input, riskSeq: decision.riskSeq })
    queues.set(decision.portfolioId, queue)
  }
  for (const queue of queues.values()) queue.sort((a, b) => Number(a.riskSeq - b.riskSeq))
  return inputs.map(input =>
    placed.has(input) ? queues.get(input.signal!.payload.portfolioId)!.shift()!.input : input,
  )
}

/** The identity of a decision. */
export function keyOf(of: { readonly portfolioId: string; readonly idempotencyKey: string }): string {
  return JSON.stringify([of.portfolioId, of.idempotencyKey])
}
