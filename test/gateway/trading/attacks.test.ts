/*
 * Requests that mean to confuse: bodies that two readers would read differently, ids that nobody could ask for again, parameters
 * out of their form. Each is refused with a problem, nothing is posted, and none of them is a defect of the gateway.
 */
import * as assert from 'uvu/assert'
import type { OutboxEntry } from '../../../store/outbox/outbox.ts'
import { suite } from '../../support/suite.ts'
import { ask } from '../support/ask.ts'
import { halt, msft, signal } from './support/pipeline-requests.ts'
import { given, openOrderPath } from './support/sample-requests.ts'
import { stubTrading } from './support/stub-app.ts'

const entries: OutboxEntry[] = []
const { app, defects } = stubTrading({ outbox: { post: async (_, entry) => entries.push(entry) > 0 } })

const json = { 'Content-Type': 'application/json' }

function send(method: string, path: string, body: string | Uint8Array, headers: Record<string, string> = json) {
  return ask(app, new Request(`http://gateway${path}`, { method, body: body as string, headers }))
}

/** Every route that takes a body, with one that it takes. */
const writes = [
  ['POST', '/v1/signals', signal('k1')],
  ['POST', '/v1/instruments', { ...msft, instrumentId: 'NEW' }],
  ['PATCH', '/v1/instruments/XNAS/MSFT', { enabled: false }],
  ['PATCH', '/v1/portfolios/alpha-01', halt],
  ['POST', '/v1/portfolios/alpha-01/flatten', { actor: 'ann', reason: 'stop' }],
  ['PATCH', '/v1/trading-state', halt],
  ['POST', '/v1/prices', { exchange: 'XNAS', instrumentId: 'MSFT', last: '28.67', occurredAt: '2010-03-02T15:00:00Z' }],
  ['POST', `${openOrderPath}/cancel`, { commandId: 'c1', ...given }],
  ['POST', `${openOrderPath}/replace`, { commandId: 'c2', quantity: '5', ...given }],
] as const

