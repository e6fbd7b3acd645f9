import { text } from 'drizzle-orm/pg-core'
import postgres from 'postgres'
import * as assert from 'uvu/assert'
import { json } from '../../schemas/json.ts'
import { postgresStorage } from '../../store/postgres/postgres-storage.ts'
import { bigint, decimal } from '../../store/table-columns.ts'
import { tableStore } from '../../store/table-store.ts'
import { int64, string } from '../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../topology/definition/stores/key-value.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'

interface Order {
  readonly id: string
  readonly seq: bigint
  readonly amount: bigint
}

/** The plans are the same with 1,000,000, which take a busy machine half a minute to write. */
const rows = 100_000

const parts = await realParts({ postgres: true })
const counts = keyValueStore('counts', { key: string, value: int64 })
const orders = tableStore(
  'orders',
  { id: text().notNull(), seq: bigint().notNull(), amount: decimal().notNull() },
  { key: ['id'], value: json<Order>(), indexes: [['seq'], ['amount']] },
)

suite('readers in SQL', test => {
  test('who does not know the partition finds a key, and an order, by an index among many', async () => {
    const url = await parts.database()
    const storage = postgresStorage({ url, clock: systemClock })
    await storage.migrate('app', [counts, orders])
    const sql = postgres(url, { max: 1, onnotice: () => {} })
    try {
      await sql.unsafe(`insert into counts (partition, key, value, record_timestamp)
        select i % 4, 'k' || i, i, 0 from generate_series(1, ${rows}) i`)
      await sql.unsafe(`insert into orders (partition, id, seq, amount, record_timestamp)
        select i % 4, 'o' || i, i, i, 0 from generate_series(1, ${rows}) i`)
      await sql`analyze counts`
      await sql`analyze orders`
      const plan = async (query: string) =>
        (await sql.unsafe(`explain (costs off) ${query}`)).map(row => row['QUERY PLAN']).join('\n')
      const [server] = await sql`select current_setting('server_version_num')::int as version`
      // Since Postgres 18 the primary key serves ("skip scan"); before there is an index of the key alone.
      const ofKey = server?.version >= 180_000 ? /Index Scan using counts_pkey/ : /Index Scan using counts_key_index_/
      const byKey = await plan(`select value from counts where key = 'k50000'`)
      assert.match(byKey, ofKey)
      assert.match(byKey, /Index Cond: .*key = 'k50000'/)
      for (const column of ['seq', 'amount']) {
        const page = await plan(`select * from orders order by ${column} desc limit 10`)
        assert.match(page, new RegExp(`Limit\\n *->  Index Scan Backward using orders_${column}_index_`))
        const one = await plan(`select * from orders where ${column} = 5000`)
        assert.match(one, new RegExp(`Index Scan using orders_${column}_index_`))
      }
    } finally {
      await sql.end()
      await storage.close()
    }
  })

  test('a table has statistics as it grows, before autovacuum comes by', async () => {
    const url = await parts.database()
    const storage = postgresStorage({ url, clock: systemClock })
    await storage.migrate('app', [counts])
    const sql = postgres(url, { max: 1, onnotice: () => {} })
    try {
      await sql`alter table counts set (autovacuum_enabled = off)`
      const task = await storage.claim({
        application: 'app',
        task: { subtopology: 's', partition: 0 },
        stores: [counts],
      })
      const known = async () =>
        Number((await sql`select reltuples from pg_class where relname = 'counts'`)[0]?.reltuples)
      const write = (from: number, rows: number) => {
        const puts = Array.from({ length: rows }, (_, n) => ({ key: [`k${from + n}`], value: [1n], timestamp: 0 }))
        return task.apply({ stores: [{ store: 'counts', puts, deletes: [] }], checkpoints: new Map() })
      }
      await write(0, 999)
      assert.ok((await known()) <= 0)
      await write(999, 1)
      while ((await known()) !== 1_000);
      await write(1_000, 9_000)
      while ((await known()) !== 10_000);
      // A restore ends with statistics, however many rows it has had.
      await write(10_000, 5)
      await task.markRestoring(false)
      while ((await known()) !== 10_005);
    } finally {
      await sql.end()
      await storage.close()
    }
  })
})
