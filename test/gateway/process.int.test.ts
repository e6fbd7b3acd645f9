import postgres from 'postgres'
import * as assert from 'uvu/assert'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'
import { waitFor } from '../support/wait-for.ts'
import { WorkerProcess } from '../support/worker-process.ts'
import { rawConnection } from './support/raw-request.ts'

const { database } = await realParts({ postgres: true })

suite('the process of a gateway', test => {
  let gateway: WorkerProcess
  let url: URL
  let admin: postgres.Sql
  /** The name of the database that the gateway uses. */
  let name: string

  test.before(async () => {
    url = new URL(await database())
    name = url.pathname.slice(1)
    admin = postgres(new URL('/postgres', url).href, { max: 1, onnotice: () => {} })
    gateway = await WorkerProcess.start({
      command: 'gateway',
      args: ['--linger=5000'],
      env: { DATABASE_URL: url.href },
    })
    await gateway.ready()
  })
  test.after(async () => {
    if (gateway.running) await gateway.end('SIGKILL')
    await admin.end()
  })

  const feed = async (instrumentId: string) =>
    fetch(`http://127.0.0.1:${gateway.port}/v1/prices`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: price(instrumentId),
    })
  const pending = async () => {
    const answer = await gateway.get('v1/outbox')
    return answer?.status === 200 ? JSON.parse(answer.body).pending : undefined
  }
  const untilPending = (count: number) =>
    waitFor(async () => (await pending()) === count, {
      what: `not ${count} entries wait`,
      said: () => gateway.stderr,
    })

  /** Takes the database away, under a name of its own or for good. */
  const takeAway = async (kept?: string) => {
    await admin.unsafe(`alter database "${name}" allow_connections false`)
    await admin`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`
    await waitFor(async () => (await admin`select 1 from pg_stat_activity where datname = ${name}`).length === 0, {
      what: 'the database is still in use',
    })
    for (const path of ['readyz', 'v1/outbox', 'v1/portfolios', 'v1/stores/positions?key=p&key=k']) {
      const answer = await gateway.get(path)
      assert.equal([path, answer?.status, JSON.parse(answer?.body ?? '{}').type], [path, 503, '/problems/unavailable'])
    }
    assert.is((await gateway.get('healthz'))?.status, 200, 'it lives: nobody should start it again')
    await admin.unsafe(
      kept === undefined ? `drop database "${name}" with (force)` : `alter database "${name}" rename to "${kept}"`,
    )
    assert.is((await gateway.get('readyz'))?.status, 503)
  }

  test('a database that is lost, comes back empty, and is restored: 503 meanwhile, and it goes on by itself', async () => {
    assert.is((await feed('FIRST')).status, 202)
    await untilPending(1)
    const kept = `${name}_kept`
    await takeAway(kept)
    assert.is((await feed('LOST')).status, 503)

    await admin.unsafe(`create database "${name}"`)
    await gateway.ready()
    for (const instrumentId of ['SECOND', 'THIRD']) assert.is((await feed(instrumentId)).status, 202)
    await untilPending(2)
    const unread = await gateway.get('v1/portfolios')
    assert.is(unread?.status, 503)
    assert.match(unread?.body ?? '', /its tables are not there yet/)

    await takeAway()
    await admin.unsafe(`alter database "${kept}" rename to "${name}"`)
    await admin.unsafe(`alter database "${name}" allow_connections true`)
    await gateway.ready()
    await untilPending(1)
  })

  test('on SIGTERM /readyz turns 503, streams end, a request under way is answered, and it ends with 0', async () => {
    const body = price('SLOW')
    const head = (method: string, path: string, ...more: readonly string[]) =>
      [`${method} ${path} HTTP/1.1`, 'Host: localhost', ...more, '', ''].join('\r\n')
    const stream = await rawConnection(gateway.port, head('GET', '/console/data/live'))
    await waitFor(() => /\r\n\{/.test(stream.received()), { what: 'the stream says nothing' })
    const length = `Content-Length: ${Buffer.byteLength(body)}`
    const post = head('POST', '/v1/prices', 'Content-Type: application/json', length)
    const slow = await rawConnection(gateway.port, `${post}${body.slice(0, 10)}`)

    gateway.signal('SIGTERM')
    // It still takes requests, and says that it should get no more.
    await waitFor(
      async () => {
        const answer = await gateway.get('readyz')
        return answer?.status === 503 && /the gateway is closing/.test(answer.body)
      },
      { what: '/readyz does not say that the gateway is closing' },
    )
    await stream.closed
    // The last piece of a chunked answer: it has ended, and was not cut off.
    assert.ok(stream.received().endsWith('0\r\n\r\n'), stream.received().slice(-100))
    await waitFor(async () => (await gateway.get('healthz')) === undefined, { what: 'it takes new connections' })
    slow.socket.write(body.slice(10))
    await slow.closed
    assert.match(slow.received(), /^HTTP\/1\.1 202 /)
    assert.is(await gateway.ended, 0, gateway.stderr)
  })
})

function price(instrumentId: string): string {
  return JSON.stringify({ exchange: 'X', instrumentId, last: '1.5', occurredAt: '2026-01-05T15:00:00Z' })
}
