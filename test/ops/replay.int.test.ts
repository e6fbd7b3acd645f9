import postgres from 'postgres'
import * as assert from 'uvu/assert'
import { replayRows, restoreRows } from '../../ops/replay/replay-rows.ts'
import { parseBound } from '../../ops/replay/window.ts'
import { connectParts, type Parts } from '../../topology/app/connections.ts'
import { deploy } from '../../topology/app/deploy.ts'
import { runOn } from '../../topology/app/run.ts'
import { buildGraph, type TopologyGraph } from '../../topology/definition/graph.ts'
import { decimal, parseDecimal, processor, store, string, topic, topology } from '../../topology/index.ts'
import { keptForever } from '../support/kept-forever.ts'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'
import { waitFor } from '../support/wait-for.ts'

// Kafka is in memory; the tables are real.
const { database } = await realParts({ postgres: true })

const amounts = topic('amounts', { key: string, value: string, partitions: 2, config: keptForever })
const notes = topic('notes', { key: string, value: string, partitions: 2, config: keptForever })

/** Adds amounts up; `wrongly`: the version with a mistake, which counts each of them twice. */
function adder(wrongly = false) {
  const add = processor({
    name: 'add',
    streams: [amounts],
    stores: { sums: store.keyValue('sums', { key: string, value: decimal }) },
    async process({ key, value }, { stores }) {
      const amount = parseDecimal(value)!
      stores.sums.put(key, ((await stores.sums.get(key)) ?? 0n) + (wrongly ? 2n * amount : amount))
    },
  })
  const look = processor({ name: 'look', streams: [amounts, notes], process() {} })
  return buildGraph(
    topology('ledger', t => {
      t.processor(add)
      t.processor(look)
    }),
  )
}

const graph = adder()

/** A ledger of its own: amounts of 1.5 under keys a to d at 1 to 4 s, processed by one version or the other. */
async function ledger(version: TopologyGraph) {
  const url = await database()
  const parts = await connectParts({ postgres: url })
  await deploy(graph, parts)
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  const writer = await parts.broker.writer()
  await writer.send(
    ['a', 'b', 'c', 'd', 'a'].map((key, index) => ({
      topic: 'amounts',
      partition: key.charCodeAt(0) % 2,
      timestamp: (index + 1) * 1_000,
      key: Buffer.from(key),
      value: Buffer.from('1.5'),
      headers: [],
    })),
  )
  await processed(version, parts, sql)
  const replay = (from: string, to: string, more = {}) =>
    replayRows({
      ...{ graph, topic: 'amounts', processor: 'add', from: parseBound(from), to: parseBound(to), parts, sql },
      ...more,
    })
  const close = async () => {
    await writer.close()
    await sql.end()
    await parts.close()
  }
  return { parts, sql, replay, close }
}

/** Runs the processor until it has added all amounts: the last one is of a key that the table has already. */
async function processed(version: TopologyGraph, parts: Parts, sql: postgres.Sql) {
  const app = await runOn(version, parts, { processors: ['add'] })
  await waitFor(
    async () => {
      const [row] = await sql<{ rows: string; restoring: boolean }[]>`
        select (select count(*) from sums) as rows, (select bool_or(restoring) from millrace_checkpoint) as restoring`
      const done = app.status().every(({ lag, unapplied }) => lag === 0 && unapplied === 0)
      return row?.rows === '4' && !row.restoring && done
    },
    { what: 'the amounts are not added' },
  )
  await app.stop()
}

const second = (at: number) => `1970-01-01T00:00:0${at}Z`

suite('replay of a processor', test => {
  test('what was processed rightly is the same; the rows that the window changed are compared', async () => {
    const { replay, close } = await ledger(graph)
    const whole = await replay('0', second(9))
    assert.equal(whole, { processor: 'add', records: 5, rows: 4, differences: [], moved: false })
    const { records, rows, differences } = await replay(second(2), second(4))
    assert.equal([records, rows, differences], [2, 2, []], 'b and c')
    await close()
  })

  test('a row that was changed by hand is told in readable decimals, and restored from its changelog', async () => {
    const { replay, sql, parts, close } = await ledger(graph)
    await sql`update sums set value = 7.25 where key = 'a'`
    assert.equal((await replay(second(2), second(5))).differences, [], 'a was not changed in the window')
    const found = await replay('0', second(9))
    assert.equal(found.differences, [
      { store: 'sums', partition: 1, key: 'a', restorable: true, column: 'value', shadow: '3', live: '7.25' },
    ])
    assert.is((await sql`select 1 from sums where value = 7.25`).length, 1, 'nothing is changed unless told')
    assert.equal(await restoreRows(graph, found, parts), [{ store: 'sums', partition: 1 }])
    await processed(graph, parts, sql)
    assert.equal((await replay('0', second(9))).differences, [])
    await sql`delete from sums where key = 'b'`
    assert.equal(
      (await replay('0', second(9))).differences.map(({ key, shadow, live }) => [key, shadow, live]),
      [['b', '1.5', 'no row']],
    )
    await close()
  })

  test('what another version has processed differs in the changelog, too: a restore does not cure it', async () => {
    const { replay, parts, close } = await ledger(adder(true))
    const found = await replay(second(4), second(5))
    assert.equal(
      found.differences.map(({ key, shadow, live, restorable }) => [key, shadow, live, restorable]),
      [['d', '1.5', '3', false]],
    )
    assert.equal(await restoreRows(graph, found, parts), [])
    await close()
  })

  test('an empty window, a topic of two readers or of none, and an input without its beginning are refused', async () => {
    const { replay, parts, close } = await ledger(graph)
    const refused = async (more: object, from = '0') =>
      String(
        await replay(from, second(9), more).then(
          () => 'done',
          error => error.message,
        ),
      )
    assert.match(await refused({}, second(8)), "no record of 'amounts' that 'add' has processed is in the window")
    assert.match(
      await refused({ processor: undefined }),
      "topic 'amounts' is read by add, look: choose one with --processor",
    )
    assert.match(await refused({ topic: 'sums' }), "'add' does not read topic 'sums': choose among amounts")
    assert.match(
      await refused({ topic: 'sums', processor: undefined }),
      "no processor of 'ledger' reads topic 'sums': choose among amounts, notes",
    )
    await parts.broker.admin.deleteRecords([{ topic: 'amounts', partition: 1, offset: 1 }])
    assert.match(await refused({}), "'add' cannot be run again from its beginning: amounts/1")
    await close()
  })
})
