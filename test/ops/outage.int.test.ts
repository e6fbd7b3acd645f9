// budget: 300 s
import postgres from 'postgres'
import * as assert from 'uvu/assert'
import { connectParts } from '../../topology/app/connections.ts'
import { deploy } from '../../topology/app/deploy.ts'
import { buildGraph } from '../../topology/definition/graph.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { endIn } from '../support/command.ts'
import topology, { amount, amounts, secondAmount, sums } from '../support/fixtures/amounts.ts'
import { ownParts } from '../support/own-parts.ts'
import { suite } from '../support/suite.ts'
import { waitFor } from '../support/wait-for.ts'
import { WorkerProcess } from '../support/worker-process.ts'

// Servers are broken here, so this file has its own.
const { kafka, registry, postgres: url, parts: servers, stop } = await ownParts()

const faultsOf = (name: keyof typeof servers) => {
  const { faults } = servers[name]
  if (faults === undefined) throw new Error(`${name} was not started here`)
  return faults
}

suite(
  'a server goes away under a running worker and comes back',
  test => {
    const options = {
      args: ['--topology=test/support/fixtures/amounts.ts'],
      env: {
        KAFKA_BROKERS: kafka,
        SCHEMA_REGISTRY_URL: registry,
        DATABASE_URL: url,
        MILLRACE_SESSION_TIMEOUT_MS: '6000',
      },
    }
    /** Sent so far, by key: each record is worth 1, so it is the sum too. `a` is on partition 0, `b` on 1. */
    const sent = { a: 0, b: 0 }
    let ids = { first: 0, second: 0 }
    let worker: WorkerProcess
    let outside: Awaited<ReturnType<typeof connectParts>>

    /** Confluent's wire format: zero, the schema's id, then Avro: 1 is the byte 2; the second version adds an empty string. */
    const send = async (key: 'a' | 'b', schema: 'first' | 'second' = 'first') => {
      const value = Buffer.from([0, 0, 0, 0, 0, 2, ...(schema === 'second' ? [0] : [])])
      value.writeInt32BE(ids[schema], 1)
      const writer = await outside.broker.writer()
      await writer.send([
        {
          topic: amounts.name,
          partition: key === 'a' ? 0 : 1,
          timestamp: 0,
          key: Buffer.from(key),
          value,
          headers: [],
        },
      ])
      await writer.close()
      sent[key]++
    }
    const totalsAre = (expected: Readonly<Record<string, number>>) =>
      waitFor(
        async () => {
          const sql = postgres(url, { max: 1, onnotice: () => {} })
          try {
            const rows = await sql`select key, value from totals order by key`
            return (
              JSON.stringify(Object.fromEntries(rows.map(row => [row.key, Number(row.value)]))) ===
              JSON.stringify(expected)
            )
          } catch {
            // It was killed a moment ago.
            return false
          } finally {
            await sql.end()
          }
        },
        { what: `the totals are not ${JSON.stringify(expected)}`, said: () => worker.stderr },
      )
    const isWaiting = (reason: RegExp) =>
      waitFor(
        async () => {
          const answer = await worker.get('readyz')
          return answer?.status === 503 && reason.test(answer.body)
        },
        { what: `/readyz does not say ${reason}`, said: () => worker.stderr },
      )
    const warnings = (code: string) => worker.log().filter(line => line.level === 40 && line.code === code)
    const hasWarned = (code: string, task: string) =>
      waitFor(() => warnings(code).some(line => line.task === task), {
        what: `${task} has not said ${code}`,
        said: () => worker.stderr,
      })
    const refusesToStart = async (reason: RegExp) => {
      const late = await WorkerProcess.start(options)
      assert.is(await late.ended, 4, late.stderr)
      assert.match(endIn(late.stderr).said, reason)
      assert.not.match(late.stderr, /^ +at /m)
    }

    test.before(async () => {
      outside = await connectParts({ kafka, registry })
      await deploy(buildGraph(topology), outside)
      worker = await WorkerProcess.start(options)
      await worker.ready()
      const subject = `${amounts.name}-value`
      ids = {
        first: await outside.registry.idOf(subject, amount),
        second: await outside.registry.register(subject, secondAmount),
      }
      await send('a')
      await send('b')
      await totalsAre(sent)
    })

    test('the registry: a record of an unknown schema waits, others are processed, and it goes on by itself', async () => {
      await faultsOf('registry').kill()
      await send('a', 'second')
      await send('b')
      await isWaiting(/"task":"add_0","reason":".*registry/i)
      await totalsAre({ a: 1, b: 2 })
      await hasWarned('REGISTRY_UNAVAILABLE', 'add_0')
      await refusesToStart(/^millrace: .*registry.*\n$/i)
      assert.is(warnings('REGISTRY_UNAVAILABLE').length, 1, 'said once, not with each attempt')
      assert.is(warnings('REGISTRY_UNAVAILABLE')[0]?.task, 'add_0')
      await faultsOf('registry').restart()
      await worker.ready()
      await totalsAre(sent)
    })

    test('Postgres: both tasks wait, and go on by themselves', async () => {
      await faultsOf('postgres').kill()
      await send('a')
      await send('b')
      for (const task of ['add_0', 'add_1']) {
        await isWaiting(new RegExp(`"task":"${task}",[^}]*Postgres`))
        await hasWarned('STORE_UNAVAILABLE', task)
      }
      await refusesToStart(/^millrace: .*Postgres.*\n$/)
      for (const task of ['add_0', 'add_1']) {
        const said = warnings('STORE_UNAVAILABLE').filter(line => line.task === task)
        assert.is(said.length, 1, `said once by ${task}, not with each attempt: ${worker.stderr}`)
      }
      await faultsOf('postgres').restart()
      await worker.ready()
      await totalsAre(sent)
    })

    test('Kafka: the worker waits, and goes on by itself', async () => {
      const before = worker.log().length
      await faultsOf('kafka').kill()
      await isWaiting(/no broker answers/)
      const isSilent = (line: Readonly<Record<string, unknown>>) =>
        /waits: Kafka does not answer/.test(String(line.msg))
      await waitFor(() => warnings('BROKER_UNAVAILABLE').some(isSilent), {
        what: 'the group did not say that its coordinator is silent',
        said: () => worker.stderr,
      })
      const goesOn = worker.log().filter(line => /goes on/.test(String(line.msg))).length
      const said = worker
        .log()
        .slice(before)
        .filter(line => line.level === 40)
        .map(line => String(line.msg).replaceAll(/\d+/g, 'N'))
      const repeated = said.filter((message, index) => said.indexOf(message) !== index)
      assert.ok(repeated.length <= 1, `nothing is said with each attempt: ${worker.stderr}`)
      await systemClock.sleep(3_000)
      const later = worker.log().filter(line => /goes on/.test(String(line.msg))).length
      assert.is(later, goesOn, `nothing goes on before Kafka is back: ${worker.stderr}`)
      await faultsOf('kafka').restart()
      await worker.ready()
      await send('a')
      await send('b')
      await totalsAre(sent)
    })

    test('nothing was lost or counted twice, and it stops with 0', async () => {
      const reader = outside.broker.reader({ isolation: 'read_committed' })
      const seen: Record<string, number[]> = { a: [], b: [] }
      for (const partition of [0, 1]) reader.seek({ topic: sums.name, partition }, 0)
      await waitFor(
        async () => {
          for (const { records } of await reader.poll())
            for (const { key, value } of records) seen[String(key)]?.push(Number(Buffer.from(value!).readBigInt64BE()))
          return seen.a!.length >= sent.a && seen.b!.length >= sent.b
        },
        { what: 'sums are missing', said: () => JSON.stringify(seen) },
      )
      assert.equal(seen, { a: [1, 2, 3, 4], b: [1, 2, 3, 4] })
      await reader.close()
      assert.is(await worker.end(), 0, worker.stderr)
    })

    test.after(async () => {
      if (worker?.running) await worker.end('SIGKILL')
      await outside?.close()
      await stop()
    })
  },
  { timeoutMs: 180_000 },
)
