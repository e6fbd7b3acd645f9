// budget: 300 s
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import * as assert from 'uvu/assert'
import { connectParts } from '../../../topology/app/connections.ts'
import { deploy } from '../../../topology/app/deploy.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { endIn } from '../../support/command.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'
import { waitFor } from '../../support/wait-for.ts'
import { WorkerProcess } from '../../support/worker-process.ts'

const { kafka, registry, prefix, database } = await realParts({ kafka: true, registry: true, postgres: true })

const folder = mkdtempSync(join(tmpdir(), 'millrace-threads-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
process.env.TEST_PREFIX = prefix
const { default: topology, commands, orders } = await import('../../support/fixtures/commands.ts')
const args = ['--topology=test/support/fixtures/commands.ts', '--threads=2']

suite(
  'worker threads',
  test => {
    let env: Record<string, string> = {}
    let send: (topic: { readonly name: string }, partition: number, key: string, value: string) => Promise<void>
    let totals: () => Promise<Readonly<Record<string, number>>>
    const open: (() => Promise<unknown>)[] = []

    test.before(async () => {
      const url = await database()
      env = {
        KAFKA_BROKERS: kafka.url,
        SCHEMA_REGISTRY_URL: registry.url,
        DATABASE_URL: url,
        TEST_PREFIX: prefix,
        TEST_FOLDER: folder,
        MILLRACE_SESSION_TIMEOUT_MS: '6000',
        // An endless array shall meet its limit soon. Threads take theirs from the process.
        NODE_OPTIONS: '--max-old-space-size=160',
      }
    })

    const deployed = async () => {
      const parts = await connectParts({ kafka: kafka.url, registry: registry.url })
      await deploy(buildGraph(topology), parts)
      const writer = await parts.broker.writer()
      const sql = postgres(env.DATABASE_URL as string, { max: 1, onnotice: () => {} })
      open.push(
        () => writer.close(),
        () => parts.close(),
        () => sql.end(),
      )
      send = async ({ name }, partition, key, value) => {
        await writer.send([
          { topic: name, partition, timestamp: 0, key: Buffer.from(key), value: Buffer.from(value), headers: [] },
        ])
      }
      totals = async () => {
        const rows = await sql`select key, value from totals order by key`
        return Object.fromEntries(rows.map(row => [row.key, Number(row.value)]))
      }
    }

    test('a TopologyError of the cluster keeps its class: the exit code is 3, the line says what is missing', async () => {
      const worker = await WorkerProcess.start({ args, env })
      assert.is(await worker.ended, 3)
      const { code, exitCode, said } = endIn(worker.stderr)
      assert.equal([code, exitCode], ['TOPIC_MISSING', 3])
      assert.match(said, `millrace: the cluster has no topic '${prefix}commands'`)
      assert.is(worker.log().length, 1)
      await deployed()
    })

    test('dead threads are replaced, their tasks move, nothing is lost or counted twice; SIGTERM ends with 0', async () => {
      const worker = await WorkerProcess.start({ args, env })
      await worker.ready()
      const expected = { 'key-0': 0, 'key-1': 0 }
      const obey = async (partition: 0 | 1, value: string) => {
        expected[`key-${partition}`]++
        await send(commands, partition, `key-${partition}`, value)
      }
      const settled = () =>
        waitFor(async () => JSON.stringify(await totals()) === JSON.stringify(expected), {
          what: `the totals are not ${JSON.stringify(expected)}`,
          said: () => worker.stderr,
        })
      const deaths: readonly [string, RegExp][] = [
        ['timer', /died and is replaced: a timer of user code failed/],
        ['exit', /died and is replaced: exit code 7/],
        ['memory', /died and is replaced: .*memory/],
      ]
      for (const [index, [command, line]] of deaths.entries()) {
        await obey(0, 'count')
        await obey(1, 'count')
        await settled()
        await obey((index % 2) as 0 | 1, command)
        await settled()
        await waitFor(() => line.test(worker.stderr), { what: `no word of '${command}'`, said: () => worker.stderr })
        await worker.ready()
      }
      assert.is(worker.log().filter(({ msg }) => /died and is replaced/.test(String(msg))).length, 3, worker.stderr)
      // The thread that came in place of the last one takes its share, for which tasks are closed and opened again.
      const counted = /^millrace_records_processed_total\{subtopology="obey"\} [1-9]/m
      const running = /^millrace_task_state\{task="obey_1",state="running"\} 1$/m
      let metrics = ''
      await waitFor(
        async () => {
          metrics = (await worker.get('metrics'))?.body ?? ''
          return counted.test(metrics) && running.test(metrics)
        },
        { what: 'obey_1 does not run and count', said: () => metrics },
      )
      assert.is(await worker.end(), 0, worker.stderr)
      assert.not.match(worker.stderr, /millrace:/)
    })

    /** The last line of a worker that has ended, which has nothing but JSON on standard error. */
    const lastLine = (worker: WorkerProcess) => {
      const others = worker.stderr.split('\n').filter(line => line !== '' && !line.startsWith('{'))
      assert.equal(others, [])
      const { service, code, exitCode, msg } = worker.log().at(-1) ?? {}
      return { service, code, exitCode, msg: String(msg) }
    }

    test('in a single thread an error that nobody caught ends the process: exit code 5, and the last line says so', async () => {
      const again = mkdtempSync(join(folder, 'again-'))
      const worker = await WorkerProcess.start({ args: [args[0] as string], env: { ...env, TEST_FOLDER: again } })
      await worker.ready()
      await send(commands, 0, 'key-0', 'timer')
      assert.is(await worker.ended, 5, worker.stderr)
      const msg = 'a timer of user code failed'
      assert.equal(lastLine(worker), { service: 'worker', code: 'INTERNAL', exitCode: 5, msg })
    })

    test('a record whose policy is to stop parks its task, which readiness and log name; the worker goes on', async () => {
      const worker = await WorkerProcess.start({ args, env })
      await worker.ready()
      await send(orders, 0, 'key', 'refuse')
      const why = /record .*orders\/0 at offset 0 failed in 'strict' and its policy is to stop: no order is good enough/
      type Reason = { readonly code: string; readonly task: string; readonly reason: string }
      const reasons = async (): Promise<readonly Reason[]> =>
        JSON.parse((await worker.get('readyz'))?.body ?? '{}').reasons ?? []
      const said = () => worker.stderr
      let parked: Reason | undefined
      await waitFor(
        async () => {
          parked = (await reasons()).find(({ code }) => code === 'TASK_PARKED')
          return parked !== undefined
        },
        { what: 'it is ready all the same', said },
      )
      assert.is(parked!.task, 'strict_0')
      assert.match(parked!.reason, why)
      const lines = () =>
        worker.log().filter(line => line.code === 'STOPPED_BY_POLICY' && /is parked/.test(String(line.msg)))
      await waitFor(() => lines().length > 0, { what: 'the log does not name it', said })
      assert.equal([lines().length, lines()[0]?.task], [1, 'strict_0'])
      assert.match((await worker.get('metrics'))?.body ?? '', /^millrace_task_parked\{task="strict_0"\} 1$/m)
      assert.is(await worker.end(), 0, worker.stderr)
    })

    test.after(async () => {
      for (const close of open) await close()
    })
  },
  { timeoutMs: 280_000 },
)
