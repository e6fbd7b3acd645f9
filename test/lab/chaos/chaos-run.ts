import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Parts } from '../../../topology/app/connections.ts'
import { messageOf } from '../../../topology/definition/errors.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { defaultSettings } from '../../../topology/runtime/task-environment.ts'
import { seededRandom } from '../../../topology/testing/random.ts'
import { auditPipeline, type PipelineAudit } from '../audit/pipeline.ts'
import { waitForRest } from '../audit/rest.ts'
import { auditByForeignReader } from '../cluster/foreign-reader.ts'
import { Standstills } from '../cluster/standstill.ts'
import { type Standstill, standstillLimitMs } from '../cluster/standstill-record.ts'
import { Crew } from './crew.ts'
import type { FaultKind, FaultPlan, PlannedFault } from './fault.ts'
import type { Fed } from './feeder.ts'
import { Injector } from './injector.ts'
import { openPipeline, startFeeding } from './pipeline.ts'
import type { ChaosServers } from './servers.ts'
import { type Recovery, Watch } from './watch.ts'

/** A chaos run. Units: ms; `rate` in signals a second. */
export interface ChaosOptions {
  readonly seed: number
  readonly plan: FaultPlan
  readonly lastingMs: number
  readonly rate: number
  readonly workers: number
  readonly sessionTimeoutMs: number
  readonly stormMs: number
  /** Is called with a line for each thing that happens. */
  readonly say?: (line: string) => void
}

/** The number of times that a kind of fault was planned and did happen. */
export interface FaultCount {
  readonly kind: FaultKind
  readonly planned: number
  readonly fired: number
}

/** Memory of a worker process. Units: bytes. */
export interface MemoryUse {
  readonly worker: string
  readonly starts: number
  readonly atStart: number
  readonly atEnd: number
}

/** The findings of a chaos run. Empty `problems`: every promise held. */
export interface ChaosReport {
  readonly seed: number
  readonly lastedMs: number
  readonly sessionTimeoutMs: number
  readonly faults: readonly FaultCount[]
  readonly fed: Fed
  readonly audit: PipelineAudit
  readonly recoveries: readonly Recovery[]
  readonly memory: readonly MemoryUse[]
  /** The longest of each fault and kind; empty with one broker. */
  readonly standstills: readonly Standstill[]
  /** Starts of workers that failed while a part was away, and were tried again. */
  readonly failedStarts: number
  readonly problems: readonly string[]
}

/** At least this share of the planned faults must have happened. */
const leastFired = 0.95
const restLimitMs = 180_000

/** Runs the trading pipeline on fresh servers under the plan's faults, lets it come to rest, audits it, and stops the servers. */
export async function runChaos(servers: ChaosServers, options: ChaosOptions): Promise<ChaosReport> {
  try {
    return await breakAndAudit(options, servers)
  } finally {
    await servers.stop()
  }
}

async function breakAndAudit(options: ChaosOptions, servers: ChaosServers): Promise<ChaosReport> {
  const { seed, plan, lastingMs, rate, workers, sessionTimeoutMs, stormMs, say = () => {} } = options
  const pipeline = await openPipeline(servers)
  const { graph, parts, direct } = pipeline
  const logFolder = await mkdtemp(join(tmpdir(), 'millrace-chaos-'))
  say(`logs of the workers: ${logFolder}`)
  const crew = await Crew.start(workers, environment(servers, sessionTimeoutMs), logFolder)
  const watch = new Watch(crew)
  const feeder = await startFeeding(pipeline, { seed, rate, lastingMs })
  await sleep(3_000)

  const standstills = servers.cluster && new Standstills(servers.cluster, graph)
  const memoryAtStart = await Promise.all(crew.members.map(member => member.memory()))
  const began = Date.now()
  const injector = new Injector({
    servers,
    crew,
    feeder,
    watch,
    standstills,
    random: seededRandom(seed ^ 0xfa17),
    sessionTimeoutMs,
    stormMs,
  })
  const counts = await inject(plan, injector, began, say)
  await sleep(Math.max(0, began + lastingMs - Date.now()))
  const stoodStill = (await standstills?.close()) ?? []
  const fed = await feeder.stop()
  const lastedMs = Date.now() - began
  say(`the last fault has passed after ${Math.round(lastedMs / 1000)} s; waiting for rest`)

  // A task with nothing to write may need this long to notice that its tables were lost.
  await sleep(defaultSettings.storeCheckMs * 2)
  const problems: string[] = []
  if (!(await waitForRest(graph, parts.broker, systemClock, restLimitMs)))
    problems.push(`the pipeline did not come to rest within ${restLimitMs / 1000} s`)
  // A task with nothing to read has no offsets to commit: only its own status says that somebody runs it again.
  for (const end = Date.now() + restLimitMs; watch.unrecovered.length > 0 && Date.now() < end; ) await sleep(250)
  const memory = await memoryOf(crew, memoryAtStart)
  problems.push(...watch.unrecovered.map(task => `no commit of ${task}`))
  await watch.close()
  const codes = await Promise.all(crew.members.map(member => member.retire()))
  for (const [index, code] of codes.entries())
    if (code !== 0) problems.push(`worker '${crew.members[index]?.name}' did not stop gracefully: exit code ${code}`)
  problems.push(...crew.members.flatMap(member => member.surprises), ...injector.problems)
  problems.push(...tooFew(counts), ...tooLong(stoodStill))
  say('all workers have stopped; auditing')
  const audited = await auditPipeline(graph, { ...parts, postgres: direct.postgres, kafkaFolder: servers.kafka.folder })
  const audit = servers.cluster ? await withForeignReader(audited, parts, direct.kafka) : audited
  problems.push(...audit.checks.flatMap(check => check.problems.map(problem => `${check.name}: ${problem}`)))
  await pipeline.close()
  if (problems.length === 0) await rm(logFolder, { recursive: true })
  const failedStarts = crew.members.reduce((sum, member) => sum + member.failedStarts, 0)
  const { recoveries } = watch
  return {
    seed,
    lastedMs,
    sessionTimeoutMs,
    faults: counts,
    fed,
    audit,
    recoveries,
    memory,
    standstills: stoodStill,
    failedStarts,
    problems,
  }
}

