import * as assert from 'uvu/assert'
import type { StoreReads } from '../../gateway/reads/store-reads.ts'
import { RetriableError } from '../../topology/definition/errors.ts'
import { suite } from '../support/suite.ts'
import { type Asked, ask as askOf } from './support/ask.ts'
import { send, steppedClock, stubApp } from './support/stub-app.ts'

const { app, defects } = stubApp()

const ask = (request: string | Request, asked: Asked = app) => askOf(asked, request)

suite('http of a topology that counts words', test => {
  test('a row of its store, with the offset that it includes', async () => {
    const { status, body } = await ask('/v1/stores/word-counts/be?atLeast=0:17')
    assert.is(status, 200)
    assert.equal(body, {
      key: 'be',
      value: '2',
      timestamp: '2010-03-01T14:30:00.000Z',
      asOf: { 'word-counts-0': '17' },
    })
    assert.is((await ask('/v1/stores/word-counts/absent')).status, 404)
    const other = await ask('/v1/stores/positions/be')
    assert.equal([other.status, other.body.detail], [404, "the topology has no store 'positions'"])
  })

  test('it knows nothing of any other application', async () => {
    for (const path of ['/v1/portfolios', '/v1/instruments/XNAS/MSFT', '/portfolios/alpha-01', '/assets/portfolio.js'])
      assert.is((await ask(path)).status, 404, path)
    assert.is((await ask(send('/v1/signals', 'POST', {}))).status, 404)
    for (const path of ['/openapi.json', '/metrics'])
      assert.not.match(JSON.stringify((await ask(path)).body), /quarantine|signal/i)
  })

  test('a method that a path does not take is 405 with those it does, and HEAD is GET without a body', async () => {
    const { status, headers, body } = await ask(send('/v1/stores', 'DELETE', {}))
    assert.equal([status, headers.get('Allow'), body.type], [405, 'GET, HEAD', '/problems/method-not-allowed'])
    assert.is((await ask(send('/nowhere', 'DELETE', {}))).status, 404)
    const head = await ask(new Request('http://gateway/v1/stores', { method: 'HEAD' }))
    assert.equal([head.status, head.body], [200, ''])
  })

  test('an unchanged answer is 304 for its tag', async () => {
    const first = await ask('/v1/stores')
    const tag = first.headers.get('ETag') ?? ''
    const again = await ask(new Request('http://gateway/v1/stores', { headers: { 'If-None-Match': tag } }))
    assert.equal([again.status, again.body, again.headers.get('ETag')], [304, '', tag])
  })

  test('a row that is not there yet is waited for', async () => {
    let reads = 0
    const storeRow: StoreReads['storeRow'] = async () => ({
      kind: 'found',
      value: { row: undefined, asOf: { 'word-counts-0': String(15 + reads++) } },
    })
    const behind = stubApp({ reads: { storeRow } }).app
    const { status } = await ask('/v1/stores/word-counts/be?atLeast=0:17', behind)
    assert.equal([status, reads], [404, 3], 'offset 17 is reached at the third read, and the row is not there')
  })

  test('a store that is being rebuilt is waited for, then it is 503', async () => {
    const clock = steppedClock()
    const storeRow: StoreReads['storeRow'] = async () => ({ kind: 'not ready', stores: ['word-counts'] })
    const rebuilding = stubApp({ reads: { storeRow }, clock }).app
    const { status, headers, body } = await ask('/v1/stores/word-counts/be?waitMs=700', rebuilding)
    assert.equal([status, headers.get('Retry-After'), body.type], [503, '1', '/problems/not-ready'])
    assert.is(clock.slept, 700)
  })

  test('the outbox and health', async () => {
    const { body } = await ask('/v1/outbox')
    assert.equal([body.pending, body.published, body.led], [0, 4, true])
    assert.equal((await ask('/healthz')).body, { status: 'up' })
    assert.equal((await ask('/readyz')).body, { status: 'ready', outbox: body })
    const away = stubApp({ reads: { ping: () => Promise.reject(new RetriableError('STORE_UNAVAILABLE', 'away')) } }).app
    assert.is((await ask('/healthz', away)).status, 200)
    assert.is((await ask('/readyz', away)).status, 503)
  })

  test('a defect is reported and not shown', async () => {
    const broken = stubApp({ reads: { ping: () => Promise.reject(new Error('secret')) } })
    const { status, body } = await ask('/readyz', broken.app)
    assert.is(status, 500)
    assert.not.match(JSON.stringify(body), 'secret')
    assert.match(String(broken.defects[0]), 'secret')
    assert.equal(defects, [], 'and nothing else in this file was one')
  })

  test('requests are counted by route, not by path', async () => {
    const { app: counted } = stubApp()
    await counted.request('/v1/stores/word-counts/be')
    await counted.request('/v1/stores/word-counts/absent')
    const { body } = await ask('/metrics', counted)
    const route = 'route="/v1/stores/:store/:key{.+}",method="GET"'
    assert.match(body, `millrace_gateway_request_seconds_count{${route},status="200"} 1`)
    assert.match(body, `millrace_gateway_request_seconds_count{${route},status="404"} 1`)
    assert.match(body, 'millrace_outbox_pending 0')
    assert.match(body, 'millrace_gateway_database_up 1')
  })

  test('without pages of an application, the first page is the documentation', async () => {
    const first = await ask('/')
    assert.equal([first.status, first.headers.get('Location')], [302, '/docs'])
    for (const path of ['/docs', '/assets/style.css', '/assets/element.js', '/assets/api.js']) {
      const { status, headers } = await ask(path)
      assert.is(status, 200, path)
      assert.match(headers.get('Content-Security-Policy') ?? '', "default-src 'none'")
    }
  })
})
