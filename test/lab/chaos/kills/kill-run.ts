import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startKafkaNative } from '../../../../ops/cluster/kafka-native.ts'
import { startPostgresEmbedded } from '../../../../ops/cluster/postgres-embedded.ts'
import { connectParts, type Parts } from '../../../../topology/app/connections.ts'
import { buildGraph } from '../../../../topology/definition/graph.ts'
import { systemClock } from '../../../../topology/runtime/system-clock.ts'
import { seededRandom } from '../../../../topology/testing/random.ts'
import { waitForRest } from '../../audit/rest.ts'
import { auditLogFiles, auditStability } from '../../audit/transactions.ts'
import { commitPoints } from '../kill-point.ts'
import { compiled } from './compiled.ts'
import { counts, lines, tally } from './tally.ts'
import { auditTally } from './tally-audit.ts'
import { WordFeed } from './word-feed.ts'

/** The options of a run: it ends when there were so many kills, and so many inputs were counted. */
export interface KillOptions {
  readonly seed: number
  readonly kills: number
  readonly inputs: number
  readonly workers: number
  readonly say?: (line: string) => void
}

/** The findings of a run. No `problems`: every promise held. */
export interface KillReport {
  readonly seed: number
  /** SIGKILLs by the point of the commit at which the process killed itself. */
  readonly kills: Readonly<Record<string, number>>
  /** Lines that went in, and counts that came out, as Kafka's own consumer reads them. */
  readonly inputs: number
  readonly outputs: number
  /** Rows of the table, as plain SQL reads them. */
  readonly rows: number
  readonly problems: readonly string[]
}

const partitions = 4
/** A kill comes at the latest at so many commits of a life. */
const mostCommits = 6
/** A life that does not come to its point is ended, and does not count. Units: ms. */
const lifeLimitMs = 60_000
const restLimitMs = 300_000
const program = 'test/lab/chaos/kills/kill-worker.ts'

const children = new Set<ChildProcess>()

// Workers do not outlive the process that started them.
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/**
 * Counts words while the workers kill themselves, each life at the next point of the commit, and audits what came of it: every line
 * counted once. It starts a Kafka and a Postgres of its own.
 * Errors: FatalError UNSUPPORTED when one cannot be started.
 */
export async function runKills(options: KillOptions): Promise<KillReport> {
  const starting = [startKafkaNative(), startPostgresEmbedded()] as const
  const worker = await compiled([program])
  try {
    const [kafka, postgres] = await Promise.all(starting)
    const parts = await connectParts({ kafka: kafka.url, postgres: postgres.url })
    try {
      await parts.broker.admin.createTopics(
        [lines, counts].map(({ name }) => ({ name, partitions, config: { 'retention.ms': '-1' } })),
      )
      const at = { kafka: kafka.url, postgres: postgres.url, kafkaFolder: kafka.folder! }
      return await killAndAudit(worker.fileOf(program), at, parts, options)
    } finally {
      await parts.close()
    }
  } finally {
    for (const server of await Promise.allSettled(starting))
      if (server.status === 'fulfilled') await server.value.stop()
    await worker.close()
  }
}

interface KillServers {
  readonly kafka: string
  readonly postgres: string
  readonly kafkaFolder: string
}

async function killAndAudit(
  file: string,
  at: KillServers,
  parts: Parts,
  { seed, kills: wanted, inputs, workers, say = () => {} }: KillOptions,
): Promise<KillReport> {
  const logFolder = await mkdtemp(join(tmpdir(), 'millrace-kills-'))
  say(`logs of the workers: ${logFolder}`)
  const random = seededRandom(seed)
  const kills: Record<string, number> = Object.fromEntries(commitPoints.map(point => [point, 0]))
  const problems: string[] = []
  const feed = await WordFeed.open(parts.broker, partitions, seed)
  let [begun, done] = [0, 0]
  const start = (index: number, killAt?: string): ChildProcess => {
    const log = openSync(join(logFolder, `worker-${index}.log`), 'a')
    const args = [file, at.kafka, at.postgres, `worker-${index}`]
    const env = { ...process.env, ...(killAt && { MILLRACE_CHAOS_KILL: killAt }) }
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', log, log] })
    children.add(child)
    child.once('exit', () => children.delete(child))
    return child
  }
  const live = async (index: number) => {
    while (begun < wanted) {
      const point = commitPoints[begun++ % commitPoints.length]!
      const child = start(index, `${point}:${1 + Math.floor(random() * mostCommits)}`)
      const limit = setTimeout(() => child.kill('SIGTERM'), lifeLimitMs)
      const [code, signal] = await once(child, 'exit')
      clearTimeout(limit)
      if (signal === 'SIGKILL') kills[point]!++
      else if (code === 0) begun--
      else problems.push(`worker-${index} ended by itself with ${code} before ${point}: see ${logFolder}`)
      done++
      feed.allow(Math.floor((inputs * begun) / wanted))
      if (done % 50 === 0) say(`${done} lives, ${feed.sent} lines`)
    }
  }
  feed.start()
  await Promise.all(Array.from({ length: workers }, (_, index) => live(index + 1)))
  feed.allow(inputs)
  const sent = await feed.finish(inputs)
  say(`${done} lives, ${sent} lines; waiting for rest`)
  const last = Array.from({ length: workers }, (_, index) => start(index + 1))
  const graph = buildGraph(tally)
  if (!(await waitForRest(graph, parts.broker, systemClock, restLimitMs)))
    problems.push(`the word count did not come to rest within ${restLimitMs / 1000} s`)
  for (const child of last) {
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    const [code] = await ended
    if (code !== 0) problems.push(`a worker did not stop gracefully: exit code ${code}`)
  }
  const audit = await auditTally(at.kafka, at.postgres)
  const stability = await auditStability(parts.broker)
  const files = await auditLogFiles(join(at.kafkaFolder, 'data'))
  problems.push(...audit.problems, ...stability.problems, ...files.problems)
  if (audit.inputs < sent) problems.push(`${sent} lines were acknowledged, and ${audit.inputs} are in the topic`)
  if (problems.length === 0) await rm(logFolder, { recursive: true })
  return { seed, kills, inputs: audit.inputs, outputs: audit.outputs, rows: audit.rows, problems }
}