async function withForeignReader(audit: PipelineAudit, parts: Parts, url: string): Promise<PipelineAudit> {
  const { records, problems } = await auditByForeignReader(parts.broker, url, Object.keys(audit.records))
  const check = { name: "Kafka's own consumer reads the same", lookedAt: `${records} records`, problems }
  return { ...audit, checks: [...audit.checks, check] }
}

function environment({ proxied }: ChaosServers, sessionTimeoutMs: number): Readonly<Record<string, string>> {
  return {
    KAFKA_BROKERS: proxied.kafka,
    SCHEMA_REGISTRY_URL: proxied.registry,
    DATABASE_URL: proxied.postgres,
    MILLRACE_SESSION_TIMEOUT_MS: String(sessionTimeoutMs),
    MILLRACE_TRANSACTION_TIMEOUT_MS: String(sessionTimeoutMs),
    LOG_LEVEL: 'info',
  }
}

/** Both tracks of the plan, each fault at its time, or as soon as the one before it has passed. */
async function inject(
  plan: FaultPlan,
  injector: Injector,
  began: number,
  say: (line: string) => void,
): Promise<readonly FaultCount[]> {
  const counts = new Map<FaultKind, { planned: number; fired: number }>()
  const fire = async ({ kind }: PlannedFault) => {
    const count = counts.get(kind) ?? { planned: 0, fired: 0 }
    counts.set(kind, count)
    count.planned++
    const from = Date.now()
    const fired = await injector.fire(kind).catch(error => {
      say(`${kind} went wrong: ${messageOf(error)}`)
      return false
    })
    if (fired) count.fired++
    say(`${stamp(from - began)} ${kind}${fired ? '' : ' DID NOT HAPPEN'}  ${stamp(Date.now() - from)}`)
  }
  const track = async (faults: readonly PlannedFault[]) => {
    for (const fault of faults) {
      await sleep(Math.max(0, began + fault.at - Date.now()))
      await fire(fault)
    }
  }
  await Promise.all([track(plan.heavy), track(plan.light)])
  return [...counts].map(([kind, count]) => ({ kind, ...count })).sort((a, b) => (a.kind < b.kind ? -1 : 1))
}

function stamp(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

async function memoryOf(crew: Crew, before: readonly (number | undefined)[]): Promise<readonly MemoryUse[]> {
  return Promise.all(
    crew.members.map(async (member, index) => ({
      worker: member.name,
      starts: member.process.starts,
      atStart: before[index] ?? 0,
      atEnd: (await member.memory()) ?? 0,
    })),
  )
}

function tooLong(standstills: readonly Standstill[]): readonly string[] {
  const over = standstills.filter(({ kind, ms }) => ms > (standstillLimitMs[kind] ?? Number.POSITIVE_INFINITY))
  return over.map(({ fault, kind, ms, where }) => `${where} stood still for ${stamp(ms)} (${kind}) in ${fault}`)
}

function tooFew(counts: readonly FaultCount[]): readonly string[] {
  const planned = counts.reduce((sum, count) => sum + count.planned, 0)
  const fired = counts.reduce((sum, count) => sum + count.fired, 0)
  return fired < planned * leastFired ? [`only ${fired} of ${planned} planned faults happened`] : []
}
