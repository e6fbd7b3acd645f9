// budget: 600 s
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import * as assert from 'uvu/assert'
import { readLetters } from '../../ops/dlq/read-letters.ts'
import { connectParts, type Parts } from '../../topology/app/connections.ts'
import { deploy } from '../../topology/app/deploy.ts'
import { partitionsOf, readRaw } from '../../topology/app/topics/read-raw.ts'
import type { RawRecord } from '../../topology/broker/port.ts'
import { buildGraph } from '../../topology/definition/graph.ts'
import { auditDeadLetters, type Place, placeOf } from '../lab/audit/dead-letters.ts'
import { auditLogFiles, auditStability } from '../lab/audit/transactions.ts'
import { alertsOf, promtoolMissing, scrape, scrapeUntil, sumOf, waits } from '../lab/drills/scrapes.ts'
import { ownParts } from '../support/own-parts.ts'
import { Runbook } from '../support/runbook.ts'
import { skipFile, suite } from '../support/suite.ts'
import { waitFor } from '../support/wait-for.ts'
import { WorkerProcess } from '../support/worker-process.ts'

const missing = promtoolMissing()
if (missing !== undefined) skipFile(missing)

const { kafka, registry, postgres: database, parts, stop } = await ownParts()
const folder = await mkdtemp(join(tmpdir(), 'millrace-drills-'))
process.env.TEST_FOLDER = folder
const {
  default: strict,
  afterFix,
  decisionsName,
  newcomer,
  poison,
  signalsName,
} = await import('../support/fixtures/poison.ts')
const { default: obeying, commands } = await import('../support/fixtures/commands.ts')

const env = {
  KAFKA_BROKERS: kafka,
  SCHEMA_REGISTRY_URL: registry,
  DATABASE_URL: database,
  TEST_FOLDER: folder,
  MILLRACE_SESSION_TIMEOUT_MS: '6000',
  MILLRACE_SLOW_RECORD_MS: '1000',
}
/** Longer than a worker's session, which is 6 s. */
const frozenMs = 8_000

