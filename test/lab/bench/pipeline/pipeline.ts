import { join } from 'node:path'
import postgres, { type Sql } from 'postgres'
import { createDatabase } from '../../../../ops/cluster/postgres-embedded.ts'
import { registrationEvent } from '../../../../processors/domain/shared/registration.ts'
import { instruments, limits } from '../../../../processors/settings.ts'
import { instrumentRegistered, tradingSignals } from '../../../../processors/topics.ts'
import trading from '../../../../processors/trading.ts'
import { connectParts, type Parts } from '../../../../topology/app/connections.ts'
import { deploy } from '../../../../topology/app/deploy.ts'
import { FatalError } from '../../../../topology/definition/errors.ts'
import { buildGraph } from '../../../../topology/definition/graph.ts'
import type { AnyTopic } from '../../../../topology/index.ts'
import { auditTrading } from '../../audit/trading.ts'
import { BenchProcess, type Reading } from '../bench-process.ts'
import { published, youngGeneration } from '../millrace.ts'
import { cpuOfTree } from '../process-cpu.ts'
import { benchSignals } from './bench-signals.ts'
import { addOlderRows } from './older-rows.ts'
import { PipelineProgress } from './pipeline-progress.ts'
import { sentRecords } from './sent-records.ts'

/** The work of a run, and the way it is done. */
export interface PipelineWorkload {
  readonly signals: number
  /** All processors in one process, or each in its own. */
  readonly processes: 'one' | 'five'
  /** Rows that each growing table has before; 0: none. */
  readonly rows: number
  /** Checks every decision and the books by the topics afterwards. */
  readonly audit?: boolean
  /** A folder for CPU profiles of the workers. */
  readonly profile?: string
}

/** The servers of a run, and their processes where they are ours. */
export interface PipelineServers {
  readonly kafka: Server
  readonly registry: Server
  readonly postgres: Server
}

interface Server {
  readonly url: string
  readonly pid?: number | undefined
}

/** The settings of one worker process. */
export interface PipelineWorkerSettings {
  readonly kafka: string
  readonly registry: string
  readonly postgres: string
  /** Unset: all. */
  readonly processor?: string
  /** Tasks that it runs. */
  readonly tasks: number
}

/** A run. Everything `per signal` is for a signal that was sent. */
export interface PipelineRun {
  readonly decidedPerSecond: number
  readonly settledPerSecond: number
  /** User and system time a signal, of each worker process and of the servers that are ours. Units: microseconds. */
  readonly cpuMicroseconds: Readonly<Record<string, number>>
  readonly perSignal: {
    readonly kafkaTransactions: number
    readonly outputs: number
    readonly applies: number
    readonly rows: number
    readonly postgresTransactions: number
  }
  readonly approved: number
}

/** Sent before the measured ones, so that tables exist and instruments are known. */
const firstSignals = 300
const seed = 7
const portfolioIds = [...limits.portfolios.keys()].slice(0, 20)

/**
 * Runs the trading pipeline on real servers over a burst of signals, and measures until all are decided and settled: taken into the
 * books, with everything committed.
 *
 * Errors: FatalError when a worker ends, decisions are missing, or the audit finds something.
 */
export async function pipelineBench(servers: PipelineServers, workload: PipelineWorkload): Promise<PipelineRun> {
  const url = await createDatabase(servers.postgres.url, `pipeline-${Date.now().toString(36)}`)
  const parts = await connectParts({ kafka: servers.kafka.url, registry: servers.registry.url, postgres: url })
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  const library = await published()
  const graph = buildGraph(trading)
  await deploy(graph, parts)
  const bench = { servers, workload, parts, sql, folder: library.folder, url }
  try {
    await send(
      parts,
      instrumentRegistered,
      instruments.map(one => registrationEvent(one, 0, 'bench')),
    )
    if (workload.rows > 0) {
      await trade(bench, 0, firstSignals)
      await addOlderRows(sql, workload.rows)
    }
    const run = await trade(bench, firstSignals, workload.signals)
    if (workload.audit) await audit(sql, parts)
    return run
  } finally {
    await sql.end()
    await parts.close()
    await library.close()
  }
}

interface Bench {
  readonly servers: PipelineServers
  readonly workload: PipelineWorkload
  readonly parts: Parts
  readonly sql: Sql
  readonly folder: string
  readonly url: string
}

