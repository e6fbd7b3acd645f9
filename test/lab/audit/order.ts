import {
  ordersFills,
  portfolioSignals,
  signalsChecked,
  tradesApproved,
  tradesRejected,
  tradingSignals,
} from '../../../processors/topics.ts'
import type { Tailed } from '../../../topology/app/topics/topic-tail.ts'

interface Numbered {
  readonly portfolioId: string
  readonly riskSeq: bigint
  readonly execSeq: bigint
}

interface Event {
  readonly eventId: string
  readonly payload: {
    readonly sourceEventId: string
    readonly portfolioId: string
    readonly exchange: string
    readonly instrumentId: string
  }
}

/**
 * Whether the trading topics are in order, record for record: every signal checked once and in the order of its partition; the
 * same signals, in the same order for each portfolio and instrument, behind the repartition; decisions by riskSeq and
 * reports by execSeq, per portfolio, in the order of the log.
 */
export function auditOrder(records: readonly Tailed[]): readonly string[] {
  const of = (topic: { readonly name: string }) => records.filter(record => record.topic === topic.name).sort(byOffset)
  const signalled = (record: Tailed) => (record.value as Event).eventId
  const source = (record: Tailed) => (record.value as Event).payload.sourceEventId
  const checked = of(signalsChecked)
  return [
    ...sameSequences(
      sequences(of(tradingSignals), partition, signalled),
      sequences(checked, partition, source),
      signalsChecked.name,
    ),
    ...sameSequences(
      sequences(checked, instrument, source),
      sequences(of(portfolioSignals), instrument, source),
      portfolioSignals.name,
    ),
    ...ascending(of(tradesApproved), 'riskSeq'),
    ...ascending(of(tradesRejected), 'riskSeq'),
    ...ascending(of(ordersFills), 'execSeq'),
  ]
}

function partition(record: Tailed): string {
  return `partition ${record.partition}`
}

function instrument(record: Tailed): string {
  const { portfolioId, exchange, instrumentId } = (record.value as Event).payload
  return `${portfolioId} ${exchange} ${instrumentId}`
}

function byOffset(a: Tailed, b: Tailed): number {
  return a.partition - b.partition || a.offset - b.offset
}

function sequences(
  records: readonly Tailed[],
  keyOf: (record: Tailed) => string,
  idOf: (record: Tailed) => string,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const record of records) {
    const key = keyOf(record)
    const ids = found.get(key)
    if (ids) ids.push(idOf(record))
    else found.set(key, [idOf(record)])
  }
  return found
}

function sameSequences(
  expected: ReadonlyMap<string, readonly string[]>,
  actual: ReadonlyMap<string, readonly string[]>,
  topic: string,
): readonly string[] {
  const problems: string[] = []
  for (const key of new Set([...expected.keys(), ...actual.keys()])) {
    const should = expected.get(key) ?? []
    const is = actual.get(key) ?? []
    const broken = Array.from({ length: Math.max(should.length, is.length) }).findIndex(
      (_, at) => should[at] !== is[at],
    )
    if (broken >= 0)
      problems.push(
        `${topic}, ${key}: place ${broken} of ${should.length} should be ${should[broken] ?? 'the end'}, is ${is[broken] ?? 'the end'}`,
      )
  }
  return problems
}

function ascending(records: readonly Tailed[], field: 'riskSeq' | 'execSeq'): readonly string[] {
  const problems: string[] = []
  const last = new Map<string, bigint>()
  for (const { topic, partition, offset, value } of records) {
    const payload = (value as { readonly payload: Numbered }).payload
    const number = payload[field]
    // Decisions on a portfolio without rules are in no order.
    if (number === 0n) continue
    if (number <= (last.get(payload.portfolioId) ?? 0n))
      problems.push(`${topic} ${partition}/${offset}: ${field} ${number} of ${payload.portfolioId} is out of order`)
    last.set(payload.portfolioId, number)
  }
  return problems
}
