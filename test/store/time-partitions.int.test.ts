import { text } from 'drizzle-orm/pg-core'
import postgres, { type Sql } from 'postgres'
import * as assert from 'uvu/assert'
import { json } from '../../schemas/json.ts'
import { postgresStorage } from '../../store/postgres/postgres-storage.ts'
import { bigint, timestamp } from '../../store/table-columns.ts'
import { tableStore } from '../../store/table-store.ts'
import type { MillraceError } from '../../topology/definition/errors.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'
import { someoneWaits } from './someone-waits.ts'

interface Reading {
  readonly sensor: string
  readonly at: number
  readonly version: bigint
}

const columns = () => ({ sensor: text().notNull(), at: timestamp().notNull(), version: bigint().notNull() })
const key = ['sensor', 'at'] as const
const value = json<Reading>()
/** The same table before and after it was told to be split. */
const plain = tableStore('sensor-readings', columns(), { key, value })
const readings = tableStore('sensor-readings', columns(), {
  key,
  value,
  partitionBy: { field: 'at', every: 'month' },
  indexes: [['sensor', 'version']],
})

const { database } = await realParts({ postgres: true })
const claimOf = (store: typeof readings) => ({
  application: 'app',
  task: { subtopology: 'sub', partition: 0 },
  stores: [store],
})

/** One commit: a row a time, and the checkpoint. */
function commit(previous: number | undefined, next: number, ...times: readonly string[]) {
  const puts = times.map(time => ({ key: ['s', Date.parse(time)], value: [BigInt(next)], timestamp: next }))
  return {
    stores: [{ store: 'sensor-readings', puts, deletes: [] }],
    checkpoints: new Map([['sensor-readings', { previous, next }]]),
  }
}

async function opened(
  body: (at: { url: string; sql: Sql; open: () => ReturnType<typeof postgresStorage> }) => Promise<void>,
) {
  const url = await database()
  const sql = postgres(url, { max: 2, onnotice: () => {} })
  const storages: ReturnType<typeof postgresStorage>[] = []
  const open = () => {
    const storage = postgresStorage({ url, clock: systemClock })
    storages.push(storage)
    return storage
  }
  try {
    await body({ url, sql, open })
  } finally {
    for (const storage of storages) await storage.close()
    await sql.end({ timeout: 5 })
  }
}

/** Names of the table's partitions, with how many rows each has. */
async function partitions(sql: Sql): Promise<Record<string, number>> {
  const rows = await sql`select tableoid::regclass::text as name, count(*)::int as n from sensor_readings group by 1`
  const names = await sql`select inhrelid::regclass::text as name from pg_inherits
    where inhparent = to_regclass('sensor_readings') order by 1`
  return Object.fromEntries(names.map(({ name }) => [name, rows.find(row => row.name === name)?.n ?? 0]))
}

