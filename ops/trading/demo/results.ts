import { createHash } from 'node:crypto'
import { topics as tradingTopics } from '../../../processors/topics.ts'
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
  /** SHA-256 over the decisions, orders and fills, each record's key and value, sorted: equal for equal runs. */
  readonly digest: string
}

interface Event {
  readonly payload: Readonly<Record<string, unknown>>
}

/** Reads every topic of the pipeline from its start to its end. */
export async function readResults(parts: Pick<Parts, 'broker' | 'registry'>): Promise<DemoResults> {
  const records = await readTopics(tradingTopics, parts)
  const of = (topic: string) => records.filter(record => record.topic === topic)
  const payloads = (topic: string) => of(topic).map(record => (record.value as Event).payload)
  const rejected = payloads('trades.rejected')
  const approved = payloads('trades.approved')
  const reasons: Record<string, number> = {}
  for (const { reasonCode } of rejected) reasons[String(reasonCode)] = (reasons[String(reasonCode)] ?? 0) + 1
  const settled = ['trades.approved', 'trades.rejected', 'orders.placed', 'orders.fills'].flatMap(of)
  return {
    counts: Object.fromEntries(tradingTopics.map(({ name }) => [name, of(name).length])),
    signals: new Set(
      payloads('trading.signals').map(signal => JSON.stringify([signal.portfolioId, signal.idempotencyKey])),
    ).size,
    decisions: {
      total: approved.length + rejected.length,
      approved: approved.length,
      rejected: rejected.length,
      reasons: Object.fromEntries(Object.entries(reasons).sort(([a], [b]) => (a < b ? -1 : 1))),
    },
    fills: payloads('orders.fills').filter(report => report.fillId !== null).length,
    digest: digestOf(settled),
  }
}

function digestOf(records: readonly Tailed[]): string {
  const lines = records.map(({ topic, key, value }) => `${topic} ${key} ${JSON.stringify(value, plain)}`).sort()
  return createHash('sha256').update(lines.join('\n')).digest('hex')
}

function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
