import postgres, { type Sql } from 'postgres'
import * as assert from 'uvu/assert'
import { Outbox } from '../../../store/outbox/outbox.ts'
import { addIndex } from '../../../store/postgres/where-missing.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'

const { database } = await realParts({ postgres: true })

/** A database of its own, and a session beside the outbox's. */
async function opened(body: (url: string, sql: Sql) => Promise<void>): Promise<void> {
  const url = await database()
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await body(url, sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** The table of the rows that an application puts with its entries. */
const tables = [
  'create table if not exists public.posted_words (word text primary key, event_id text not null)',
  addIndex('public', 'posted_words', 'posted_words_event', '(event_id)', 'unique'),
]

/** Starts an outbox with an application's table, as a gateway does, and ends it. */
async function start(url: string): Promise<void> {
  const outbox = new Outbox({ url, schema: 'public', clock: systemClock, tables })
  try {
    await outbox.status()
  } finally {
    await outbox.close()
  }
}

suite('outbox tables', test => {
  test('where they are there, a start waits for no transaction that reads or writes them', () =>
    opened(async (url, sql) => {
      await start(url)
      // A dump (access share) and a writer (row exclusive) hold these locks until they end.
      await sql`begin`
      await sql`lock table millrace_outbox, posted_words in access share mode`
      await sql`lock table millrace_outbox, posted_words in row exclusive mode`
      await start(url)
      const held = await sql`
        select mode from pg_locks
         where relation = 'millrace_outbox'::regclass and pid = pg_backend_pid() and granted order by mode`.values()
      assert.equal([...held], [['AccessShareLock'], ['RowExclusiveLock']], 'they were held all the while')
      await sql`commit`
    }))

  test('indexes that were dropped are made again', () =>
    opened(async (url, sql) => {
      const made = () =>
        sql`
        select column_name as name from information_schema.columns where table_name = 'millrace_outbox'
        union all
        select indexname from pg_indexes where tablename in ('millrace_outbox', 'posted_words') order by name`.values()
      await start(url)
      const whole = await made()
      await sql`drop index millrace_outbox_pending, millrace_outbox_published, posted_words_event`
      assert.is((await made()).length, whole.length - 3)
      await start(url)
      assert.equal([...(await made())], [...whole])
    }))

  test('a statement that is refused leaves no lock to its session', () =>
    opened(async (url, sql) => {
      await sql`create table divisor (n int)`
      const tables = ['select 1 / (select count(*) from divisor)']
      const outbox = new Outbox({ url, schema: 'public', clock: systemClock, tables })
      assert.match(String(await outbox.status().catch(error => error)), 'division by zero')
      await sql`insert into divisor values (1)`
      assert.is((await outbox.status()).pending, 0)
      await start(url)
      await outbox.close()
    }))
})