async function trade(bench: Bench, first: number, count: number): Promise<PipelineRun> {
  const { parts, sql, servers } = bench
  const signals = benchSignals({ seed, first, count, portfolioIds, instruments })
  const workers = start(bench)
  try {
    const began = await Promise.all(workers.map(worker => worker.first()))
    const before = { servers: await serverSeconds(servers), transactions: await transactions(sql) }
    const at = performance.now()
    const progress = new PipelineProgress(parts.broker, workers)
    await send(parts, tradingSignals, signals)
    const decided = (await progress.decided()) - at
    const settled = (await progress.settled()) - at
    const after = { servers: await serverSeconds(servers), transactions: await transactions(sql) }
    const ended = await Promise.all(workers.map(worker => worker.end()))
    const decisions = await sql<{ outcome: string; n: number }[]>`
      select outcome, count(*)::int as n from decisions where idempotency_key = any(${signals.map(one => one.payload.idempotencyKey)})
      group by outcome`
    const found = decisions.reduce((sum, { n }) => sum + n, 0)
    if (found !== count) throw new FatalError('INTERNAL', `${found} decisions were made on ${count} signals`)
    const perSignal = (value: number) => value / count
    const sum = (of: keyof NonNullable<Reading['counts']>) =>
      perSignal(ended.reduce((all, { counts }) => all + (counts?.[of] ?? 0), 0))
    const cpu: Record<string, number> = {}
    for (const [index, worker] of workers.entries())
      cpu[worker.name] = Math.round(perSignal((ended[index]!.cpuMs - began[index]!.cpuMs) * 1_000))
    for (const name of ['kafka', 'postgres'] as const)
      if (after.servers[name] !== undefined && before.servers[name] !== undefined)
        cpu[name] = Math.round(perSignal((after.servers[name] - before.servers[name]) * 1e6))
    return {
      decidedPerSecond: Math.round((count / decided) * 1_000),
      settledPerSecond: Math.round((count / settled) * 1_000),
      cpuMicroseconds: cpu,
      perSignal: {
        kafkaTransactions: sum('commits'),
        outputs: sum('outputs'),
        applies: sum('applies'),
        rows: sum('rows'),
        postgresTransactions: perSignal(after.transactions - before.transactions),
      },
      approved: decisions.find(({ outcome }) => outcome === 'APPROVED')?.n ?? 0,
    }
  } finally {
    await Promise.all(workers.map(worker => worker.kill()))
  }
}

function start({ servers, workload, folder, url }: Bench): readonly BenchProcess[] {
  const { subtopologies } = buildGraph(trading)
  const names = workload.processes === 'five' ? subtopologies.map(({ name }) => name) : [undefined]
  const addresses = { kafka: servers.kafka.url, registry: servers.registry.url, postgres: url }
  const profile = workload.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${workload.profile}`]
  const file = join(folder, 'test', 'lab', 'bench', 'pipeline', 'pipeline-worker.js')
  return names.map(name => {
    const settings: PipelineWorkerSettings = {
      ...addresses,
      ...(name !== undefined && { processor: name }),
      tasks: tradingSignals.partitions! * (name === undefined ? subtopologies.length : 1),
    }
    const args = [youngGeneration, ...profile, file, JSON.stringify(settings)]
    return new BenchProcess({ name: name ?? 'worker', command: process.execPath, args })
  })
}

/** Sends events to a topic, each to the partition of its key. */
async function send<E extends { readonly key: string; readonly occurredAt: number }>(
  { broker, registry }: Parts,
  topic: AnyTopic,
  events: readonly E[],
): Promise<void> {
  const records = await sentRecords(registry, topic, events)
  const writer = await broker.writer()
  for (let from = 0; from < records.length; from += sendRecords)
    await writer.send(records.slice(from, from + sendRecords))
  await writer.close()
}

/** Records of one send. */
const sendRecords = 10_000

async function serverSeconds({ kafka, postgres: database }: PipelineServers) {
  return { kafka: await cpuOfTree(kafka.pid), postgres: await cpuOfTree(database.pid) }
}

/** Transactions of the database so far: as many as statements, since each of ours is one. */
async function transactions(sql: Sql): Promise<number> {
  const [row] = await sql`select xact_commit::float8 as n from pg_stat_database where datname = current_database()`
  return row!.n as number
}

async function audit(sql: Sql, { broker, registry }: Parts): Promise<void> {
  const { problems } = await auditTrading({ sql, broker, registry })
  if (problems.length > 0) throw new FatalError('INTERNAL', `the audit found: ${problems.slice(0, 5).join('; ')}`)
}