suite('tables that are split by time', test => {
  test('a commit makes the partitions that its rows need, moves its checkpoint once, and its rows are read as ever', () =>
    opened(async ({ sql, open }) => {
      const storage = open()
      await storage.migrate('app', [readings])
      const task = await storage.claim(claimOf(readings))
      // The last moment of a month in UTC, the first of the next, and one ten years before.
      await task.apply(commit(undefined, 1, '2010-03-31T23:59:59.999Z', '2010-04-01T00:00:00.000Z'))
      await task.apply(commit(1, 2, '2000-02-29T12:00:00.000Z', '2010-04-02T00:00:00.000Z'))
      assert.equal(await partitions(sql), {
        sensor_readings_2000_02: 1,
        sensor_readings_2010_03: 1,
        sensor_readings_2010_04: 2,
      })
      const at = Date.parse('2010-04-01T00:00:00.000Z')
      const [row, none] = await task.get('sensor-readings', [
        ['s', at],
        ['s', Date.parse('1999-01-01')],
      ])
      assert.equal([row?.value, none], [[1n], undefined])
      const found = await task.scan('sensor-readings', { from: ['s'], to: ['s'], reverse: true, limit: 3 })
      assert.equal(
        found.map(one => new Date(one.key[1] as number).toISOString().slice(0, 10)),
        ['2010-04-02', '2010-04-01', '2010-03-31'],
      )
      // The same row again is the same row.
      await task.apply(commit(2, 3, '2010-04-01T00:00:00.000Z'))
      assert.is((await partitions(sql)).sensor_readings_2010_04, 2)
    }))

  test('C5: a commit that is refused makes at most an empty partition', () =>
    opened(async ({ sql, open }) => {
      const storage = open()
      await storage.migrate('app', [readings])
      const zombie = await storage.claim(claimOf(readings))
      await storage.claim(claimOf(readings))
      const refused = await zombie.apply(commit(undefined, 1, '2010-03-01T00:00:00Z')).then(
        () => undefined,
        (error: MillraceError) => error.code,
      )
      assert.is(refused, 'FENCED')
      assert.equal((await sql`select * from sensor_readings`).length, 0)
    }))

  test('workers that need the same partition at once do not meet', () =>
    opened(async ({ sql, open }) => {
      await open().migrate('app', [readings])
      const tasks = await Promise.all(
        Array.from({ length: 4 }, (_, partition) =>
          open().claim({ ...claimOf(readings), task: { subtopology: 'sub', partition } }),
        ),
      )
      for (let month = 1; month <= 9; month++)
        await Promise.all(
          tasks.map(task =>
            task.apply(commit(month === 1 ? undefined : month - 1, month, `2010-0${month}-10T00:00:00Z`)),
          ),
        )
      assert.equal(Object.values(await partitions(sql)), Array(9).fill(4))
    }))

  test('a plain table of an earlier version is split with its rows and its checkpoint, and goes on', () =>
    opened(async ({ sql, open }) => {
      const before = open()
      await before.migrate('app', [plain])
      const old = await before.claim(claimOf(plain as never))
      await old.apply(commit(undefined, 7, '2010-03-01T00:00:00Z', '2010-05-01T00:00:00Z'))
      const after = open()
      await after.migrate('app', [readings])
      await after.migrate('app', [readings])
      assert.equal(await partitions(sql), { sensor_readings_2010_03: 1, sensor_readings_2010_05: 1 })
      const task = await after.claim(claimOf(readings))
      assert.is(task.checkpoints.get('sensor-readings')?.offset, 7)
      await task.apply(commit(7, 8, '2010-05-02T00:00:00Z', '2010-06-02T00:00:00Z'))
      assert.is((await task.scan('sensor-readings', {})).length, 4)
      assert.is((await sql`select to_regclass('sensor_readings_plain') as it`)[0]?.it, null)
    }))

  test('a partition that was dropped is made again; a table that was dropped is restored from nothing', () =>
    opened(async ({ sql, open }) => {
      const storage = open()
      await storage.migrate('app', [readings])
      const task = await storage.claim(claimOf(readings))
      await task.apply(commit(undefined, 1, '2010-03-01T00:00:00Z'))
      await sql`drop table sensor_readings_2010_03`
      await task.apply(commit(1, 2, '2010-03-02T00:00:00Z'))
      assert.equal(await partitions(sql), { sensor_readings_2010_03: 1 })
      await sql`drop table sensor_readings`
      const moved = await task.apply(commit(2, 3, '2010-03-03T00:00:00Z')).then(
        () => undefined,
        (error: MillraceError) => error.code,
      )
      assert.is(moved, 'STORE_MOVED')
      const next = await storage.claim(claimOf(readings))
      assert.is(next.checkpoints.get('sensor-readings')?.offset, undefined)
      await next.apply(commit(undefined, 3, '2010-03-01T00:00:00Z', '2010-03-02T00:00:00Z', '2010-03-03T00:00:00Z'))
      await next.wipe('sensor-readings')
      assert.equal(await partitions(sql), { sensor_readings_2010_03: 0 })
    }))

  test('a partition that was detached and that a late row needs is named, with what to do; done, the row goes through', () =>
    opened(async ({ sql, open }) => {
      const storage = open()
      await storage.migrate('app', [readings])
      const task = await storage.claim(claimOf(readings))
      await task.apply(commit(undefined, 1, '2010-03-05T00:00:00Z'))
      await sql`alter table sensor_readings detach partition sensor_readings_2010_03`
      const late = () => task.apply(commit(1, 2, '2010-04-01T00:00:00Z', '2010-03-06T00:00:00Z'))
      const refused = await late().then(
        () => undefined,
        (error: MillraceError) => error,
      )
      assert.is(refused?.code, 'APPLY_REFUSED')
      assert.match(
        refused?.message ?? '',
        /table public\.sensor_readings_2010_03 is no partition .*: attach it, or rename it/,
      )
      await sql`alter table sensor_readings_2010_03 rename to archived`
      await late()
      assert.equal(await partitions(sql), { sensor_readings_2010_03: 1, sensor_readings_2010_04: 1 })
    }))

  test('an apply makes many partitions, each in a transaction of its own: their locks do not add up', () =>
    opened(async ({ sql, open }) => {
      const storage = open()
      await storage.migrate('app', [readings])
      const task = await storage.claim(claimOf(readings))
      const months = Array.from({ length: 40 }, (_, month) => new Date(Date.UTC(2000, month)).toISOString())
      await task.apply(commit(undefined, 1, ...months))
      const [made] = await sql`select count(*)::int as tables, count(distinct c.xmin::text)::int as transactions
        from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = to_regclass('sensor_readings')`
      assert.equal({ ...made }, { tables: 40, transactions: 40 })
    }))

  test('an apply without deletes locks no partition that its rows do not go to; one with deletes deletes', () =>
    opened(async ({ sql, open }) => {
      const storage = open()
      await storage.migrate('app', [readings])
      const task = await storage.claim(claimOf(readings))
      await task.apply(commit(undefined, 1, '2010-03-05T00:00:00Z', '2010-04-05T00:00:00Z'))
      // It waits for the checkpoint's row, and so has every lock that its plan asks for.
      const blocker = await sql.reserve()
      await blocker`begin`
      await blocker`select * from millrace_checkpoint for update`
      const waiting = task.apply(commit(1, 2, '2010-04-06T00:00:00Z'))
      const locked = async () =>
        (
          await sql`select relation::regclass::text as name from pg_locks
            where locktype = 'relation' and relation::regclass::text ~ '^sensor_readings_2010_'
              and database = (select oid from pg_database where datname = current_database())`
        ).map(({ name }) => name)
      await someoneWaits(sql)
      const names = await locked()
      await blocker`commit`
      blocker.release()
      await waiting
      assert.equal(names, [])
      const { checkpoints, stores } = commit(2, 3, '2010-05-01T00:00:00Z')
      const deletes = [['s', Date.parse('2010-04-05T00:00:00Z')]]
      await task.apply({ checkpoints, stores: [{ ...stores[0]!, deletes }] })
      await task.apply(commit(3, 4, '2010-05-02T00:00:00Z'))
      assert.equal(await partitions(sql), {
        sensor_readings_2010_03: 1,
        sensor_readings_2010_04: 1,
        sensor_readings_2010_05: 2,
      })
    }))

  test('key and indexes are those of every partition: an ordered page is read from them, without a sort', () =>
    opened(async ({ sql, open }) => {
      const storage = open()
      await storage.migrate('app', [readings])
      const task = await storage.claim(claimOf(readings))
      await task.apply(commit(undefined, 1, '2010-03-01T00:00:00Z', '2010-04-01T00:00:00Z', '2010-05-01T00:00:00Z'))
      const plan = async (query: string) => {
        // With three rows anything is cheap: the question is whether the index can give the order.
        await sql.unsafe('set enable_seqscan = off; set enable_bitmapscan = off; set enable_sort = off')
        return (await sql.unsafe(`explain (costs off) ${query}`)).map(row => row['QUERY PLAN']).join('\n')
      }
      const where = "from sensor_readings where partition = 0 and sensor = 's'"
      const byTime = await plan(`select * ${where} order by at limit 10`)
      assert.match(byTime, /Append\n.*Index Scan using sensor_readings_2010_03_pkey/)
      assert.not.match(byTime, 'Sort')
      const ofReader = "from sensor_readings where sensor = 's'"
      const byVersion = await plan(`select * ${ofReader} and version > 0 order by version limit 10`)
      assert.match(
        byVersion,
        /Merge Append\n.*Sort Key: .*version\n.*Index Scan using sensor_readings_2010_03_sensor_version_idx/,
      )
      const one = await plan(`select * ${where} and at = '2010-04-01T00:00:00Z'`)
      assert.match(one, 'sensor_readings_2010_04')
      assert.not.match(one, /2010_0[35]/)
    }))

  test('with TimescaleDB the table is made a plain one and handed to create_hypertable, once and with its rows', () =>
    opened(async ({ sql, open }) => {
      // TimescaleDB itself is not among the parts of this test: a stand-in of its catalogue entry and its two functions.
      await sql.unsafe(`
        create schema stand_in;
        create table stand_in.calls (relation text, dimension text, options text);
        create function stand_in.by_range(column_name name, partition_interval interval) returns text language sql
          as $$ select column_name || ' by ' || partition_interval $$;
        create function stand_in.create_hypertable(relation regclass, dimension text, create_default_indexes boolean,
          if_not_exists boolean, migrate_data boolean) returns void language sql
          as $$ insert into stand_in.calls values (relation::text, dimension,
            format('default indexes %s, if not exists %s, with rows %s', create_default_indexes, if_not_exists, migrate_data)) $$;
        insert into pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
          values (999999, 'timescaledb', 10, 'stand_in'::regnamespace, false, '2.23.0')`)
      const storage = open()
      await storage.migrate('app', [readings])
      const calls = await sql`select * from stand_in.calls`.values()
      assert.equal(
        calls.map(row => [...row]),
        [['sensor_readings', 'at by 1 mon', 'default indexes f, if not exists t, with rows t']],
      )
      // It stays a plain table to the stand-in, and every statement takes it as it is.
      const task = await storage.claim(claimOf(readings))
      await task.apply(commit(undefined, 1, '2010-03-01T00:00:00Z'))
      assert.is((await task.scan('sensor-readings', {})).length, 1)
    }))
})
