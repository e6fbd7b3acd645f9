import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import * as assert from 'uvu/assert'
import { Desk } from '../../ops/trading/demo/desk.ts'
import { instruments, limits } from '../../processors/settings.ts'
import trading from '../../processors/trading.ts'
import { connectParts } from '../../topology/app/connections.ts'
import { deploy } from '../../topology/app/deploy.ts'
import { buildGraph } from '../../topology/definition/graph.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { waitForRest } from '../lab/audit/rest.ts'
import { auditTables } from '../lab/audit/tables.ts'
import { auditTrading } from '../lab/audit/trading.ts'
import { signalMix } from '../lab/chaos/signal-mix.ts'
import { WorkerProcess } from '../lab/chaos/worker-process.ts'
import { ownParts } from '../support/own-parts.ts'
import { suite } from '../support/suite.ts'

// The trading topology has fixed topic names, so this file takes a Kafka, a registry and a Postgres of its own.
const { kafka, registry, postgres: database, stop } = await ownParts()

suite(
  'trading pipeline on real parts, five processes, each killed once',
  test => {
    test('10,000 signals, a tenth of them duplicates, out of order: every promise holds', async () => {
      const graph = buildGraph(trading)
      const parts = await connectParts({ kafka, registry, postgres: database })
      await deploy(graph, parts)
      const env = {
        KAFKA_BROKERS: kafka,
        SCHEMA_REGISTRY_URL: registry,
        DATABASE_URL: database,
        LOG_LEVEL: 'warn',
        MILLRACE_SESSION_TIMEOUT_MS: '10000',
      }
      const logFolder = await mkdtemp(join(tmpdir(), 'millrace-e2e-'))
      const workers = graph.subtopologies.map(
        ({ name }) => new WorkerProcess({ name, args: [`--processor=${name}`], env, logFolder }),
      )
      await Promise.all(workers.map(worker => worker.start()))

      const desk = await Desk.open(graph.definition.name, parts.broker, parts.registry)
      await desk.register(instruments, 0)
      const portfolioIds = [...limits.portfolios.keys()].slice(0, 20)
      const mix = signalMix({
        seed: 1,
        signals: 10_000,
        portfolioIds,
        instruments,
        duplicates: 0.1,
        from: 1_700_000_000_000,
      })
      assert.is(mix.length, 10_000)
      const killing = (async () => {
        for (const worker of workers) {
          await systemClock.sleep(1_500)
          await worker.kill()
          await worker.start()
        }
      })()
      for (let from = 0; from < mix.length; from += 250) {
        await desk.send(mix.slice(from, from + 250))
        await systemClock.sleep(200)
      }
      await killing
      assert.equal(
        workers.map(worker => worker.starts),
        [2, 2, 2, 2, 2],
      )

      assert.ok(await waitForRest(graph, parts.broker, systemClock, 120_000), 'the pipeline did not come to rest')
      assert.equal(await Promise.all(workers.map(worker => worker.stop())), [0, 0, 0, 0, 0], 'all stopped gracefully')
      const sql = postgres(database, { onnotice: () => {} })
      const at = { sql, broker: parts.broker, registry: parts.registry }
      const audit = await auditTrading(at)
      assert.equal(audit.problems, [])
      assert.is(audit.signals, 10_000)
      assert.is(audit.decisions, new Set(mix.map(({ signal }) => signal.idempotencyKey)).size)
      assert.ok(audit.orders > 500, `${audit.orders} orders`)
      const tables = await auditTables(graph, at)
      assert.equal(tables.problems, [])
      assert.ok(tables.rows > 10_000, `${tables.rows} rows compared`)
      await sql.end()
      await desk.close()
      await parts.close()
    })

    test.after(stop)
  },
  { timeoutMs: 240_000 },
)