/** Bodies that no route takes, from one that it takes. */
const bodies: Readonly<Record<string, (good: string) => string | Uint8Array>> = {
  'a field twice': good => good.replace('{', `{${good.slice(1, good.indexOf(',') === -1 ? -1 : good.indexOf(','))},`),
  'a field twice, one name escaped': good => {
    const [, name = '', value] = /"(\w+)":("[^"]*"|\w+)/.exec(good) ?? []
    return good.replace('{', `{"\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}":${value},`)
  },
  'a field that is not known': good => good.replace('{', '{"admin":true,'),
  'a prototype': good => good.replace('{', '{"__proto__":{"admin":true},'),
  'bytes that are no UTF-8': good => Buffer.from(good.replace('{', '{"\xff":1,'), 'latin1'),
  'a surrogate as bytes': good =>
    Buffer.concat([Buffer.from('{"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from(`":1,${good.slice(1)}`)]),
  'half a surrogate pair': good => good.replace('{', '{"\\ud800":1,'),
  'a byte order mark': good => `\ufeff${good}`,
  'UTF-16': good => Buffer.from(good, 'utf16le'),
  'two values': good => good + good,
  'a comment': good => good.replace('{', '{/* */'),
  'a comma too many': good => good.replace('}', ',}'),
  'a number beyond a double': good => good.replace('{', '{"n":1e999,'),
  nothing: () => '',
  null: () => 'null',
  'a list': good => `[${good}]`,
  'a text': () => '"text"',
  depth: () => `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
  brackets: () => '['.repeat(60_000),
}

/** A read that finds nothing, and notes the key that it was asked for. */
function noting(seen: unknown[]) {
  return async (key: unknown) => {
    seen.push(key)
    return { kind: 'absent' } as const
  }
}

suite('attacks on the trading application', test => {
  for (const [method, path, good] of writes) {
    test(`${method} ${path}: a body that means two things, or nothing, is refused`, async () => {
      entries.length = 0
      for (const [what, attack] of Object.entries(bodies)) {
        const { status, body } = await send(method, path, attack(JSON.stringify(good)))
        assert.equal([status, body.type], [400, '/problems/invalid-request'], `${what}: ${JSON.stringify(body)}`)
      }
      assert.equal(entries, [])
    })

    test(`${method} ${path}: a body of another kind, or too large, is refused`, async () => {
      const good413 = JSON.stringify(good).replace('{', `{${' '.repeat(70_000)}`)
      assert.is((await send(method, path, good413)).status, 413)
      for (const headers of [
        {},
        { 'Content-Type': 'text/plain' },
        { 'Content-Type': 'application/x-www-form-urlencoded' },
        { 'Content-Type': 'multipart/form-data; boundary=x' },
        { 'Content-Type': 'application/json; charset=utf-16' },
        { 'Content-Type': 'application/problem+json' },
        { ...json, 'Content-Encoding': 'gzip' },
      ])
        assert.is((await send(method, path, JSON.stringify(good), headers)).status, 415, JSON.stringify(headers))
      assert.equal(entries, [])
      const { status } = await send(method, path, JSON.stringify(good), {
        'Content-Type': 'APPLICATION/JSON; charset="UTF-8"',
      })
      assert.ok(status < 300, `${status}`)
    })
  }

  test('a number with more digits than a double has is refused, and taken as text or as a whole number', async () => {
    const posted = (quantity: string) =>
      send('POST', '/v1/signals', JSON.stringify(signal('k1')).replace('"quantity":"10"', `"quantity":${quantity}`))
    for (const quantity of [
      ...[
        '9007199254740993',
        '10.00000000000000000001',
        '0.1',
        '1e-7',
        '1e22',
        '-1e400',
        '1e999999999',
        'NaN',
        'Infinity',
        '0x10',
        '010',
        '+1',
        '.5',
      ],
      ...[
        '""',
        '"ten"',
        '"1e3"',
        '" 1"',
        '"1 "',
        '"+1"',
        '"1."',
        '".5"',
        '"0x10"',
        '"NaN"',
        '"١٢"',
        '"1,000"',
        '"1_000"',
        `"${'9'.repeat(21)}"`,
      ],
      ...[`"0.${'0'.repeat(18)}1"`, `"${'1'.repeat(70)}"`, 'true', 'null', '[]', '{}', '[10]'],
    ])
      assert.is((await posted(quantity)).status, 400, quantity)
    for (const quantity of [
      '10',
      '10.0',
      '1e3',
      '"10.000000000000000001"',
      '9007199254740991',
      `"${'9'.repeat(20)}.${'9'.repeat(18)}"`,
    ])
      assert.is((await posted(quantity)).status, 202, quantity)
  })

  test('an id that no path can hold is refused wherever it would be written', async () => {
    const odd = [
      '',
      '.',
      '..',
      '...',
      'a/b',
      '/',
      '\\',
      'a\\b',
      '\0',
      'a\0',
      '\n',
      'a\tb',
      '\u007f',
      '\u0085',
      'x'.repeat(201),
      '\ud800',
      'a\udc00',
    ]
    const fine = [
      'a',
      '.a',
      'a.',
      '..a',
      'a:b|c',
      'a b',
      '%2F',
      '%',
      '?',
      '#',
      'a+b',
      'é',
      '😀'.repeat(200),
      '日本',
      '-',
      '~',
      '"',
      "'",
    ]
    const fields = {
      prices: ['exchange', 'instrumentId', 'source'],
      signals: ['portfolioId', 'idempotencyKey', 'signalId', 'exchange', 'instrumentId', 'strategyId'],
      instruments: ['exchange', 'instrumentId', 'baseCurrency'],
    }
    const goods = { prices: writes[6][2], signals: signal('k1'), instruments: { ...msft, instrumentId: 'NEW' } }
    for (const [resource, names] of Object.entries(fields))
      for (const name of names) {
        const good = goods[resource as keyof typeof fields]
        for (const id of odd) {
          const { status, body } = await send('POST', `/v1/${resource}`, JSON.stringify({ ...good, [name]: id }))
          assert.equal([status, body.type], [400, '/problems/invalid-request'], `${name} ${JSON.stringify(id)}`)
        }
        for (const id of fine) {
          const { status } = await send('POST', `/v1/${resource}`, JSON.stringify({ ...good, [name]: id }))
          // A key of instruments has 1,700 bytes when it is percent-encoded.
          assert.ok(status < 300 || (status === 409 && id.length > 200), `${status} ${name} ${id}`)
        }
      }
  })

  test('an id that was taken is found again by its path', async () => {
    for (const id of ['a:b|c', 'a b', '%2F', '%', '?', '#', 'a+b', 'é', '😀', '..a', '"']) {
      const { headers } = await send(
        'POST',
        '/v1/signals',
        JSON.stringify(signal('k1', { portfolioId: id, idempotencyKey: id })),
      )
      const location = new URL(headers.get('Location') ?? '', 'http://gateway')
      assert.equal([location.pathname.split('/').length, location.hash], [4, ''], id)
      const seen: unknown[] = []
      const reading = stubTrading({ reads: { decision: noting(seen) } }).app
      await reading.request(`/v1/portfolios/${encodeURIComponent(id)}/signals/${encodeURIComponent(id)}`)
      assert.equal(seen, [{ portfolioId: id, idempotencyKey: id }])
    }
  })

  test('a parameter out of its form is refused, and a path that is none is not found', async () => {
    for (const path of [
      '/v1/portfolios?limit=0',
      '/v1/portfolios?limit=201',
      '/v1/portfolios?limit=-1',
      '/v1/portfolios?limit=1e2',
      '/v1/portfolios?limit=1&limit=2',
      '/v1/portfolios?limit=%D9%A1',
      '/v1/portfolios?cursor=',
      '/v1/portfolios?cursor=fills.1',
      '/v1/portfolios?unknown=1',
      '/v1/portfolios/alpha-01?minVersion=-1',
      '/v1/portfolios/alpha-01?minVersion=1.5',
      '/v1/portfolios/alpha-01?minVersion=9999999999999999999',
      '/v1/portfolios/alpha-01?waitMs=10001',
      '/v1/portfolios/alpha-01?including=',
      '/v1/portfolios/alpha-01/fills?cursor=fills.x',
      '/v1/portfolios/alpha-01/orders?cursor=orders.1',
      '/v1/portfolios/alpha-01/orders?cursor=orders.999999999999999.20000003-0000-5000-8000-000000000000',
      '/v1/portfolios/alpha-01/orders?open=yes',
      '/v1/portfolios/alpha-01/orders?from=2010-02-30T00:00:00Z',
      '/v1/portfolios/alpha-01/orders?from=0000-01-01T00:00:00Z',
      '/v1/portfolios/alpha-01/orders?from=9999-12-31T23:59:59-23:59',
      '/v1/portfolios/alpha-01/orders?from=2010-01-01T00:00:60Z',
      '/v1/portfolios/a%00b',
      '/v1/portfolios/%ff/limits?minControlVersion=x',
      `/v1/portfolios/${'x'.repeat(201)}`,
      '/v1/stores/word-counts?key=a%00b',
      '/v1/stores/word-counts',
      '/v1/stores/word-counts/%ff',
    ]) {
      const { status, body } = await ask(app, path)
      assert.equal([status, body.type], [400, '/problems/invalid-request'], path)
    }
    for (const path of [
      '/v1/portfolios/nobody',
      '/v1/portfolios/nobody/updates',
      '/v1/portfolios/nobody/limits',
      '/v1/portfolios/nobody/orders',
      '/v1/portfolios/nobody/signals/k',
      '/v1/portfolios/alpha-01/../../etc/passwd',
      '/v1/portfolios/..%2f..%2fetc%2fpasswd',
      '/v1/stores/word-counts/a/b',
      '/v1/stores/nothing/a',
      '/v1/stores/nothing?key=a',
      '/v1/stores/__proto__/a',
      '/v1/trace/..%2f',
      '/assets/..%2f..%2fpackage.json',
      '/v1//portfolios',
    ]) {
      const { status, body } = await ask(app, path)
      assert.equal([status, body.type], [404, '/problems/not-found'], path)
    }
  })

  test('a write about an unknown portfolio is not found, and writes nothing', async () => {
    entries.length = 0
    assert.is((await send('PATCH', '/v1/portfolios/nobody', JSON.stringify(halt))).status, 404)
    assert.is((await send('POST', '/v1/portfolios/nobody/flatten', '{"actor":"a","reason":"b"}')).status, 404)
    assert.equal(entries, [])
  })

  test('none of it was a defect', () => {
    assert.equal(defects, [])
  })
})
