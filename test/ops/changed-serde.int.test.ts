import postgres from 'postgres'
import * as assert from 'uvu/assert'
import { reset } from '../../ops/state.ts'
import { connectParts } from '../../topology/app/connections.ts'
import { run } from '../../topology/app/run.ts'
import { MemoryBroker } from '../../topology/broker/memory/memory-broker.ts'
import { topologyDiff } from '../../topology/definition/diff/diff.ts'
import { buildGraph } from '../../topology/definition/graph.ts'
import type { Serde } from '../../topology/definition/serde.ts'
import { int64, string } from '../../topology/definition/serdes/primitives.ts'
import { snapshotOf } from '../../topology/definition/snapshot.ts'
import { topic } from '../../topology/definition/topic.ts'
import { topology } from '../../topology/dsl/topology.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'
import { waitFor } from '../support/wait-for.ts'

const { database } = await realParts({ postgres: true })
const lines = topic('lines', { key: string, value: string, partitions: 2 })

/** Counts lines by key, in a store of texts or of integers. */
const counting = <A>(value: Serde<A>, of: (count: number) => A, read: (aggregate: A) => number) =>
  topology(
    'counting',
    t =>
      void t
        .stream(lines, { subtopology: 'count' })
        .groupByKey()
        .aggregate<A>('line-counts', {
          init: () => of(0),
          add: all => of(read(all) + 1),
          value: value as Serde<NonNullable<A>>,
        }),
  )
const inTexts = counting<string>(string, String, Number)
const inNumbers = counting<bigint>(int64, BigInt, Number)

suite('a changed serde', test => {
  test('the advice of topology diff works: every input is counted again, in the new form', async () => {
    const [kafka, url] = [new MemoryBroker({ clock: systemClock }), await database()]
    const sql = postgres(url, { max: 1, onnotice: () => {} })
    const counted = async () => (await sql`select value::text as value from line_counts where key = 'a'`)[0]?.value
    const writer = await kafka.writer()
    const say = () =>
      writer.send([
        { topic: 'lines', partition: 0, timestamp: 1, key: Buffer.from('a'), value: Buffer.from('x'), headers: [] },
      ])
    try {
      const before = await run(inTexts, { kafka, postgres: url })
      await say()
      await say()
      await waitFor(async () => (await counted()) === '2', { what: 'two lines are not counted' })
      await before.stop()
      const refused = await run(inNumbers, { kafka, postgres: url }).catch(error => error)
      assert.is(refused.code, 'STORE_INCOMPATIBLE')

      const [change] = topologyDiff(snapshotOf(inTexts), snapshotOf(inNumbers)).changes
      assert.is(
        change?.remedy,
        "to build it anew from its inputs, stop the workers, run 'millrace state reset count --yes' with the topology of before, drop table line_counts, and deploy: what 'count' writes is written again",
      )
      const parts = await connectParts({ kafka, postgres: url })
      await reset(buildGraph(inTexts), parts, 'count', true)
      await parts.close()
      await sql`drop table line_counts`

      const after = await run(inNumbers, { kafka, postgres: url })
      await say()
      await waitFor(async () => (await counted()) === '3', { what: 'three lines are not counted' })
      await after.stop()
    } finally {
      await writer.close()
      await sql.end()
      await kafka.close()
    }
  })
})
