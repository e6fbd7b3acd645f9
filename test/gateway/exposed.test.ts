/*
 * Attacks on an exposed port: the gateway's routes and those of a worker, each on a real port of loopback.
 */
import { Hono } from 'hono'
import * as assert from 'uvu/assert'
import { openGateway } from '../../gateway/gateway.ts'
import { resource } from '../../gateway/resources/resource.ts'
import { serveHealth } from '../../topology/app/health.ts'
import { TopologyError } from '../../topology/definition/errors.ts'
import { guardOf } from '../../topology/http/guard.ts'
import { isAllowedHost } from '../../topology/http/host-names.ts'
import { type Listening, listen, type Patience } from '../../topology/http/listen.ts'
import { type PortAccess, portAccess } from '../../topology/http/port-access.ts'
import { streamsOf } from '../../topology/http/streams.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { suite } from '../support/suite.ts'
import { waitFor } from '../support/wait-for.ts'
import { rawAnswer, rawConnection } from './support/raw-request.ts'
import { stubApp } from './support/stub-app.ts'

const token = '0123456789abcdef-token'

/** The gateway's routes with one that writes, and one for operators alone, on a port for some work. */
async function onGateway<T>(
  given: Partial<PortAccess>,
  work: (port: number) => Promise<T>,
  patience: Partial<Patience> = {},
): Promise<T> {
  const access = portAccess(given)
  const { app } = stubApp({
    access,
    extension: {
      routes: ({ guard }) => {
        const routes = resource()
        routes.post('/v1/notes', context => context.json({ written: true }))
        routes.use('/v1/control/*', guard.operatorsOnly)
        routes.patch('/v1/control/limits', context => context.json({ changed: true }))
        return [routes]
      },
    },
  })
  return onPort(await listen(app.fetch, 0, access, patience), work)
}

async function onPort<T>(listening: Listening, work: (port: number) => Promise<T>): Promise<T> {
  try {
    return await work(listening.port)
  } finally {
    await listening.close()
  }
}

/** The status of an answer's first line. */
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])

const bearer = (value: string) => ({ Authorization: `Bearer ${value}` })

/** Asks a port and returns the status. */
async function ask(port: number, path: string, init: RequestInit = {}): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, init)
  await response.arrayBuffer()
  return response.status
}

function assertGuarded(answer: string, what: string): void {
  assert.match(answer, /^x-content-type-options: nosniff\r$/im, what)
  assert.match(answer, /^content-security-policy: default-src 'none'/im, what)
  assert.not.match(answer, /^access-control-/im, what)
}

