import { bigint, integer, text } from 'drizzle-orm/pg-core'
import postgres, { type Sql } from 'postgres'
import * as assert from 'uvu/assert'
import { json } from '../../schemas/json.ts'
import { withMigration } from '../../store/postgres/migration.ts'
import { postgresStorage } from '../../store/postgres/postgres-storage.ts'
import { tableStore } from '../../store/table-store.ts'
import { run } from '../../topology/app/run.ts'
import { MemoryBroker } from '../../topology/broker/memory/memory-broker.ts'
import type { MillraceError } from '../../topology/definition/errors.ts'
import { string } from '../../topology/definition/serdes/primitives.ts'
import { processor, topic, topology } from '../../topology/index.ts'
import type { Log } from '../../topology/runtime/log.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'
import { waitFor } from '../support/wait-for.ts'

interface Visit {
  readonly user: string
  readonly views: number
}

const { database } = await realParts({ postgres: true })
const value = json<Visit & Record<string, unknown>>()
const base = { user: text().notNull(), views: integer().notNull() }

/** The store with other columns beside user and views. */
function visits(more: object, options: object = {}) {
  return tableStore('visits', { ...base, ...more } as never, { key: ['user'], value, ...options } as never)
}

/** Counts views by user; each row gets the further fields, too. */
function counting(more: object, fields: Readonly<Record<string, unknown>>) {
  const views = topic('views', { key: string, value: string, partitions: 2 })
  const store = visits(more)
  return topology('visiting', t =>
    t.processor(
      processor({
        name: 'count-visits',
        streams: [views],
        stores: { visits: store },
        async process({ key: user }, { stores }) {
          const faces = stores.visits as unknown as {
            get(key: string): Promise<Visit | undefined>
            put(key: string, row: Visit): void
          }
          const known = await faces.get(user)
          faces.put(user, { user, views: (known?.views ?? 0) + 1, ...fields })
        },
      }),
    ),
  )
}

