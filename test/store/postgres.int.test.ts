import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres, { type PendingQuery, type Row, type Sql } from 'postgres'
import * as assert from 'uvu/assert'
import type { TaskDelta } from '../../store/contract.ts'
import { PostgresClient } from '../../store/postgres/client.ts'
import { RequestFailure } from '../../store/postgres/errors.ts'
import { migrate } from '../../store/postgres/migration.ts'
import { postgresStorage } from '../../store/postgres/postgres-storage.ts'
import { readStoreRow, readStoreRows, storeTableName } from '../../store/queries.ts'
import { type ErrorCode, MillraceError } from '../../topology/definition/errors.ts'
import { int64, string } from '../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../topology/definition/stores/key-value.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'
import { waitFor } from '../support/wait-for.ts'
import { someoneWaits } from './someone-waits.ts'

const parts = await realParts({ postgres: true })
const counts = keyValueStore('word-counts', { key: string, value: int64 })
const totals = keyValueStore('totals', { key: string, value: int64 })
/** A store that no table was made for. */
const more = keyValueStore('more', { key: string, value: int64 })
const claim = { application: 'app', task: { subtopology: 'sub', partition: 0 }, stores: [counts, totals] }

/** Both stores move from one offset to the next, with a row each. */
function commit(previous: number | undefined, next: number): TaskDelta {
  const puts = [{ key: ['a'], value: [BigInt(next)], timestamp: next }]
  return {
    stores: [
      { store: 'word-counts', puts, deletes: [] },
      { store: 'totals', puts, deletes: [] },
    ],
    checkpoints: new Map([
      ['word-counts', { previous, next }],
      ['totals', { previous, next }],
    ]),
  }
}

async function codeOf(work: Promise<unknown>): Promise<ErrorCode | undefined> {
  try {
    await work
  } catch (error) {
    assert.instance(error, MillraceError)
    return (error as MillraceError).code
  }
}

/** The answer of work whose requests have so little time that one may be late on a busy machine: asked for again until it comes. */
async function answer<T>(work: () => Promise<T>): Promise<T> {
  let found: { readonly value: T } | undefined
  await waitFor(
    async () => {
      found = await work().then(
        value => ({ value }),
        () => undefined,
      )
      return found !== undefined
    },
    { what: 'it is not answered' },
  )
  return found!.value
}

/** The rows as plain arrays: the driver's own are of a class. */
async function table(query: PendingQuery<Row[]>): Promise<readonly unknown[][]> {
  return (await query.values()).map(row => [...row])
}

async function opened(
  body: (at: { url: string; sql: Sql; storage: ReturnType<typeof postgresStorage> }) => Promise<void>,
) {
  const url = await parts.database()
  const sql = postgres(url, { max: 4, onnotice: () => {} })
  const storage = postgresStorage({ url, clock: systemClock })
  try {
    await storage.migrate('app', [counts, totals])
    await body({ url, sql, storage })
  } finally {
    await storage.close()
    await sql.end({ timeout: 5 })
  }
}

