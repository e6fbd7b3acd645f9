import { createHash } from 'node:crypto'
import {
  ordersFills,
  ordersPlaced,
  tradesApproved,
  tradesRejected,
  tradingSignals,
  topics as tradingTopics,
} from '../../../processors/topics.ts'
import type { AnyTopic } from '../../../topology/index.ts'
import { type Parts, readTopics, type Tailed } from '../../commands.ts'

/** The results of a run of the pipeline, read back from its topics. */
export interface DemoResults {
  /** Records on each topic. */
  readonly counts: Readonly<Record<string, number>>
  /** Distinct (portfolio, idempotency key) pairs among the signals. */
  readonly signals: number
  readonly decisions: {
    readonly total: number
    readonly approved: number
    readonly rejected: number
    /** By reason code. */
    readonly reasons: Readonly<Record<string, number>>
  }
  readonly fills: number
  /**
   * SHA-256 over the decisions, orders and fills, each record's key and value, sorted: equal for equal runs. Fields that schemas
   * have gained are left out where they are null, so that a run that does not use them keeps its digest.
   */
  readonly digest: string
}

interface Event {
  readonly payload: Readonly<Record<string, unknown>>
}

/** Reads every topic of the pipeline from its start to its end. */
export async function readResults(parts: Pick<Parts, 'broker' | 'registry'>): Promise<DemoResults> {
  const records = await readTopics(tradingTopics, parts)
  const of = ({ name }: AnyTopic) => records.filter(record => record.topic === name)
  const payloads = (topic: AnyTopic) => of(topic).map(record => (record.value as Event).payload)
  const rejected = payloads(tradesRejected)
  const approved = payloads(tradesApproved)
  const reasons: Record<string, number> = {}
  for (const { reasonCode } of rejected) reasons[String(reasonCode)] = (reasons[String(reasonCode)] ?? 0) + 1
  const settled = [tradesApproved, tradesRejected, ordersPlaced, ordersFills].flatMap(of)
  return {
    counts: Object.fromEntries(tradingTopics.map(topic => [topic.name, of(topic).length])),
    signals: new Set(
      payloads(tradingSignals).map(signal => JSON.stringify([signal.portfolioId, signal.idempotencyKey])),
    ).size,
    decisions: {
      total: approved.length + rejected.length,
      approved: approved.length,
      rejected: rejected.length,
      reasons: Object.fromEntries(Object.entries(reasons).sort(([a], [b]) => (a < b ? -1 : 1))),
    },
    fills: payloads(ordersFills).filter(report => report.fillId !== null).length,
    digest: digestOf(settled),
  }
}

/** Fields that the payloads of a topic have gained since the digests of the demo were published. */
const gained: ReadonlyMap<string, readonly string[]> = new Map([[ordersFills.name, ['limitPrice']]])

function digestOf(records: readonly Tailed[]): string {
  const lines = records
    .map(({ topic, key, value }) => `${topic} ${key} ${JSON.stringify(asPublished(topic, value), plain)}`)
    .sort()
  return createHash('sha256').update(lines.join('\n')).digest('hex')
}

function asPublished(topic: string, value: unknown): unknown {
  const names = gained.get(topic)
  if (names === undefined) return value
  const event = value as Event
  const payload = Object.entries(event.payload).filter(([name, field]) => field !== null || !names.includes(name))
  return { ...event, payload: Object.fromEntries(payload) }
}

function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