suite(
  'drills on servers that break',
  test => {
    let outside: Parts
    test.before(async () => {
      outside = await connectParts({ kafka, registry })
      await deploy(buildGraph(strict), outside)
      await deploy(buildGraph(obeying), outside)
    })
    test.after(async () => {
      await outside.close()
      await stop()
      await rm(folder, { recursive: true, force: true })
    })

    /** No transaction hangs, and the log files have no batch after a fence. */
    const audit = async () => {
      assert.equal((await auditStability(outside.broker)).problems, [])
      const files = await auditLogFiles(join(parts.kafka.folder!, 'data'))
      assert.equal(files.problems, [])
      assert.ok(files.batches > 10)
    }

    test('the registry away, then a hundred poison records of eight kinds with Kafka frozen meanwhile: exactly those are dead letters, and the runbook drains them', async () => {
      const writer = await outside.broker.writer()
      const records = await poison(outside.registry)
      const stranger = await newcomer(outside.registry)
      const worker = await WorkerProcess.start({ args: ['--topology=test/support/fixtures/poison.ts'], env })
      await worker.ready()
      const calm = await scrape(worker)
      assert.equal(alertsOf(calm, calm), [])

      process.kill(parts.registry.pid!, 'SIGSTOP')
      await writer.send([stranger])
      const away = await scrapeUntil(worker, 'nothing waits for the registry', waits)
      process.kill(parts.registry.pid!, 'SIGCONT')
      assert.equal(alertsOf(calm, away), ['MillraceServerAway'])
      await scrapeUntil(
        worker,
        'the signal is not decided',
        samples => sumOf(samples, 'millrace_records_written_total') === 1,
      )

      await writer.send(records.slice(0, 60))
      await scrapeUntil(
        worker,
        'nothing is dead-lettered',
        samples => sumOf(samples, 'millrace_dead_letters_total') > 0,
      )
      const rest = writer.send(records.slice(60))
      process.kill(parts.kafka.pid!, 'SIGSTOP')
      await sleep(frozenMs)
      process.kill(parts.kafka.pid!, 'SIGCONT')
      await rest
      const after = await scrapeUntil(
        worker,
        'the records are not processed',
        samples => sumOf(samples, 'millrace_records_consumed_total') === 201,
      )
      assert.is(sumOf(after, 'millrace_dead_letters_total'), 100, 'the metric holds exactly those')
      assert.ok(alertsOf(calm, after).includes('MillraceDeadLetters'))
      // A commit is counted when it is acknowledged; readers see its letters a moment later.
      await waitFor(async () => (await readLetters(outside.broker)).length >= 100, {
        what: 'not all letters are there',
      })
      const letters = await readLetters(outside.broker)
      assert.is(letters.length, 100)
      const poisoned = new Map<Place, RawRecord>()
      for await (const record of readRaw(outside.broker, await partitionsOf(outside.broker, [signalsName]))) {
        const key = Buffer.from(record.key as Uint8Array).toString()
        if (!key.includes('good') && !key.includes('newer')) poisoned.set(placeOf(record), record)
      }
      assert.is(poisoned.size, 100)
      assert.equal((await auditDeadLetters(outside.broker, poisoned)).problems, [], 'each once, with its bytes')
      const byCode: Record<string, number> = {}
      for (const { code } of letters) byCode[code] = (byCode[code] ?? 0) + 1
      assert.equal(byCode, { DECODE_FAILED: 64, PROCESS_FAILED: 24, RECORD_TOO_LARGE: 12 })
      assert.is(await worker.end(), 0, worker.stderr)

      const fixed = await WorkerProcess.start({
        args: ['--topology=test/support/fixtures/poison.ts#afterFix'],
        env,
      })
      await fixed.ready()
      for (const [code, letters] of Object.entries(byCode)) {
        const page = new Runbook('dead-letters.md', env)
        const instead = { 'trading.signals': signalsName, DECODE_FAILED: code }
        assert.match((await page.follow('dlq retry', { instead })).stdout, String(letters))
        await page.follow('dlq retry', { instead })
      }
      await waitFor(async () => (await readLetters(outside.broker)).every(({ state }) => state === 'resolved'), {
        what: 'not every letter is resolved',
      })
      const page = new Runbook('dead-letters.md', env)
      page.passOver('dlq drop')
      await page.follow('dlq list')
      assert.is(await fixed.end(), 0, fixed.stderr)
      assert.equal((await auditStability(outside.broker)).problems, [])
      const keys: string[] = []
      for await (const { key } of readRaw(outside.broker, await partitionsOf(outside.broker, [decisionsName])))
        keys.push(Buffer.from(key as Uint8Array).toString())
      assert.equal([keys.length, new Set(keys).size], [201, 201], 'one decision for every record')
      assert.is(buildGraph(afterFix).definition.name, buildGraph(strict).definition.name)
      await audit()
      await writer.close()
    })

    test('Kafka and Postgres away, a worker killed in flight, a processor that hangs: the alert fires, and no command is lost or doubled', async () => {
      const writer = await outside.broker.writer()
      let sent = 0
      const send = async (count: number, value = 'count') => {
        sent += count
        const record = { topic: commands.name, partition: 0, timestamp: 1_000, headers: [] }
        await writer.send(
          Array.from({ length: count }, () => ({ ...record, key: Buffer.from('key'), value: Buffer.from(value) })),
        )
      }
      const start = async () => {
        const args = ['--topology=test/support/fixtures/commands.ts']
        const worker = await WorkerProcess.start({ args, env })
        await worker.ready()
        return worker
      }
      const applied = async () => {
        const sql = postgres(database, { max: 1, onnotice: () => {} })
        try {
          const [row] = await sql<{ total: string }[]>`select value as total from totals where key = 'key'`
          return Number(row?.total ?? 0)
        } catch {
          return -1
        } finally {
          await sql.end({ timeout: 1 })
        }
      }
      const settled = () =>
        waitFor(async () => (await applied()) === sent, { what: 'the total is not right', said: () => worker.stderr })

      let worker = await start()
      await send(10)
      await settled()
      const calm = await scrape(worker)
      assert.equal(alertsOf(calm, calm), [])

      await parts.postgres.faults!.kill()
      await send(5)
      const dry = await scrapeUntil(worker, 'nothing waits for Postgres', waits)
      assert.equal(alertsOf(calm, dry), ['MillraceServerAway'])
      await parts.postgres.faults!.restart()
      await settled()

      await send(200)
      await parts.kafka.faults!.kill()
      const silent = await scrapeUntil(worker, 'nothing waits for Kafka', waits)
      assert.equal(alertsOf(calm, silent), ['MillraceServerAway'])
      await parts.kafka.faults!.restart()
      await settled()

      await send(50)
      await worker.end('SIGKILL')
      assert.equal(alertsOf(calm, await scrape(worker)), ['MillraceWorkerDown'])
      worker = await start()
      await settled()

      await send(1, 'hang')
      const stuck = await scrapeUntil(
        worker,
        'the task is not told as stuck',
        samples => sumOf(samples, 'millrace_task_stuck') > 0,
      )
      assert.equal(alertsOf(calm, stuck), ['MillraceTaskStuck'])
      await worker.end('SIGKILL')
      worker = await start()
      await settled()
      assert.is(await worker.end(), 0, worker.stderr)

      assert.is(await applied(), sent)
      await audit()
      await writer.close()
    })
  },
  { timeoutMs: 400_000 },
)
