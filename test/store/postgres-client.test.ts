import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { PostgresClient } from '../../store/postgres/client.ts'
import { endConnection, openConnection, unlessEnded } from '../../store/postgres/connection.ts'
import { RequestFailure } from '../../store/postgres/errors.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { suite } from '../support/suite.ts'

/** A server that answers nothing, and counts who calls. */
async function serving(answer: (socket: Socket) => void) {
  const server = createServer(socket => answer(socket.resume()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  let callers = 0
  server.on('connection', () => callers++)
  const { port } = server.address() as AddressInfo
  return {
    url: `postgres://127.0.0.1:${port}/app`,
    called: once(server, 'connection'),
    callers: () => callers,
    close: () => new Promise(resolve => server.close(resolve)),
  }
}

/** The time that work took. Units: ms. */
async function timed(work: Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work
  return performance.now() - begun
}

for (const pipelined of [false, true]) {
  suite(`a Postgres client that cannot connect${pipelined ? ', pipelined' : ''}`, test => {
    const clientOf = (url: string) =>
      new PostgresClient({ url, pipelined, clock: systemClock, requestTimeoutMs: 30_000 })

    test('hears at once that a server hangs up, as a proxy does whose database is down, and does not storm it', async () => {
      const server = await serving(socket => socket.end())
      const client = clientOf(server.url)
      const refused = client.request('select 1', []).catch(error => error)
      assert.ok((await timed(refused)) < 9_000)
      assert.instance(await refused, RequestFailure)
      assert.is(server.callers(), 1)
      await client.close()
      await sleep(300)
      assert.is(server.callers(), 1)
      await server.close()
    })

    test('is closed without waiting for a server that says nothing, and holds no socket', async () => {
      const server = await serving(() => {})
      const client = clientOf(server.url)
      const refused = client.request('select 1', []).catch(error => error)
      await server.called
      assert.ok((await timed(client.close())) < 9_500)
      assert.instance(await refused, RequestFailure)
      // Resolves when nobody is connected any more.
      assert.ok((await timed(server.close())) < 20_000)
    })
  })
}

suite('a request whose connection is ended', test => {
  const place = { connections: 1, clock: systemClock, connectTimeoutMs: 10_000, session: {} }

  // postgres 3.4.9 did so with reads of tasks, which stayed `restoring` for ever.
  test('fails also when the driver has forgotten it', async () => {
    const server = await serving(() => {})
    const connection = openConnection({ url: server.url, ...place })
    const forgotten = unlessEnded(connection, new Promise(() => {})).catch(error => error)
    await endConnection(connection, 0)
    assert.is(((await forgotten) as { readonly code: string }).code, 'CONNECTION_CLOSED')
    await server.close()
  })

  test("fails with the driver's own error otherwise, and is waited for no more", async () => {
    const server = await serving(() => {})
    const connection = openConnection({ url: server.url, ...place })
    const request = unlessEnded(connection, connection.sql.unsafe('select 1')).catch(error => error)
    await server.called
    await endConnection(connection, 0)
    assert.is(((await request) as { readonly code: string }).code, 'CONNECTION_DESTROYED')
    assert.is(connection.waiting.size, 0)
    await server.close()
  })
})
