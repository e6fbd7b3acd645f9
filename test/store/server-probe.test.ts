import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import * as assert from 'uvu/assert'
import { ServerProbe } from '../../store/postgres/server-probe.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { suite } from '../support/suite.ts'

/** Its hours pass ten times as fast. */
const clock = { after: (ms: number, callback: () => void) => systemClock.after(ms / 10, callback) }

/** AuthenticationOk and ReadyForQuery. Source: PostgreSQL, "Message Formats". */
const welcome = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49])

/** A server that does with each client what is said, and the probe that asks it. */
async function asking(serve: (client: Socket) => void, body: (probe: ServerProbe, clients: Socket[]) => Promise<void>) {
  const clients: Socket[] = []
  const server = createServer(client => {
    clients.push(client.on('error', () => {}))
    serve(client)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    await body(new ServerProbe({ url: `postgres://user@127.0.0.1:${port}/db?sslmode=disable`, clock }), clients)
  } finally {
    server.close()
    for (const client of clients) client.destroy()
  }
}

/** A pooler without a free connection: it accepts a client, and lets its query wait. */
const full = (client: Socket) => client.once('data', () => client.write(welcome))

suite('the probe of a Postgres server', test => {
  test('a server that accepts connections and says nothing is silent', () =>
    asking(
      () => {},
      async probe => assert.is(await probe.ask(7), 'silent'),
    ))

  test('a pooler without a free connection is not: it lets the question wait as it does the request', () =>
    asking(full, async probe => {
      assert.is(await probe.ask(undefined), 'working')
    }))

  test('a hundred requests that wait ask over one connection at a time', () =>
    asking(full, async (probe, clients) => {
      const verdicts = await Promise.all(Array.from({ length: 100 }, () => probe.ask(undefined)))
      assert.equal([...new Set(verdicts)], ['working'])
      assert.ok(clients.length <= 2, `${clients.length} connections`)
    }))

  test('a process that stood still hears the server before it judges', () =>
    asking(full, async probe => {
      const verdict = probe.ask(undefined)
      const until = performance.now() + 500
      while (performance.now() < until);
      assert.is(await verdict, 'working')
    }))
})
