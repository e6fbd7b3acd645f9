import { join } from 'node:path'
import postgres from 'postgres'
import { verifyDecisions } from '../../../processors/domain/risk/witness-oracle.ts'
import {
  ordersFills,
  portfolioPrices,
  portfolioSignals,
  topics,
  tradesApproved,
  tradesRejected,
} from '../../../processors/topics.ts'
import type { ExecutionReportEvent } from '../../../schemas/trading/generated/execution-report.ts'
import type { PortfolioPriceEvent } from '../../../schemas/trading/generated/portfolio-price.ts'
import type { PortfolioSignalEvent } from '../../../schemas/trading/generated/portfolio-signal.ts'
import type { TradeApprovedEvent } from '../../../schemas/trading/generated/trade-approved.ts'
import type { TradeRejectedEvent } from '../../../schemas/trading/generated/trade-rejected.ts'
import { partitionsOf, readRaw } from '../../../topology/app/topics/read-raw.ts'
import { readTopics } from '../../../topology/app/topics/read-topics.ts'
import type { Tailed } from '../../../topology/app/topics/topic-tail.ts'
import type { Broker, RawRecord } from '../../../topology/broker/port.ts'
import type { TopologyGraph } from '../../../topology/definition/graph.ts'
import type { SchemaRegistry } from '../../../topology/definition/serde.ts'
import { conflictMark, poisonHeader } from '../chaos/feeder.ts'
import { auditDeadLetters, type Place, placeOf } from './dead-letters.ts'
import { auditOrder } from './order.ts'
import { lagOf } from './rest.ts'
import { auditTables } from './tables.ts'
import { auditTradingRecords } from './trading.ts'
import { auditLogFiles, auditStability } from './transactions.ts'

/** One check: the number of things it looked at, and the problems it found. */
export interface AuditCheck {
  readonly name: string
  readonly lookedAt: string
  readonly problems: readonly string[]
}

/** The whole audit of a trading pipeline at rest. */
export interface PipelineAudit {
  /** Committed records by topic. */
  readonly records: Readonly<Record<string, number>>
  readonly checks: readonly AuditCheck[]
}

/** The servers of the pipeline. */
export interface PipelineAt {
  readonly broker: Broker
  readonly registry: SchemaRegistry
  /** A database's URL. */
  readonly postgres: string
  /** The folder of a Kafka on this machine; unset: its log files are not looked at. */
  readonly kafkaFolder: string | undefined
}

/** All checks, from outside, on a pipeline whose workers have come to rest and stopped. */
export async function auditPipeline(graph: TopologyGraph, at: PipelineAt): Promise<PipelineAudit> {
  const { broker } = at
  const sql = postgres(at.postgres, { max: 2, onnotice: () => {} })
  try {
    const undecodable: RawRecord[] = []
    const records = await readTopics(topics, at, record => undecodable.push(record))
    const trading = await auditTradingRecords(records, { sql, ...at })
    const decisions = decisionsIn(records)
    const tables = await auditTables(graph, { sql, ...at })
    const poison = await poisonIn(records, undecodable, broker)
    const letters = await auditDeadLetters(broker, poison.all)
    const stability = await auditStability(broker)
    const files = at.kafkaFolder === undefined ? undefined : await auditLogFiles(join(at.kafkaFolder, 'data'))
    const lag = await lagOf(graph, broker)
    const checks: readonly AuditCheck[] = [
      check(
        'one decision, one order, every report once; the books',
        `${trading.decisions} decisions`,
        trading.problems,
      ),
      check('decisions of the witness oracle', `${decisions.count} decisions`, decisions.problems),
      check('in order, record for record', `${records.length} records`, auditOrder(records)),
      check('tables equal their changelogs', `${tables.rows} rows`, tables.problems),
      check('dead letters equal the poison', `${letters.letters} letters`, [...poison.problems, ...letters.problems]),
      check('no hanging transaction', `${stability.partitions} partitions`, stability.problems),
      ...(files
        ? [check('no batch after a fence, no sequence broken', `${files.batches} batches`, files.problems)]
        : []),
      check(
        'committed offsets are complete',
        `${graph.subtopologies.length} groups`,
        lag === 0 ? [] : [`${lag} behind`],
      ),
    ]
    const counts = Object.fromEntries(
      topics.map(({ name }) => [name, records.filter(record => record.topic === name).length]),
    )
    return { records: counts, checks }
  } finally {
    await sql.end()
  }
}

function check(name: string, lookedAt: string, problems: readonly string[]): AuditCheck {
  return { name, lookedAt, problems }
}

function decisionsIn(records: readonly Tailed[]): { readonly count: number; readonly problems: readonly string[] } {
  const events = <T>({ name }: { readonly name: string }) =>
    records.filter(record => record.topic === name).map(record => record.value as T)
  const approved = events<TradeApprovedEvent>(tradesApproved)
  const rejected = events<TradeRejectedEvent>(tradesRejected)
  const disagreements = verifyDecisions({
    approved,
    rejected,
    reports: events<ExecutionReportEvent>(ordersFills),
    prices: events<PortfolioPriceEvent>(portfolioPrices),
  })
  const problems = disagreements.map(
    ({ portfolioId, idempotencyKey, riskSeq, expected, found }) =>
      `${portfolioId} ${idempotencyKey}, riskSeq ${riskSeq}: expected ${expected}, found ${found}`,
  )
  return { count: approved.length + rejected.length, problems }
}

/** The records that had to be dead-lettered: bytes that no serde takes, and requests under a key that was taken. */
async function poisonIn(
  records: readonly Tailed[],
  undecodable: readonly RawRecord[],
  broker: Broker,
): Promise<{ readonly all: ReadonlyMap<Place, RawRecord>; readonly problems: readonly string[] }> {
  const all = new Map<Place, RawRecord>()
  const problems: string[] = []
  for (const record of undecodable) {
    all.set(placeOf(record), record)
    if (!record.headers.some(({ key }) => key === poisonHeader))
      problems.push(`${placeOf(record)} cannot be decoded, and nobody poisoned it`)
  }
  const conflicts = new Set(
    records
      .filter(({ topic, value }) => topic === portfolioSignals.name && isConflict(value as PortfolioSignalEvent))
      .map(placeOf),
  )
  if (conflicts.size > 0)
    for await (const record of readRaw(broker, await partitionsOf(broker, [portfolioSignals.name])))
      if (conflicts.has(placeOf(record))) all.set(placeOf(record), record)
  return { all, problems }
}

function isConflict({ payload }: PortfolioSignalEvent): boolean {
  return payload.signalId.startsWith(conflictMark)
}