suite('an exposed port', test => {
  test('a name that an attacker lets resolve to this machine is refused (DNS rebinding)', async () => {
    await onGateway({ allowedHosts: ['gateway', '*.apps.svc'] }, async port => {
      const asking = async (host: string) => statusOf(await rawAnswer(port, 'GET /v1/stores HTTP/1.1', `Host: ${host}`))
      for (const host of [
        'evil.example',
        `evil.example:${port}`,
        '127.0.0.1.evil.example',
        'localhost.evil.example',
        'evil-localhost',
        'gateway.evil.example',
        'apps.svc',
        'evilapps.svc',
        '10.0.0.7',
        '0.0.0.0',
      ])
        assert.is(await asking(host), 421, host)
      for (const host of [
        'localhost',
        'LOCALHOST',
        `127.0.0.1:${port}`,
        `[::1]:${port}`,
        'localhost.',
        'gateway',
        'a.b.apps.svc:80',
      ])
        assert.is(await asking(host), 200, host)
      for (const host of ['127.0.0.1@evil.example', 'localhost evil.example', '[evil]', ''])
        assert.not.equal(await asking(host), 200, host)
    })
  })

  test('beyond loopback every address may be asked by, and no other name', () => {
    const open = portAccess({ host: '0.0.0.0', token, allowedHosts: ['gateway'] })
    for (const host of ['10.0.0.7:8080', '[fd00::1]:8080', 'localhost', 'gateway'])
      assert.ok(isAllowedHost(host, open), host)
    for (const host of ['evil.example', '10.0.0.7.evil.example', '10.0.0'])
      assert.not.ok(isAllowedHost(host, open), host)
  })

  test('it does not listen beyond loopback without a token', async () => {
    const refused = (error: unknown) =>
      error instanceof TopologyError &&
      error.code === 'CONFIG_INVALID' &&
      /MILLRACE_TOKEN_FILE .* or listen on 127\.0\.0\.1$/.test(error.message)
    for (const host of ['0.0.0.0', '::', '192.168.1.7', 'gateway.example.org', '127.0.0.1.evil.example', '128.0.0.1']) {
      const options = { topology: { name: 'words', stores: [] }, databaseUrl: 'postgres://nobody@127.0.0.1:1/none' }
      assert.throws(() => openGateway({ ...options, clock: systemClock, access: { host } }), refused)
      try {
        await serveHealth(() => undefined, 0, systemClock, { host })
        assert.unreachable(host)
      } catch (error) {
        assert.ok(refused(error), String(error))
      }
    }
    await onGateway({ host: '0.0.0.0', token }, async port => {
      assert.is(await ask(port, '/v1/stores'), 200)
      assert.is(await ask(port, '/v1/notes', { method: 'POST' }), 401)
    })
  })

  test('with a token writes and operating routes need it, under every spelling; reads and probes do not', async () => {
    await onGateway({ token }, async port => {
      for (const path of ['/v1/stores', '/v1/stores/word-counts/be', '/healthz', '/readyz', '/docs', '/openapi.json'])
        assert.is(await ask(port, path), 200, path)
      for (const path of ['/metrics', '/v1/outbox', '/%6Detrics', '/v1/%6futbox']) {
        assert.is(await ask(port, path), 401, path)
        assert.is(await ask(port, path, { headers: bearer(token) }), 200, path)
      }
      for (const path of ['//metrics', '/metrics/', '/x/../metrics', '/metrics%2f', '/METRICS', '/v1//outbox'])
        assert.ok([401, 404].includes(statusOf(await rawAnswer(port, `GET ${path} HTTP/1.1`, 'Host: localhost'))), path)
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
        for (const path of ['/v1/notes', '/v1/control/limits', '/v1/stores', '/nowhere'])
          assert.is(await ask(port, path, { method }), 401, `${method} ${path}`)
      for (const wrong of ['x', token.slice(1), `${token}x`, token.toUpperCase(), ''])
        assert.is(await ask(port, '/v1/notes', { method: 'POST', headers: bearer(wrong) }), 401, wrong)
      for (const Authorization of [token, `Basic ${token}`, `Bearer ${token} ${token}`, `Bearer x, Bearer ${token}`])
        assert.is(await ask(port, '/v1/notes', { method: 'POST', headers: { Authorization } }), 401, Authorization)
      assert.is(await ask(port, `/v1/notes?access_token=${token}`, { method: 'POST' }), 401)
      assert.is(await ask(port, '/v1/notes', { method: 'POST', headers: bearer(token) }), 200)
      assert.is(await ask(port, '/v1/control/limits', { method: 'PATCH', headers: bearer(token) }), 200)
      const challenged = await fetch(`http://127.0.0.1:${port}/metrics`)
      assert.is(challenged.headers.get('WWW-Authenticate'), 'Bearer realm="millrace"')
      const { type, detail } = (await challenged.json()) as { type: string; detail: string }
      assert.equal([type, detail.includes(token)], ['/problems/unauthorized', false])
    })
  })

  test('without a token writes of this machine are taken, those of a foreign page and of operators are not', async () => {
    await onGateway({}, async port => {
      const write = (headers: Record<string, string> = {}) => ask(port, '/v1/notes', { method: 'POST', headers })
      assert.is(await write(), 200)
      assert.is(await write({ Origin: `http://127.0.0.1:${port}` }), 200)
      for (const Origin of ['http://evil.example', 'null', `https://evil.example:${port}`, 'http://127.0.0.1:1'])
        assert.is(await write({ Origin }), 403, Origin)
      assert.is(await ask(port, '/metrics'), 200)
      assert.is(await ask(port, '/v1/control/limits', { method: 'PATCH' }), 403)
      assert.is(await ask(port, '/v1/control/limits', { method: 'PATCH', headers: bearer(token) }), 403)
    })
  })

  test("a worker's tasks and metrics need the token, its probes do not", async () => {
    const listening = await serveHealth(() => undefined, 0, systemClock, { token })
    await onPort(listening, async port => {
      assert.is(await ask(port, '/healthz'), 200)
      assert.is(await ask(port, '/readyz'), 503)
      for (const path of ['/status', '/metrics']) {
        assert.is(await ask(port, path), 401, path)
        assert.is(await ask(port, path, { headers: bearer(token) }), 200, path)
      }
      assert.is(statusOf(await rawAnswer(port, 'GET /healthz HTTP/1.1', 'Host: evil.example')), 421)
      assertGuarded(await rawAnswer(port, 'GET /healthz HTTP/1.1', 'Host: localhost'), 'healthz')
    })
  })

  test('every answer has its security headers and allows no other origin', async () => {
    await onGateway({ token }, async port => {
      const foreign = ['Host: localhost', 'Origin: http://evil.example']
      const preflight = 'Access-Control-Request-Method: POST'
      const requests: readonly (readonly [status: number, ...lines: readonly string[]])[] = [
        [200, 'GET /v1/stores HTTP/1.1', ...foreign],
        [200, 'HEAD /v1/stores HTTP/1.1', ...foreign],
        [200, 'GET /docs HTTP/1.1', ...foreign],
        [200, 'GET /assets/style.css HTTP/1.1', ...foreign],
        [404, 'GET /nowhere HTTP/1.1', ...foreign],
        [405, 'OPTIONS /v1/stores HTTP/1.1', ...foreign, preflight],
        [401, 'POST /v1/notes HTTP/1.1', ...foreign, 'Content-Length: 0'],
        [401, 'GET /metrics HTTP/1.1', ...foreign],
        [421, 'GET / HTTP/1.1', 'Host: evil.example'],
        [400, 'GET / HTTP/1.1'],
        [400, 'GET /\\x HTTP/1.1', 'Host: localhost'],
        [400, 'nonsense'],
        [400, 'POST /v1/notes HTTP/1.1', 'Host: localhost', 'Transfer-Encoding: chunked', 'Content-Length: 5'],
        [431, 'GET / HTTP/1.1', 'Host: localhost', `X-Large: ${'x'.repeat(20_000)}`],
      ]
      for (const [status, ...lines] of requests) {
        const answer = await rawAnswer(port, ...lines)
        assert.is(statusOf(answer), status, `${lines[0]}: ${answer.slice(0, 200)}`)
        assertGuarded(answer, lines[0]!)
      }
      const page = await rawAnswer(port, 'GET /docs HTTP/1.1', 'Host: localhost')
      assert.match(page, /^content-security-policy: .*script-src 'self';/im)
      assert.is(page.match(/^content-security-policy:/gim)?.length, 1)
    })
  })

  test('one client has so many connections, and those that end make room', async () => {
    await onGateway({ connectionsPerClient: 3 }, async port => {
      const open = await Promise.all([rawConnection(port), rawConnection(port), rawConnection(port)])
      const fourth = await rawConnection(port, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
      await fourth.closed
      assert.not.match(fourth.received(), '200 OK')
      open[0].socket.destroy()
      const again = () => rawAnswer(port, 'GET /healthz HTTP/1.1', 'Host: localhost')
      await waitFor(async () => statusOf(await again()) === 200, { what: 'no room again' })
      for (const { socket } of open) socket.destroy()
    })
  })

  test('one client has so many streams, and those that end make room', async () => {
    const access = portAccess({ streamsPerClient: 2 })
    const enter = streamsOf(access)
    const app = new Hono().use(guardOf(access).everyRoute).get('/stream', context => {
      const leave = enter(context)
      if (!leave) return context.text('too many', 429)
      return context.body(
        new ReadableStream({ start: to => to.enqueue(new TextEncoder().encode('on')), cancel: leave }),
      )
    })
    await onPort(await listen(app.fetch, 0, access, { drainMs: 200 }), async port => {
      const get = 'GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n'
      const first = await rawConnection(port, get)
      const second = await rawConnection(port, get)
      await waitFor(() => [first, second].every(one => statusOf(one.received()) === 200), { what: 'no streams' })
      assert.is(await ask(port, '/stream'), 429)
      first.socket.destroy()
      await waitFor(
        async () => {
          const next = await rawConnection(port, get)
          await waitFor(() => next.received() !== '', { what: 'no answer' })
          return statusOf(next.received()) === 200
        },
        { what: 'no room again' },
      )
      second.socket.destroy()
    })
  })

  test('slow headers, slow bodies and silent connections are cut off', async () => {
    const patience = { headersMs: 300, requestMs: 600, keepAliveMs: 200 }
    await onGateway(
      {},
      async port => {
        const silent = await rawConnection(port)
        const headers = await rawConnection(port, 'GET /healthz HTTP/1.1\r\n')
        const body = await rawConnection(
          port,
          'POST /v1/notes HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n',
        )
        const idle = await rawConnection(port, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
        const drip = setInterval(() => {
          headers.socket.write('X-Slow: 1\r\n')
          body.socket.write('x')
        }, 50)
        try {
          await Promise.all([silent.closed, headers.closed, body.closed, idle.closed])
        } finally {
          clearInterval(drip)
        }
        assert.is(statusOf(headers.received()), 408)
        assertGuarded(headers.received(), 'slow headers')
        assert.is(statusOf(idle.received()), 200)
        assert.is(await ask(port, '/healthz'), 200)
      },
      patience,
    )
  })

  test('closing: requests under way are answered, their connections and idle ones close, new ones are refused', async () => {
    let answer: (text: string) => void = () => {}
    const answered = new Promise<string>(resolve => {
      answer = resolve
    })
    const app = new Hono()
      .get('/fast', context => context.text('fast'))
      .get('/slow', async context => context.text(await answered))
    const listening = await listen(app.fetch, 0, portAccess())
    const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`
    const idle = await rawConnection(listening.port, get('/fast'))
    const busy = await rawConnection(listening.port, get('/slow'))
    await waitFor(() => idle.received().endsWith('fast'), { what: 'no answer' })
    const closing = listening.close()
    await idle.closed
    await rawConnection(listening.port).then(
      () => assert.unreachable('it takes new connections'),
      error => assert.is(error.code, 'ECONNREFUSED'),
    )
    answer('slow')
    await Promise.all([busy.closed, closing])
    assert.is(statusOf(busy.received()), 200)
    assert.match(busy.received(), /^connection: close\r$/im)
    assert.ok(busy.received().endsWith('slow'))
  })

  test('closing cuts off what does not finish', async () => {
    const app = new Hono().get('/never', () => new Promise<Response>(() => {}))
    const listening = await listen(app.fetch, 0, portAccess(), { drainMs: 100 })
    const never = await rawConnection(listening.port, 'GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await systemClock.sleep(50)
    await listening.close()
    await never.closed
    assert.is(never.received(), '')
  })
})
