import postgres, { type Sql } from 'postgres'
import * as assert from 'uvu/assert'
import { postgresStorage } from '../../store/postgres/postgres-storage.ts'
import { run } from '../../topology/app/run.ts'
import { MemoryBroker } from '../../topology/broker/memory/memory-broker.ts'
import type { MillraceError } from '../../topology/definition/errors.ts'
import { buildGraph } from '../../topology/definition/graph.ts'
import type { Log } from '../../topology/runtime/log.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import barTopology, { ticks } from '../ops/fixtures/bars.ts'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'
import { waitFor } from '../support/wait-for.ts'

const { database, postgres: server } = await realParts({ postgres: true })

/** A connection to the server's database of all, from which another can be renamed. */
async function asAdministrator(work: (sql: Sql) => Promise<void>): Promise<void> {
  const url = new URL(server.url)
  url.pathname = '/postgres'
  const sql = postgres(url.href, { max: 1, onnotice: () => {} })
  try {
    await work(sql)
  } finally {
    await sql.end()
  }
}

const nameOf = (url: string) => new URL(url).pathname.slice(1)

const endSessions = (sql: Sql, name: string) =>
  sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`

suite('Postgres fails over', test => {
  test('to a replica that lacks the last commits: the changelog makes up for them, and every count is right', async () => {
    const url = await database()
    const name = nameOf(url)
    const broker = new MemoryBroker({ clock: systemClock })
    const settings = { commitIntervalMs: 10 }
    const lines: string[] = []
    const write = (_: unknown, line: string) => void lines.push(line)
    const log: Log = { debug: write, info: write, warn: write, error: write }
    const start = () => run(barTopology, { kafka: broker, postgres: url, settings, log })
    const writer = await broker.writer()
    const record = { topic: ticks.name, partition: 0, key: Buffer.from('a'), value: Buffer.from('1'), headers: [] }
    const send = async (count: number) => {
      for (let n = 0; n < count; n++) await writer.send([{ ...record, timestamp: Date.parse('2026-03-01T10:00:30Z') }])
    }
    // A connection for each question: the database is renamed under it.
    const total = async () => {
      const sql = postgres(url, { max: 1, onnotice: () => {} })
      try {
        return Number((await sql`select coalesce(sum(value), 0) as n from bars`)[0]?.n)
      } catch {
        return -1
      } finally {
        await sql.end({ timeout: 1 })
      }
    }
    let app = await start()
    await send(100)
    await waitFor(async () => (await total()) === 100, { what: 'the first hundred are not counted' })
    await app.stop()
    // The replica stands here. It takes the primary's place when that has counted a hundred more.
    await asAdministrator(async sql => {
      await sql`create database ${sql(`${name}-replica`)} template ${sql(name)}`
    })
    app = await start()
    await send(100)
    await waitFor(async () => (await total()) === 200, { what: 'the second hundred are not counted' })
    await asAdministrator(async sql => {
      // Nobody gets in while the two change places.
      await sql.unsafe(`alter database "${name}" allow_connections false`)
      await endSessions(sql, name)
      await waitFor(
        async () => {
          await endSessions(sql, name)
          return (await sql`select from pg_stat_activity where datname = ${name}`).length === 0
        },
        { what: 'sessions of the primary are left' },
      )
      await sql.unsafe(`alter database "${name}" rename to "${name}-lost"`)
      await sql.unsafe(`alter database "${name}-replica" rename to "${name}"`)
    })
    lines.length = 0
    await send(100)
    await waitFor(async () => (await total()) === 300, { what: `${await total()} are counted of 300` })
    assert.ok(
      lines.some(line => /restored \d+ records of 'bars'/.test(line)),
      lines.join('\n'),
    )
    await app.stop()
    await writer.close()
  })

  test('a standby is said to be read-only, and left as soon as the address leads to a primary', async () => {
    const url = await database()
    const name = nameOf(url)
    const stores = buildGraph(barTopology).subtopologies.flatMap(sub => sub.stores)
    const migrated = postgresStorage({ url, clock: systemClock })
    await migrated.migrate('bars', stores)
    await migrated.close()
    const storage = postgresStorage({ url, clock: systemClock })
    const claim = { application: 'bars', task: { subtopology: 'sub', partition: 0 }, stores }
    try {
      // Sessions of a standby refuse writes with the same error.
      await asAdministrator(
        async sql => void (await sql.unsafe(`alter database "${name}" set default_transaction_read_only = on`)),
      )
      await storage.migrate('bars', stores)
      const error = (await storage.claim(claim).catch(error => error)) as MillraceError
      assert.is(error.code, 'STORE_UNAVAILABLE')
      assert.match(error.message, 'read-only transaction')
      await asAdministrator(
        async sql => void (await sql.unsafe(`alter database "${name}" reset default_transaction_read_only`)),
      )
      assert.ok((await storage.claim(claim)).epoch > 0)
    } finally {
      await storage.close()
    }
  })
})