async function opened(body: (at: { url: string; sql: Sql }) => Promise<void>): Promise<void> {
  const url = await database()
  const sql = postgres(url, { max: 2, onnotice: () => {} })
  try {
    await body({ url, sql })
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** Migrates, and gives the error's message where that is refused. */
async function migrated(url: string, store: ReturnType<typeof visits>): Promise<string | undefined> {
  const wanted = { schema: 'public', application: 'app', stores: [store] }
  try {
    await withMigration({ url, clock: systemClock }, wanted, migration => migration.apply())
    return undefined
  } catch (error) {
    return (error as MillraceError).message
  }
}

suite('columns that come and go', test => {
  test('under load a column comes, one with a default, and one goes: no restore, and no view is lost', () =>
    opened(async ({ url, sql }) => {
      const broker = new MemoryBroker({ clock: systemClock })
      const lines: string[] = []
      const write = (_: unknown, line: string) => void lines.push(line)
      const log = { debug: write, info: write, warn: write, error: write } as unknown as Log
      const start = (more: object, fields: Readonly<Record<string, unknown>>) =>
        run(counting(more, fields), { kafka: broker, postgres: url, log, settings: { commitIntervalMs: 20 } })
      const note = { note: text() }
      const versions: readonly (readonly [object, Readonly<Record<string, unknown>>])[] = [
        [{}, {}],
        [note, { note: 'seen' }],
        [
          { ...note, level: integer().notNull().default(7) },
          { note: 'again', level: 1 },
        ],
        [{ level: integer().notNull().default(7) }, { level: 2 }],
        [{}, {}],
      ]
      let app = await start(...versions[0]!)
      const writer = await broker.writer()
      let sent = 0
      let feeding = true
      const feed = (async () => {
        while (feeding) {
          const records = Array.from({ length: 20 }, (_, n) => {
            const user = `u${(sent + n) % 200}`
            return {
              topic: 'views',
              partition: (sent + n) % 2,
              timestamp: 0,
              key: Buffer.from(user),
              value: null,
              headers: [],
            }
          })
          await writer.send(records.map(record => ({ ...record, value: Buffer.from('page') })))
          sent += 20
          await systemClock.sleep(5)
        }
      })()
      const total = async () => Number((await sql`select coalesce(sum(views), 0) as n from visits`)[0]?.n)
      await waitFor(async () => (await total()) > 200, { what: 'nothing is counted' })
      for (const version of versions.slice(1)) {
        const before = await total()
        // As in a rolling deploy: the next version runs beside the one before.
        const next = await start(...version)
        await app.stop()
        app = next
        await waitFor(async () => (await total()) > before + 200, { what: 'the next version counts nothing' })
      }
      feeding = false
      await feed
      await waitFor(async () => (await total()) === sent, { what: `${await total()} of ${sent} views` })
      await app.stop()
      await writer.close()
      assert.equal(
        lines.filter(line => line.includes('restored')),
        [],
      )
      const names = await sql`select attname, attnotnull from pg_attribute
        where attrelid = 'visits'::regclass and attnum > 0 and not attisdropped order by attnum`
      assert.equal(
        names.map(row => [row.attname, row.attnotnull]),
        [
          ['partition', true],
          ['user', true],
          ['views', true],
          ['record_timestamp', true],
          ['note', false],
          ['level', true],
        ],
      )
    }))

  test('rows of before have null or the default, and those of a changelog record of before, too', () =>
    opened(async ({ url, sql }) => {
      assert.is(await migrated(url, visits({})), undefined)
      await sql`insert into visits (partition, "user", views, record_timestamp) values (0, 'a', 3, 0)`
      const more = visits({ note: text(), level: integer().notNull().default(7) })
      assert.is(await migrated(url, more), undefined)
      const storage = postgresStorage({ url, clock: systemClock })
      const task = await storage.claim({ application: 'app', task: { subtopology: 's', partition: 0 }, stores: [more] })
      const [row] = await task.get('visits', [['a']])
      assert.equal(row?.value, [3, null, 7])
      assert.equal(more.value.split({ user: 'b', views: 1 }), [1, undefined, 7])
      await storage.close()
    }))

  test('a column that somebody added stays, and hinders no write', () =>
    opened(async ({ url, sql }) => {
      assert.is(await migrated(url, visits({})), undefined)
      await sql`alter table visits add column owner text, add column checked boolean not null default false,
        add column seen timestamptz not null default now(), add column strict text not null`
      assert.is(await migrated(url, visits({})), undefined)
      await sql`insert into visits (partition, "user", views, record_timestamp) values (0, 'a', 3, 0)`
      assert.equal(
        [...(await sql`select owner, checked, strict from visits`)],
        [{ owner: null, checked: false, strict: null }],
      )
    }))

  test('what could lose state is refused: a new column without a value, and rows that lack one that must not be null', () =>
    opened(async ({ url, sql }) => {
      assert.is(await migrated(url, visits({ old: text().notNull() })), undefined)
      assert.match(
        (await migrated(url, visits({ at: bigint({ mode: 'bigint' }).notNull() }))) ?? '',
        /has no column 'at'.*give it a default/,
      )
      assert.match((await migrated(url, visits({ old: integer().notNull() }))) ?? '', "column 'old' as text")
      assert.is(await migrated(url, visits({})), undefined)
      // While no row lacks it, it may come back.
      assert.is(await migrated(url, visits({ old: text().notNull() })), undefined)
      assert.is(await migrated(url, visits({})), undefined)
      await sql`insert into visits (partition, "user", views, record_timestamp) values (0, 'a', 3, 0)`
      assert.match(
        (await migrated(url, visits({ old: text().notNull() }))) ?? '',
        /has rows without 'old'.*give the column a default/,
      )
      assert.is(await migrated(url, visits({ old: text().notNull().default('x') })), undefined)
      assert.equal([...(await sql`select old from visits`)], [{ old: 'x' }])
    }))
})