suite('Postgres state storage', test => {
  test('a migration that loses its session, and so its lock, ends: it does not go on beside another', () =>
    opened(async ({ url, sql }) => {
      const options = { url, oneSession: true, clock: systemClock, requestTimeoutMs: 30_000 }
      const client = new PostgresClient(options)
      const sent: string[] = []
      const request: PostgresClient['request'] = async (text, parameters) => {
        sent.push(text)
        const rows = await client.request(text, parameters)
        if (!text.includes('pg_advisory_xact_lock')) return rows
        // It has the lock, and is between two statements.
        // Of this database alone: other files migrate theirs at the same time.
        await sql`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'
          and database = (select oid from pg_database where datname = current_database())`
        // The client learns of it when its socket is closed: a request that it would send meanwhile gets no answer either.
        while ((await client.request('select 1', []).catch(() => [])).length > 0);
        return rows
      }
      const error = await migrate({ request }, { schema: 'public', application: 'app', stores: [more] }).catch(
        error => error,
      )
      assert.instance(error, RequestFailure)
      // The lock, what was lost, and a rollback that finds no session.
      assert.equal(sent.slice(sent.indexOf('begin') + 2), [sent.at(-2), 'rollback'])
      await client.close()
    }))

  test('a migration waits for another one for longer than a request or a lock may take', () =>
    opened(async ({ url, sql }) => {
      const options = { url, oneSession: true, clock: systemClock, requestTimeoutMs: 5_000 }
      const client = new PostgresClient(options)
      const holder = await sql.reserve()
      await holder`select pg_advisory_lock(hashtextextended('millrace:public', 0))`
      const timeouts: (number | undefined)[] = []
      const request: PostgresClient['request'] = (text, parameters, timeoutMs) => {
        if (text.includes('pg_advisory_xact_lock')) timeouts.push(timeoutMs)
        return client.request(text, parameters, timeoutMs)
      }
      const ended = migrate({ request }, { schema: 'public', application: 'app', stores: [more] }).then(
        () => 'migrated',
        error => String(error),
      )
      await someoneWaits(sql)
      const [waiting] = await sql`select query from pg_stat_activity
        where wait_event = 'advisory' and datname = current_database()`
      assert.match(waiting?.query, "set_config('lock_timeout'")
      await holder`select pg_advisory_unlock(hashtextextended('millrace:public', 0))`
      holder.release()
      assert.is(await ended, 'migrated')
      assert.equal(timeouts, [600_000])
      assert.is((await client.request('show lock_timeout', []))[0]?.[0], '10s')
      await client.close()
    }))

  test('an index whose columns changed is made, under a name of its own, however long names are', () =>
    opened(async ({ sql, storage }) => {
      const long = `a${'b'.repeat(62)}`
      const readings = (indexes: readonly (readonly string[])[]) => ({ ...counts, name: long, indexes })
      for (const indexes of [[['value']], [['value', 'key']], [['value', 'key']]])
        await storage.migrate('app', [readings(indexes) as never])
      const rows = await sql`select indexdef from pg_indexes where tablename = ${long} and indexname like '%_index_%'`
      const [server] = await sql`select current_setting('server_version_num')::int >= 180000 as skips`
      const ofKey = server?.skips ? [] : ['(key)']
      assert.equal(rows.map(({ indexdef }) => indexdef.slice(indexdef.lastIndexOf('('))).sort(), [
        ...ofKey,
        '(value)',
        '(value, key)',
      ])
    }))

  test('a start that finds its tables and indexes made waits for nobody who writes to them', () =>
    opened(async ({ sql, storage }) => {
      const store = { ...counts, name: 'kept', indexes: [['value']] as never, retentionMs: 1_000 }
      await storage.migrate('app', [store])
      const writer = await sql.reserve()
      await writer`begin`
      await writer`lock table kept in row exclusive mode`
      const ended = storage.migrate('app', [store]).then(() => 'migrated')
      assert.is(await Promise.race([ended, sleep(8_000, 'it waits')]), 'migrated')
      await writer`commit`
      writer.release()
    }))

  for (const pipelined of [false, true]) {
    test(`a ${pipelined ? 'pipelined ' : ''}client whose proxy loses its database hears of it, does not storm the proxy, and goes on`, async () => {
      const database = new URL(await parts.database())
      let isUp = true
      let callers = 0
      const links = new Set<Socket>()
      const proxy = createServer(near => {
        callers++
        near.on('error', () => {})
        if (!isUp) return void near.resume().end()
        const far = connect(Number(database.port), database.hostname).on('error', () => {})
        near.pipe(far).pipe(near)
        links.add(near).add(far)
      })
      proxy.listen(0, '127.0.0.1')
      await once(proxy, 'listening')
      const url = new URL(database)
      url.port = String((proxy.address() as AddressInfo).port)
      const client = new PostgresClient({
        url: url.href,
        pipelined,
        clock: systemClock,
        requestTimeoutMs: 30_000,
      })
      const ask = () =>
        client.request('select 1', []).then(
          ([row]) => row?.[0],
          () => 'refused',
        )
      assert.equal(await Promise.all([ask(), ask(), ask()]), [1, 1, 1])
      isUp = false
      callers = 0
      for (const link of links) link.destroy()
      const begun = performance.now()
      for (let round = 0; round < 10; round++) assert.equal([await ask(), await ask()], ['refused', 'refused'])
      assert.ok(performance.now() - begun < 20_000)
      assert.ok(callers <= 40, `${callers} callers for 20 requests`)
      isUp = true
      let answer: unknown
      while (answer !== 1) answer = await ask()
      assert.is(await ask(), 1)
      await client.close()
      await new Promise(resolve => proxy.close(resolve))
    })
  }

  test('C5: a zombie that waits for the row behind a claim is refused by the claim it did not see begin', () =>
    opened(async ({ sql, storage }) => {
      const zombie = await storage.claim(claim)
      await zombie.apply(commit(undefined, 1))
      const rival = await sql.reserve()
      await rival`begin`
      await rival`update millrace_checkpoint set epoch = epoch + 1`
      const late = codeOf(zombie.apply(commit(1, 2)))
      await someoneWaits(sql)
      await rival`commit`
      rival.release()
      assert.is(await late, 'FENCED')
      assert.equal(await table(sql`select value from word_counts`), [['1']])
      assert.equal(await table(sql`select distinct changelog_offset from millrace_checkpoint`), [['1']])
    }))

  test('an apply that waits for the row behind a harmless change goes through, whole', () =>
    opened(async ({ sql, storage }) => {
      const task = await storage.claim(claim)
      await task.apply(commit(undefined, 1))
      const other = await sql.reserve()
      await other`begin`
      await other`update millrace_checkpoint set restoring = true`
      const waiting = task.apply(commit(1, 2))
      await someoneWaits(sql)
      await other`commit`
      other.release()
      await waiting
      assert.equal(await table(sql`select value from word_counts union all select value from totals`), [['2'], ['2']])
      assert.equal(await table(sql`select changelog_offset, restoring from millrace_checkpoint`), [
        ['2', true],
        ['2', true],
      ])
    }))

  test('two claims at once get different epochs, each one for all stores', () =>
    opened(async ({ url, storage }) => {
      const rival = postgresStorage({ url, clock: systemClock })
      const tasks = await Promise.all(Array.from({ length: 10 }, (_, n) => (n % 2 ? storage : rival).claim(claim)))
      assert.is(new Set(tasks.map(task => task.epoch)).size, 10)
      tasks.sort((a, b) => b.epoch - a.epoch)
      await tasks[0]!.apply(commit(undefined, 1))
      for (const task of tasks.slice(1)) assert.is(await codeOf(task.apply(commit(1, 2))), 'FENCED')
      await rival.close()
    }))

  test('backends killed in the middle of applies: nothing torn, nothing lost, no verdict made up', () =>
    opened(async ({ sql, storage }) => {
      let killing = true
      let applied = 0
      const killer = (async () => {
        while (killing) {
          // One kill for each apply that succeeds, however slow the machine is.
          const before = applied
          await sql`select pg_terminate_backend(pid) from pg_stat_activity
            where application_name = 'millrace' and datname = current_database()`
          do await new Promise(resolve => setTimeout(resolve, 20))
          while (killing && applied === before)
        }
      })()
      const outcomes = new Map<string, number>()
      const claimed = async () => {
        for (;;) {
          try {
            return await storage.claim(claim)
          } catch (error) {
            assert.ok(['STORE_UNAVAILABLE', 'COMMIT_UNKNOWN'].includes((error as MillraceError).code), String(error))
          }
        }
      }
      let task = await claimed()
      let offset: number | undefined
      for (let round = 1; round <= 300; round++) {
        const code = await codeOf(task.apply(commit(offset, round)))
        outcomes.set(code ?? 'applied', (outcomes.get(code ?? 'applied') ?? 0) + 1)
        if (code === undefined) {
          offset = round
          applied++
        }
        if (code === undefined || code === 'STORE_UNAVAILABLE') continue
        assert.is(code, 'COMMIT_UNKNOWN')
        task = await claimed()
        const found = task.checkpoints.get('word-counts')?.offset
        assert.ok(found === offset || found === round, `offset ${found} after ${offset} and an unknown ${round}`)
        assert.is(task.checkpoints.get('totals')?.offset, found)
        offset = found
      }
      killing = false
      await killer
      const rows = await sql`select value from word_counts union all select value from totals`
      assert.equal(
        rows.map(({ value }) => Number(value)),
        [offset, offset],
      )
      assert.ok((outcomes.get('COMMIT_UNKNOWN') ?? 0) > 0, 'no kill hit an apply')
      assert.ok(applied > 100, JSON.stringify([...outcomes]))
    }))

  test('backends killed in the middle of loads: all rows of a load or none, and the checkpoint says which', () =>
    opened(async ({ sql, storage }) => {
      let killing = true
      const killer = (async () => {
        while (killing) {
          await sql`select pg_terminate_backend(pid) from pg_stat_activity
            where application_name = 'millrace' and datname = current_database()`
          await new Promise(resolve => setTimeout(resolve, 100))
        }
      })()
      const claimed = async () => {
        for (;;) {
          try {
            return await storage.claim(claim)
          } catch (error) {
            assert.ok(['STORE_UNAVAILABLE', 'COMMIT_UNKNOWN'].includes((error as MillraceError).code), String(error))
          }
        }
      }
      let task = await claimed()
      let offset: number | undefined
      let loads = 0
      for (let round = 1; round <= 20; round++) {
        const puts = Array.from({ length: 2_000 }, (_, n) => ({ key: [`${round}-${n}`], value: [1n], timestamp: 0 }))
        const move = { previous: offset, next: round }
        const loaded = await task.load({ store: 'word-counts', puts, deletes: [] }, move).catch(() => false)
        if (!loaded) task = await claimed()
        const found = loaded ? round : task.checkpoints.get('word-counts')?.offset
        assert.ok(found === offset || found === round, `offset ${found} after ${offset} and an unknown ${round}`)
        if (found === round) loads++
        offset = found
      }
      killing = false
      await killer
      const [row] = await sql`select count(*)::int as n from word_counts`
      assert.is(row?.n, loads * 2_000)
    }))

  test('a server that is away is STORE_UNAVAILABLE', async () => {
    const storage = postgresStorage({ url: 'postgres://nobody@127.0.0.1:1/none', clock: systemClock })
    assert.is(await codeOf(storage.migrate('app', [counts])), 'STORE_UNAVAILABLE')
    assert.is(await codeOf(storage.claim(claim)), 'STORE_UNAVAILABLE')
    await storage.close()
  })

  test('a request without an answer ends in time: unknown for a write, unavailable for a read', () =>
    opened(async ({ url, sql, storage }) => {
      const hasty = postgresStorage({ url, clock: systemClock, requestTimeoutMs: 1_500 })
      const task = await storage.claim(claim)
      await task.release()
      const claimed = () => answer(() => hasty.claim(claim))
      const slow = await claimed()
      const blocker = await sql.reserve()
      await blocker`begin`
      await blocker`lock table word_counts in access exclusive mode`
      assert.is(await codeOf(slow.apply(commit(undefined, 1))), 'COMMIT_UNKNOWN')
      assert.is(await codeOf(slow.get('word-counts', [['a']])), 'STORE_UNAVAILABLE')
      await blocker`rollback`
      blocker.release()
      const again = await claimed()
      assert.equal(await answer(() => again.get('word-counts', [['b']])), [undefined])
      await hasty.close()
    }))

  test('a dropped table moves the store; the next claim makes it again, empty, without a checkpoint', () =>
    opened(async ({ sql, storage }) => {
      const task = await storage.claim(claim)
      await task.apply(commit(undefined, 1))
      await sql`drop table word_counts`
      assert.is(await codeOf(task.get('word-counts', [['a']])), 'STORE_MOVED')
      assert.is(await codeOf(task.apply(commit(1, 2))), 'STORE_MOVED')
      const next = await storage.claim(claim)
      assert.is(next.checkpoints.get('word-counts')?.offset, undefined)
      assert.is(next.checkpoints.get('totals')?.offset, 1)
      await sql`drop schema public cascade`
      assert.is(await codeOf(next.apply(commit(1, 2))), 'STORE_MOVED')
      const last = await storage.claim(claim)
      assert.is(last.checkpoints.get('totals')?.offset, undefined)
      await last.apply(commit(undefined, 3))
    }))

  test('a table of another shape is refused, and the message names the column', () =>
    opened(async ({ sql, storage }) => {
      const message = async () => {
        try {
          await storage.migrate('app', [counts])
        } catch (error) {
          return (error as Error).message
        }
      }
      assert.is(await message(), undefined)
      await sql`alter table word_counts alter column value type numeric`
      assert.match((await message()) ?? '', "column 'value' as numeric not null where bigint not null is asked for")
      await sql`alter table word_counts alter column value type bigint`
      await sql`alter table word_counts drop constraint word_counts_pkey`
      await sql`alter table word_counts add primary key (key, partition)`
      assert.match((await message()) ?? '', 'the primary key (key, partition) where (partition, key) is asked for')
    }))

  test('workers that migrate at once do not meet', () =>
    opened(async ({ url }) => {
      const rivals = Array.from({ length: 4 }, () => postgresStorage({ url, schema: 'fresh', clock: systemClock }))
      await Promise.all(rivals.map(rival => rival.migrate('app', [counts, totals])))
      const task = await rivals[0]!.claim(claim)
      assert.ok(task.epoch > 0)
      await Promise.all(rivals.map(rival => rival.close()))
    }))

  test('readers see a row with the checkpoint it belongs to, and the restoring mark', () =>
    opened(async ({ sql, storage }) => {
      const [first, second] = [
        await storage.claim(claim),
        await storage.claim({ ...claim, task: { subtopology: 'sub', partition: 1 } }),
      ]
      await first.apply(commit(undefined, 5))
      await second.markRestoring(true)
      const where = { application: 'app', definition: counts }
      const reading = await readStoreRow(sql, where, 'a')
      assert.equal(reading.found, { partition: 0, row: { key: ['a'], value: [5n], timestamp: 5 } })
      assert.equal(
        reading.partitions.map(({ partition, offset, restoring }) => [partition, offset, restoring]),
        [
          [0, 5, false],
          [1, undefined, true],
        ],
      )
      assert.is((await readStoreRow(sql, where, 'none')).found, undefined)
      assert.is(storeTableName(counts), 'word_counts')
      assert.equal(await readStoreRows(sql, where, 10), [{ key: ['a'], value: [5n], timestamp: 5 }])
    }))

  test('gets and scans go by the primary key however small the table was at first', () =>
    opened(async ({ sql, storage }) => {
      const task = await storage.claim(claim)
      const puts = Array.from({ length: 50_000 }, (_, n) => ({ key: [`k${n}`], value: [1n], timestamp: 0 }))
      await task.apply({
        stores: [{ store: 'word-counts', puts: puts.slice(0, 3), deletes: [] }],
        checkpoints: new Map(),
      })
      // Plans are made now, when a scan of the one page would be cheapest.
      await sql`analyze word_counts`
      await task.get('word-counts', [['a']])
      await task.apply({ stores: [{ store: 'word-counts', puts, deletes: [] }], checkpoints: new Map() })
      await sql`select pg_stat_force_next_flush()`
      const before = await seqScans(sql)
      for (let n = 0; n < 20; n++) {
        await task.get('word-counts', [[`k${n}`], ['none']])
        await task.scan('word-counts', { from: [`k${n}`], to: [`k${n}`], limit: 5 })
        await task.apply({ stores: [{ store: 'word-counts', puts: [], deletes: [['none']] }], checkpoints: new Map() })
      }
      await storage.close()
      assert.is(await seqScans(sql), before)
    }))
})

/** Sequential scans of the store's table so far; counts of sessions that have ended are exact. */
async function seqScans(sql: Sql): Promise<number> {
  const [row] = await sql`select seq_scan::int as n from pg_stat_user_tables where relname = 'word_counts'`
  return row?.n ?? 0
}
