import postgres from 'postgres'
import * as assert from 'uvu/assert'
import { Outbox } from '../../store/outbox/outbox.ts'
import { PostgresClient } from '../../store/postgres/client.ts'
import { run } from '../../topology/app/run.ts'
import { MemoryBroker } from '../../topology/broker/memory/memory-broker.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import barTopology, { ticks } from '../ops/fixtures/bars.ts'
import { type Pooler, pgbouncerProgram, startPgbouncer, startStrictStandIn } from '../support/pooler.ts'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'
import { waitFor } from '../support/wait-for.ts'

const { database } = await realParts({ postgres: true })
const program = await pgbouncerProgram()

/** Counts 400 ticks while sessions are killed and the pooler is restarted; the count must be right. */
async function countsUnderKills(direct: string, pooler: Pooler): Promise<void> {
  const sql = postgres(direct, { max: 1, onnotice: () => {} })
  const broker = new MemoryBroker({ clock: systemClock })
  const app = await run(barTopology, { kafka: broker, postgres: pooler.url, settings: { commitIntervalMs: 10 } })
  const writer = await broker.writer()
  const total = async () => Number((await sql`select coalesce(sum(value), 0) as n from bars`)[0]?.n)
  try {
    const record = { topic: ticks.name, partition: 0, key: Buffer.from('a'), value: Buffer.from('1'), headers: [] }
    for (let round = 1; round <= 8; round++) {
      for (let n = 0; n < 50; n++) {
        await writer.send([{ ...record, timestamp: Date.parse('2026-03-01T10:00:30Z') }])
        if (n === 25 && round < 7)
          await sql`select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()`
      }
      if (round === 4) await pooler.restart()
      if (round >= 7)
        await waitFor(async () => (await total()) === round * 50, { what: `${await total()} counted of ${round * 50}` })
    }
    assert.is(await total(), 400)
  } finally {
    await app.stop()
    await writer.close()
    await sql.end()
  }
}

suite('behind a pooler in transaction mode', test => {
  test('a stand-in that refuses sessions of one’s own: counts stay exact, and it has to refuse only once', async () => {
    const direct = await database()
    const pooler = await startStrictStandIn(direct)
    try {
      await countsUnderKills(direct, pooler)
      // Each client of a server hears of it from the first one; migrations have clients of their own.
      assert.ok(
        pooler.refused.length > 0 && pooler.refused.every(why => why.startsWith('unsupported startup parameter')),
      )
      assert.ok(pooler.refused.length <= 3, pooler.refused.join())
    } finally {
      await pooler.stop()
    }
  })

  test('settings hold for each statement, and for no other session of the pool', async () => {
    const direct = await database()
    const pooler = await startStrictStandIn(direct)
    const client = new PostgresClient({ url: pooler.url, clock: systemClock, requestTimeoutMs: 30_000 })
    try {
      assert.is((await client.request(`select current_setting('enable_seqscan')`, []))[0]?.[0], 'off')
      assert.is((await client.request(`select current_setting('lock_timeout') || $1::text`, ['!']))[0]?.[0], '10s!')
      const error = await client.request('select 1 / $1::int', [0]).catch(error => error)
      assert.is(error.failure.code, '22012')
      assert.is((await client.request('select 2', []))[0]?.[0], 2)
    } finally {
      await client.close()
      await pooler.stop()
    }
  })

  if (program === undefined)
    console.log('PgBouncer is not installed: its tests are left out, those of the stand-in are not')
  else {
    test('PgBouncer: counts stay exact while sessions are killed and it is restarted', async () => {
      const direct = await database()
      const pooler = await startPgbouncer(program, direct)
      try {
        await countsUnderKills(direct, pooler)
      } finally {
        await pooler.stop()
      }
    })

    test('PgBouncer: the outbox is made and posts', async () => {
      const direct = await database()
      const pooler = await startPgbouncer(program, direct)
      const outbox = new Outbox({ url: pooler.url, schema: 'public', clock: systemClock })
      try {
        assert.type(await outbox.lead(1_000), 'number')
      } finally {
        await outbox.close()
        await pooler.stop()
      }
    })
  }
})
