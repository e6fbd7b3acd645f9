// budget: 480 s
import postgres from 'postgres'
import * as assert from 'uvu/assert'
import { Desk } from '../../ops/trading/demo/desk.ts'
import { instruments, limits } from '../../processors/settings.ts'
import { ordersFills, ordersPlaced, portfolioUpdated, tradesApproved, tradesRejected } from '../../processors/topics.ts'
import trading from '../../processors/trading.ts'
import { readStoreRows } from '../../store/queries.ts'
import { connectParts } from '../../topology/app/connections.ts'
import { deploy } from '../../topology/app/deploy.ts'
import { runOn } from '../../topology/app/run.ts'
import { readTopics } from '../../topology/app/topics/read-topics.ts'
import { buildGraph } from '../../topology/definition/graph.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { waitForRest } from '../lab/audit/rest.ts'
import { signalMix } from '../lab/chaos/signal-mix.ts'
import { ownParts } from '../support/own-parts.ts'
import { suite } from '../support/suite.ts'

const { kafka, registry, postgres: database, parts: servers, stop } = await ownParts()
const graph = buildGraph(trading)
const tasks = 6 * graph.subtopologies.length
const results = [tradesApproved, tradesRejected, ordersPlaced, ordersFills, portfolioUpdated]

/** Runs the whole pipeline in this process until it has come to rest, with work in between. */
async function session(work: (desk: Desk) => Promise<void> = async () => {}): Promise<void> {
  const parts = await connectParts({ kafka, registry, postgres: database })
  const app = await runOn(graph, parts)
  const desk = await Desk.open(trading.name, parts.broker, parts.registry)
  await work(desk)
  // Offsets alone say nothing of a restore: every task must have opened.
  while (app.status().length < tasks || app.status().some(task => task.state !== 'running')) await systemClock.sleep(50)
  assert.ok(await waitForRest(graph, parts.broker, systemClock, 120_000), 'the pipeline did not come to rest')
  await desk.close()
  await app.stop()
  await parts.close()
}

/**
 * Every committed record of the topics that the pipeline decides and books on, as text. Of the compacted one the newest of
 * each key: the broker may have cleaned the older ones away since, and any record more would be a newer one.
 */
async function emitted(): Promise<readonly string[]> {
  const parts = await connectParts({ kafka, registry })
  const records = await readTopics(results, parts)
  await parts.close()
  const lines = new Map<string, string>()
  for (const { topic, partition, offset, key } of records) {
    const line = `${topic}/${partition}@${offset} ${key}`
    lines.set(topic === portfolioUpdated.name ? `${topic} ${key}` : line, line)
  }
  return [...lines.values()].sort()
}

/** Every row of every table: keys, values, times. */
async function tables(): Promise<readonly string[]> {
  const sql = postgres(database, { max: 1, onnotice: () => {} })
  const lines: string[] = []
  for (const definition of graph.subtopologies.flatMap(sub => sub.stores))
    for (const row of await readStoreRows(sql, { application: trading.name, definition }, 1_000_000))
      lines.push(
        `${definition.name} ${JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))}`,
      )
  await sql.end()
  return lines.sort()
}

suite(
  'rebuilding the pipeline on real parts',
  test => {
    test('every topic read again from offset 0 with state kept adds nothing (property 9)', async () => {
      const parts = await connectParts({ kafka, registry, postgres: database })
      await deploy(graph, parts)
      await session(async desk => {
        await desk.register(instruments, 0)
        const portfolioIds = [...limits.portfolios.keys()].slice(0, 8)
        await desk.send(
          signalMix({ seed: 5, signals: 800, portfolioIds, instruments, duplicates: 0.1, from: 1_700_000_000_000 }),
        )
      })
      const before = await emitted()
      const rows = await tables()
      assert.ok(before.length > 1_000, `${before.length} records`)
      for (const sub of graph.subtopologies) {
        const specs = await parts.broker.admin.describeTopics([...sub.inputs])
        const offsets = specs.flatMap(({ name, partitions }) =>
          Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition, offset: 0, metadata: '' })),
        )
        await parts.broker.admin.commitOffsets(sub.group, offsets)
      }
      await session()
      assert.equal(await emitted(), before)
      assert.equal(withoutTimes(await tables()), withoutTimes(rows))
      await parts.close()
    })

    test('Postgres wiped and rebuilt from the changelogs is equal, byte for byte (property 6)', async () => {
      const before = await tables()
      const records = await emitted()
      assert.ok(before.length > 1_000, `${before.length} rows`)
      await servers.postgres.faults!.wipe()
      assert.equal(await tables().catch(() => []), [], 'nothing is left')
      await session()
      assert.equal(await tables(), before)
      assert.equal(await emitted(), records)
    })

    test.after(stop)
  },
  { timeoutMs: 400_000 },
)

/** A row that is written again with the value it has keeps it, under the time of the record that wrote it. */
function withoutTimes(lines: readonly string[]): readonly string[] {
  return lines.map(line => line.replace(/,"timestamp":\d+\}$/, '}'))
}
