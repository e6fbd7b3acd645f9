import postgres, { type Sql } from 'postgres'
import * as assert from 'uvu/assert'
import { PostgresClient } from '../../store/postgres/client.ts'
import type { RequestFailure } from '../../store/postgres/errors.ts'
import { postgresStorage } from '../../store/postgres/postgres-storage.ts'
import type { MillraceError } from '../../topology/definition/errors.ts'
import { int64, string } from '../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../topology/definition/stores/key-value.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { TcpProxy } from '../lab/chaos/proxy/tcp-proxy.ts'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'

const { database } = await realParts({ postgres: true })
const counts = keyValueStore('counts', { key: string, value: int64 })
const claim = { application: 'app', task: { subtopology: 'sub', partition: 0 }, stores: [counts] }

/** One commit of a row. */
function commit(previous: number | undefined, next: number) {
  const puts = [{ key: ['a'], value: [BigInt(next)], timestamp: next }]
  return { stores: [{ store: 'counts', puts, deletes: [] }], checkpoints: new Map([['counts', { previous, next }]]) }
}

/** A task's storage behind a proxy, whose connections have all been used, and a connection that does not go through it. */
async function opened(
  body: (at: { storage: ReturnType<typeof postgresStorage>; proxy: TcpProxy; sql: Sql; url: string }) => Promise<void>,
) {
  const direct = await database()
  const proxy = await TcpProxy.listen({
    replyLoss: () => ({ onRequestBytes() {}, onReplyBytes: bytes => ({ bytes, cut: false }) }),
  })
  proxy.forwardTo(Number(new URL(direct).port))
  const url = new URL(direct)
  url.port = String(proxy.port)
  const sql = postgres(direct, { max: 2, onnotice: () => {} })
  const storage = postgresStorage({ url: url.href, clock: systemClock })
  try {
    await storage.migrate('app', [counts])
    await body({ storage, proxy, sql, url: url.href })
  } finally {
    await storage.close()
    await sql.end({ timeout: 5 })
    await proxy.close()
  }
}

const terminate = (sql: Sql) => sql`select pg_terminate_backend(pid) from pg_stat_activity
  where application_name like 'millrace%' and datname = current_database()`

/** An answer took 60 s before: 30 of a write and 30 of a read. The promise is about 5; a busy machine gets twice that. */
const longestMs = 12_000

suite('Postgres falls silent', test => {
  for (const [name, silence] of [
    ['for four seconds', 4_000],
    ['on the connections that are open, for good', 0],
  ] as const)
    test(`${name}: a write and a read go on after about five seconds, not sixty`, () =>
      opened(async ({ storage, proxy, sql }) => {
        let task = await storage.claim(claim)
        await task.apply(commit(undefined, 1))
        for (let n = 0; n < 4; n++) await task.get('counts', [['a']])
        // The machine itself may stand still for a while: the shortest of three silences counts.
        let shortest = Number.POSITIVE_INFINITY
        for (let attempt = 0; attempt < 3 && shortest >= longestMs; attempt++) {
          if (attempt > 0) task = await storage.claim(claim)
          const begun = performance.now()
          proxy.forget()
          if (silence > 0) {
            proxy.blackHole()
            setTimeout(() => proxy.clear(), silence)
          }
          await terminate(sql)
          const codes: string[] = []
          const rows = []
          while (rows.length === 0 && performance.now() - begun < 70_000)
            try {
              if (codes.length > 0) task = await storage.claim(claim)
              const known = task.checkpoints.get('counts')?.offset ?? 1
              await task.apply(commit(known, known + 1))
              rows.push(...(await task.get('counts', [['a']])))
            } catch (error) {
              codes.push((error as MillraceError).code)
            }
          const took = performance.now() - begun
          console.log(`  silence of ${silence} ms: went on after ${Math.round(took)} ms, errors ${codes.join(' ')}`)
          shortest = Math.min(shortest, took)
          assert.is(rows.length, 1)
          assert.ok(
            codes.length > 0 && codes.every(code => ['COMMIT_UNKNOWN', 'STORE_UNAVAILABLE'].includes(code)),
            codes.join(),
          )
        }
        assert.ok(shortest < longestMs, `it took ${shortest} ms`)
      }))

  test('a request that works, or waits for a lock, is left alone', () =>
    opened(async ({ sql, url }) => {
      const client = new PostgresClient({ url, clock: systemClock, requestTimeoutMs: 30_000 })
      const blocker = await sql.reserve()
      await blocker`begin`
      await blocker`lock table counts in access exclusive mode`
      const waiting = client.request('select count(*)::int from counts', [])
      await blocker`select pg_sleep(6)`
      await blocker`commit`
      blocker.release()
      assert.is((await waiting)[0]?.[0], 0)
      await client.close()
    }))

  test('the error says that a second connection was silent, too', () =>
    opened(async ({ url, proxy }) => {
      const client = new PostgresClient({ url, clock: systemClock, requestTimeoutMs: 30_000 })
      await client.request('select 1', [])
      proxy.blackHole()
      const error = (await client.request('select 1', []).catch(error => error)) as RequestFailure
      assert.is(error.failure.kind, 'unanswered')
      assert.match(error.message, 'no answer, and a second connection got none either')
      await client.close()
    }))
})
