import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { limits } from '../../../../processors/settings.ts'
import { systemClock } from '../../../../topology/runtime/system-clock.ts'
import { auditPipeline, type PipelineAudit } from '../../audit/pipeline.ts'
import { waitForRest } from '../../audit/rest.ts'
import { type CompiledPrograms, compiled } from '../kills/compiled.ts'
import { type ChaosPipeline, openPipeline, startFeeding } from '../pipeline.ts'
import type { ChaosServers } from '../servers.ts'
import { WorkerProcess } from '../worker-process.ts'
import { GatewayReads, type Reads } from './gateway-reads.ts'
import { ProgressWatch } from './progress-watch.ts'

/** The options of a run. `rate` in signals a second; `kills` and `rolls` for each worker. */
export interface RestartOptions {
  readonly seed: number
  readonly rate: number
  readonly workers: number
  readonly kills: number
  readonly rolls: number
  readonly say?: (line: string) => void
}

/** A worker that ended and was started again. Units: ms. */
export interface Restart {
  readonly how: 'kill -9' | 'SIGTERM'
  readonly worker: string
  /** From the start of the new process until it has joined its groups. */
  readonly startedMs: number
  /** The longest time that any partition had records to read and none was committed. */
  readonly standstillMs: number
  readonly where: string
}

/** The findings of a run. Empty `problems`: every promise held. */
export interface RestartReport {
  readonly restarts: readonly Restart[]
  readonly signals: number
  readonly reads: Reads
  readonly audit: PipelineAudit
  readonly problems: readonly string[]
}

/** The longest standstill that a restart may cause. Units: ms. */
export const restartLimitMs = { 'kill -9': 2_000, SIGTERM: 3_000 } as const

/** As in production: the tasks of a worker that says no good-bye would wait for so long without its instance id. Units: ms. */
const sessionTimeoutMs = 45_000
const topology = 'processors/trading.ts'
const settingsFiles = ['limits', 'execution', 'instruments'].map(name => `processors/${name}.yaml`)
const settleLimitMs = 60_000
const restLimitMs = 120_000
/** Between two restarts, so that each has its own standstill. Units: ms. */
const pauseMs = 3_000

/**
 * Restarts workers of the trading pipeline under load: each killed by SIGKILL and started again at once under its instance id, then
 * each stopped and started in turn, as a rolling upgrade does. A gateway is read meanwhile; at the end everything is audited. The
 * servers are stopped.
 */
export async function runRestarts(servers: ChaosServers, options: RestartOptions): Promise<RestartReport> {
  try {
    // As they are published, and so as fast to start.
    const programs = await compiled(['test/lab/chaos/worker.ts', topology], settingsFiles)
    const pipeline = await openPipeline(servers)
    try {
      return await restartAndAudit(servers, pipeline, programs, options)
    } finally {
      await pipeline.close()
      await programs.close()
    }
  } finally {
    await servers.stop()
  }
}

async function restartAndAudit(
  servers: ChaosServers,
  pipeline: ChaosPipeline,
  programs: CompiledPrograms,
  { seed, rate, workers: count, kills, rolls, say = () => {} }: RestartOptions,
): Promise<RestartReport> {
  const { graph, parts, direct } = pipeline
  const logFolder = await mkdtemp(join(tmpdir(), 'millrace-restarts-'))
  say(`logs: ${logFolder}`)
  const env = {
    KAFKA_BROKERS: direct.kafka,
    SCHEMA_REGISTRY_URL: direct.registry,
    DATABASE_URL: direct.postgres,
    MILLRACE_SESSION_TIMEOUT_MS: String(sessionTimeoutMs),
  }
  const workers = Array.from({ length: count }, (_, index) => {
    const name = `worker-${index + 1}`
    const args = [`--topology=${programs.fileOf(topology)}`]
    return new WorkerProcess({ name, args, compiled: programs, env: { ...env, MILLRACE_INSTANCE_ID: name }, logFolder })
  })
  await Promise.all(workers.map(worker => worker.start()))
  const feeder = await startFeeding(pipeline, { seed, rate, lastingMs: 3_600_000 })
  const paths = [...limits.portfolios.keys()].map(id => `/v1/portfolios/${id}`)
  const reads = await GatewayReads.start(env, paths, join(logFolder, 'gateway.log'))
  const progress = await ProgressWatch.open(graph, parts.broker)
  const restarts: Restart[] = []
  const restart = async (worker: WorkerProcess, how: Restart['how']) => {
    await sleep(pauseMs)
    let startedMs = 0
    const { ms, where } = await progress.during(async () => {
      if (how === 'kill -9') await worker.kill()
      else await worker.stop()
      const began = Date.now()
      await worker.start()
      startedMs = Date.now() - began
    }, settleLimitMs)
    restarts.push({ how, worker: worker.name, startedMs, standstillMs: ms, where })
    say(`${how} of ${worker.name}: up again after ${startedMs} ms, longest standstill ${ms} ms, ${where}`)
  }
  for (let round = 0; round < kills; round++) for (const worker of workers) await restart(worker, 'kill -9')
  for (let round = 0; round < rolls; round++) for (const worker of workers) await restart(worker, 'SIGTERM')
  await progress.close()
  const { signals } = await feeder.stop()
  const problems: string[] = []
  if (!(await waitForRest(graph, parts.broker, systemClock, restLimitMs)))
    problems.push(`the pipeline did not come to rest within ${restLimitMs / 1000} s`)
  const seen = await reads.stop()
  const codes = await Promise.all(workers.map(worker => worker.stop()))
  for (const [index, code] of codes.entries())
    if (code !== 0) problems.push(`${workers[index]!.name} did not stop gracefully: exit code ${code}`)
  const kafkaFolder = servers.kafka.folder
  const audit = await auditPipeline(graph, { ...parts, postgres: direct.postgres, kafkaFolder })
  problems.push(...audit.checks.flatMap(check => check.problems.map(problem => `${check.name}: ${problem}`)))
  problems.push(...seen.failures.map(failure => `a read failed: ${failure}`))
  if (problems.length === 0) await rm(logFolder, { recursive: true })
  return { restarts, signals, reads: seen, audit, problems }
}
