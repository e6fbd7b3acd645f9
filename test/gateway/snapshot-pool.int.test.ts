import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { type Snapshot, SnapshotPool } from '../../gateway/reads/snapshot-pool.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'

const parts = await realParts({ postgres: true })

/** A way to the database that a test can hang up. */
async function hangable(url: string) {
  const target = new URL(url)
  const database = { host: target.hostname, port: Number(target.port) }
  const open: Socket[] = []
  const relay = createServer({ allowHalfOpen: true }, near => {
    const far = connect(database)
    near.pipe(far, { end: false })
    far.pipe(near, { end: false })
    for (const socket of [near, far]) socket.on('error', () => {})
    near.on('close', () => far.destroy())
    open.push(near)
  })
  relay.listen(0, '127.0.0.1')
  await once(relay, 'listening')
  target.hostname = '127.0.0.1'
  target.port = String((relay.address() as AddressInfo).port)
  return {
    url: target.href,
    open,
    /** Resolves when the other side has closed its end too: it has heard. */
    async hangUp(socket: Socket) {
      const heard = once(socket, 'end')
      socket.end()
      await heard
      await turn()
    },
    async close() {
      for (const socket of open) socket.destroy()
      relay.close()
      await once(relay, 'close')
    },
  }
}

const backend = async ({ sql }: Snapshot) => Number((await sql`select pg_backend_pid() as pid`)[0]?.pid)

suite('snapshot pool', test => {
  test('a proxy whose database is down is told apart at once from a slow one', async () => {
    const proxy = createServer(socket => socket.resume().end())
    proxy.listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    let callers = 0
    proxy.on('connection', () => callers++)
    const url = `postgres://127.0.0.1:${(proxy.address() as AddressInfo).port}/app`
    const pool = new SnapshotPool({ url, schema: 'public', clock: systemClock, connections: 2, budgetMs: 20_000 })
    const error = await pool.read(backend).catch(error => error)
    assert.is(error.code, 'STORE_UNAVAILABLE')
    assert.is(callers, 1)
    await pool.close()
    await new Promise(resolve => proxy.close(resolve))
  })

  test('whatever keeps it from the database is an outage; a fault of our own is none', async () => {
    const url = await parts.database()
    const pool = new SnapshotPool({ url, schema: 'public', clock: systemClock, connections: 1, budgetMs: 20_000 })
    const said = (code: string) =>
      pool.read(() => Promise.reject(Object.assign(new Error(), { code }))).catch(error => error.code)
    for (const code of ['ETIMEDOUT', 'EHOSTUNREACH', 'ECONNREFUSED', 'EPIPE', 'EAI_AGAIN'])
      assert.is(await said(code), 'STORE_UNAVAILABLE', code)
    assert.is(await said('DEPTH_ZERO_SELF_SIGNED_CERT'), 'CONFIG_INVALID', 'waiting cures no certificate')
    for (const code of ['ERR_INVALID_ARG_TYPE', '42703', '']) assert.is(await said(code), code)
    await pool.close()
  })

  test('a connection that died while it was idle is thrown away: the next read does not meet it', async () => {
    const way = await hangable(await parts.database())
    const pool = new SnapshotPool({
      url: way.url,
      schema: 'public',
      clock: systemClock,
      connections: 2,
      budgetMs: 20_000,
    })
    const first = await pool.read(backend)
    assert.is(await pool.read(backend), first, 'the idle connection is used again')
    await way.hangUp(way.open[0]!)
    assert.is.not(await pool.read(backend), first)
    assert.is(way.open.length, 2)

    // two at once, both idle afterwards; the one that would be taken next dies
    await Promise.all([pool.read(backend), pool.read(backend)])
    const opened = way.open.length
    await Promise.all(way.open.slice(1).map(socket => way.hangUp(socket)))
    assert.ok((await pool.read(backend)) > 0)
    assert.is(way.open.length, opened + 1)
    await pool.close()
    await way.close()
  })
})
