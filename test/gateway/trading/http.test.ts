import * as assert from 'uvu/assert'
import { writeCursor } from '../../../gateway/cursor.ts'
import type { TradingReads } from '../../../gateway/trading/reads/trading-reads.ts'
import type { Outbox, OutboxEntry } from '../../../store/outbox/outbox.ts'
import { quarantine } from '../../../store/trading/reconciler.ts'
import { RetriableError } from '../../../topology/definition/errors.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { suite } from '../../support/suite.ts'
import { waitFor } from '../../support/wait-for.ts'
import { type Asked, ask as askOf } from '../support/ask.ts'
import { send, steppedClock } from '../support/stub-app.ts'
import { msft, signal } from './support/pipeline-requests.ts'
import { stubTrading } from './support/stub-app.ts'
import { cut, fills, snapshot } from './support/stub-reads.ts'

const { app, defects } = stubTrading()

const ask = (request: string | Request, asked: Asked = app) => askOf(asked, request)

suite('http of the trading application', test => {
  test('a method that a path does not take is 405 with those it does', async () => {
    const { status, headers, body } = await ask(
      new Request('http://gateway/v1/portfolios/alpha-01', { method: 'DELETE' }),
    )
    assert.is(status, 405)
    assert.is(headers.get('Allow'), 'GET, PATCH, HEAD')
    assert.is(body.type, '/problems/method-not-allowed')
    const patch = await ask(send('/v1/signals', 'PUT', {}))
    assert.equal([patch.status, patch.headers.get('Allow')], [405, 'POST'])
    assert.is((await ask(new Request('http://gateway/nowhere', { method: 'DELETE' }))).status, 404)
  })

  test('HEAD is GET without a body', async () => {
    const { status, body } = await ask(new Request('http://gateway/v1/portfolios/alpha-01', { method: 'HEAD' }))
    assert.equal([status, body], [200, ''])
  })

  test('everything that is wrong with a request is said at once', async () => {
    const { status, body } = await ask('/v1/portfolios/alpha-01/fills?limit=500&side=UP&from=monday')
    assert.is(status, 400)
    assert.equal(body.errors.map(({ at }: { at: string }) => at).sort(), ['from', 'limit', 'side'])
    const posted = await ask(send('/v1/signals', 'POST', { ...signal('k'), side: 'UP', quantity: '1e3' }))
    assert.equal(posted.body.errors.map(({ at }: { at: string }) => at).sort(), ['quantity', 'side'])
  })

  test('what is wrong is said in words of the request, not of the checker', async () => {
    const { quantity: _, ...without } = signal('k')
    const asked = {
      ...{ ...without, side: 'UP', orderType: 7, reduceOnly: 'no', strategyId: '', exchange: 'X'.repeat(201) },
      ...{ limitPrice: {}, referencePrice: '1e3', validUntil: 'monday', instrumentId: 5, qty: '1' },
    }
    const { body } = await ask(send('/v1/signals', 'POST', asked))
    const said = Object.fromEntries(
      body.errors.map(({ at, problem }: { at: string; problem: string }) => [at, problem]),
    )
    const decimal = "must be a decimal in quotes, such as '10.5'"
    assert.equal(said, {
      quantity: 'is missing',
      side: 'must be BUY or SELL',
      orderType: 'must be MARKET or LIMIT',
      reduceOnly: 'must be true or false',
      strategyId: 'must not be empty',
      exchange: 'may have 200 characters',
      limitPrice: decimal,
      referencePrice: decimal,
      validUntil: "must be ISO 8601 with its zone, such as '2010-03-01T14:30:00Z'",
      instrumentId: 'must be text in quotes',
      body: "takes no field 'qty'",
    })
    assert.match(body.detail, 'quantity is missing; ')
    assert.match(body.detail, 'side: must be BUY or SELL')
    for (const whole of ['[]', 'null', '"text"'])
      assert.equal((await ask(send('/v1/signals', 'POST', whole))).body.detail, 'body: must be an object')
    const registered = await ask(send('/v1/instruments', 'POST', { ...msft, pricePrecision: 19, sizePrecision: 0.5 }))
    assert.match(registered.body.detail, 'pricePrecision: must be at most 18; sizePrecision: must be a whole number')
    assert.match((await ask('/v1/portfolios/alpha-01?waitMs=1&waitMs=2')).body.detail, 'waitMs: must be one value')
    assert.match((await ask('/v1/portfolios/alpha-01?nonsense=1')).body.detail, "query: takes no field 'nonsense'")
  })

  test('a body that is no JSON is 400, with a field that is not known too', async () => {
    assert.is((await ask(send('/v1/signals', 'POST', '{'))).status, 400)
    assert.is((await ask(send('/v1/signals', 'POST', { ...signal('k'), qty: '1' }))).status, 400)
  })

  test('an id with NUL is refused before the database sees it', async () => {
    assert.is((await ask('/v1/portfolios/a%00b')).status, 400)
    assert.is((await ask(send('/v1/signals', 'POST', { ...signal('k'), strategyId: 'a\0b' }))).status, 400)
  })

  test('a cursor is of its own list', async () => {
    const first = await ask('/v1/portfolios/alpha-01/fills?limit=1')
    assert.is(first.body.items[0].execSeq, '2')
    const second = await ask(`/v1/portfolios/alpha-01/fills?limit=1&cursor=${first.body.nextCursor}`)
    assert.is(second.body.items[0].execSeq, '1')
    assert.is(second.body.nextCursor, null)
    for (const cursor of [writeCursor('trades', '2'), writeCursor('fills', 'x'), 'nonsense', ''])
      assert.is((await ask(`/v1/portfolios/alpha-01/fills?cursor=${cursor}`)).status, 400, cursor)
  })

  test('a read waits for state that is new enough, and gives it as soon as it is there', async () => {
    let reads = 0
    const old = { ...cut, books: { partition: 1, row: { ...cut.books!.row, version: 1n } } }
    const portfolio: TradingReads['portfolio'] = async () => ({
      kind: 'found',
      value: { cut: ++reads < 3 ? old : cut, positions: [], fills, trades: [] },
    })
    const behind = stubTrading({ reads: { portfolio } }).app
    const { status, body } = await ask('/v1/portfolios/alpha-01?minVersion=2&waitMs=5000', behind)
    assert.equal([status, body.summary.version, reads], [200, '2', 3])
    reads = 0
    const refused = await ask('/v1/portfolios/alpha-01?minVersion=2&waitMs=0', behind)
    assert.equal([refused.status, reads], [409, 1])
    assert.match(refused.body.detail, 'version is 1, asked for 2')
  })

  test('a store that is being opened or rebuilt is waited for like a state that is too old, then it is 503', async () => {
    let reads = 0
    const portfolio =
      (readyAt: number): TradingReads['portfolio'] =>
      async () =>
        ++reads < readyAt
          ? { kind: 'not ready', stores: ['positions'] }
          : { kind: 'found', value: { cut, positions: [], fills, trades: [] } }
    const opening = stubTrading({ reads: { portfolio: portfolio(4) }, clock: steppedClock() }).app
    assert.is((await ask('/v1/portfolios/alpha-01', opening)).status, 200)
    assert.is(reads, 4)
    for (const [query, waited] of [
      ['', 2_000],
      ['?waitMs=700', 700],
      ['?waitMs=0', 0],
    ] as const) {
      const clock = steppedClock()
      const rebuilding = stubTrading({ reads: { portfolio: portfolio(Number.POSITIVE_INFINITY) }, clock }).app
      const { status, headers, body } = await ask(`/v1/portfolios/alpha-01${query}`, rebuilding)
      assert.equal([status, headers.get('Retry-After'), body.type], [503, '1', '/problems/not-ready'])
      assert.is(clock.slept, waited, query)
    }
  })

  test('a registration waits for the instruments that are being opened or rebuilt, then it is 503', async () => {
    const restored = (readyAt: number): TradingReads['instrument'] => {
      let reads = 0
      return async () => (++reads < readyAt ? { kind: 'not ready', stores: ['instruments'] } : { kind: 'absent' })
    }
    const other = { ...msft, instrumentId: 'NEW' }
    const opening = stubTrading({ reads: { instrument: restored(5) }, clock: steppedClock() }).app
    assert.is((await ask(send('/v1/instruments', 'POST', other), opening)).status, 201)
    const clock = steppedClock()
    const rebuilding = stubTrading({ reads: { instrument: restored(Number.POSITIVE_INFINITY) }, clock }).app
    for (const request of [
      send('/v1/instruments', 'POST', other),
      send('/v1/instruments/XNAS/MSFT', 'PATCH', { enabled: false }),
    ]) {
      const before = clock.slept
      const { status, body } = await ask(request, rebuilding)
      assert.equal([status, body.type, clock.slept - before], [503, '/problems/not-ready', 2_000])
    }
    // No worker has run yet, so nothing was registered by another way: there is nothing to wait for.
    const fresh = stubTrading({ reads: { instrument: restored(99), checkpoints: async () => [] }, clock }).app
    assert.is((await ask(send('/v1/instruments', 'POST', other), fresh)).status, 201)
  })

  test('a list of portfolios is not given short: while their stores are rebuilt it is 503', async () => {
    const portfolios: TradingReads['portfolios'] = async () => ({ kind: 'not ready', stores: ['portfolios'] })
    const rebuilding = stubTrading({ reads: { portfolios }, clock: steppedClock() }).app
    assert.equal((await ask('/v1/portfolios', rebuilding)).body.type, '/problems/not-ready')
  })

  test('a registration that stands is repeated without an event, and with other terms refused', async () => {
    let posts = 0
    const counting = stubTrading({ outbox: { post: async () => ++posts > 0 } }).app
    const standing = { ...msft, maxTradeQty: '5000' }
    assert.is((await ask(send('/v1/instruments', 'POST', standing), counting)).status, 200)
    assert.is((await ask(send('/v1/instruments', 'POST', { ...standing, lotSize: '10' }), counting)).status, 409)
    assert.is(posts, 0)
    const changed = await ask(
      send('/v1/instruments/XNAS/MSFT', 'PATCH', { maxTradeQty: null, enabled: false }),
      counting,
    )
    assert.equal([changed.status, changed.body.maxTradeQty, changed.body.enabled], [202, null, false])
    assert.is(changed.body.takerFeeRate, '0.0005', 'what is not said stays')
    assert.is(changed.headers.get('Location'), '/v1/instruments/XNAS/MSFT?minVersion=2')
    assert.is(posts, 1)
  })

  test('the entry of a signal has its topic, its key and the event of the pipeline', async () => {
    const entries: Required<OutboxEntry>[] = []
    const post: Outbox['post'] = async (_, entry) => entries.push({ headers: {}, ...entry }) > 0
    const recording = stubTrading({ outbox: { post } }).app
    const { status } = await ask(send('/v1/signals', 'POST', signal('k1', { instrumentId: 'A:B' })), recording)
    assert.is(status, 202)
    assert.equal([entries.length, entries[0]?.topic, entries[0]?.key], [1, 'trading.signals', 'XNAS:A%3AB'])
    const event = JSON.parse(entries[0]!.event)
    assert.equal([event.eventType, event.producer, event.payload.idempotencyKey], ['TradingSignal', 'gateway', 'k1'])
    assert.is(event.payload.signalId, 'k1', 'unset: the idempotency key')
    assert.is(entries[0]!.headers['correlation-id'], event.correlationId)
  })

  test('what is posted while no relay leads is accepted with a warning; the database is asked once a second', async () => {
    let asked = 0
    let answer: () => Promise<boolean> = async () => false
    const led = () => {
      asked++
      return answer()
    }
    let now = 0
    const clock = { ...systemClock, monotonic: () => now }
    const { app: waiting } = stubTrading({ outbox: { led }, clock })
    const warningOf = async (request: Request) => (await ask(request, waiting)).headers.get('Warning')
    const post = () => send('/v1/signals', 'POST', signal('k1'))
    const told = /^199 millrace ".*waits; start one with 'millrace outbox relay'"$/
    assert.match((await warningOf(post())) ?? '', told)
    assert.match((await warningOf(send('/v1/instruments', 'POST', { ...msft, instrumentId: 'NEW' }))) ?? '', told)
    assert.is(asked, 1)
    assert.is(await warningOf(send('/v1/signals', 'POST', {})), null, 'nothing was accepted')
    assert.is(await warningOf(new Request('http://gateway/v1/stores')), null)
    now += 1_001
    answer = async () => true
    assert.is(await warningOf(post()), null)
    now += 1_001
    answer = async () => {
      throw new RetriableError('STORE_UNAVAILABLE', 'away')
    }
    assert.is(await warningOf(post()), null, 'nobody knows')
    assert.is(asked, 3)
  })

  test('streams of one portfolio share their looks at the database', async () => {
    let looks = 0
    const versionsAfter: TradingReads['versionsAfter'] = async (_, { version }) => {
      looks++
      return { kind: 'found', value: { cut, value: version < 2n ? [snapshot] : [] } }
    }
    const { app: shared } = stubTrading({ reads: { versionsAfter } })
    const start = Date.now()
    const read = async () => {
      const stop = new AbortController()
      const request = new Request('http://gateway/v1/portfolios/alpha-01/updates', { signal: stop.signal })
      const reader = (await shared.request(request)).body!.getReader()
      const first = await reader.read()
      return { text: new TextDecoder().decode(first.value as Uint8Array), stop: () => stop.abort() }
    }
    const streams = await Promise.all(Array.from({ length: 30 }, read))
    for (const { text } of streams) assert.match(text, 'id: 2')
    await waitFor(() => looks >= 4, { what: 'no second look' })
    for (const { stop } of streams) stop()
    // One look for each version that they have seen, every 200 ms: two at the start, then one.
    const most = 2 + Math.ceil((Date.now() - start) / 200)
    assert.ok(looks <= most, `${looks} looks, at most ${most}`)
  })

  test('streams that are still being opened count: no more than 100 at one time', async () => {
    let answer: (found: Awaited<ReturnType<TradingReads['portfolio']>>) => void = () => {}
    const answered = new Promise<Awaited<ReturnType<TradingReads['portfolio']>>>(resolve => {
      answer = resolve
    })
    let reads = 0
    const portfolio: TradingReads['portfolio'] = () => {
      reads++
      return answered
    }
    const { app: slow, closing } = stubTrading({ reads: { portfolio } })
    const open = () => Promise.all(Array.from({ length: 150 }, () => slow.request('/v1/portfolios/alpha-01/updates')))
    const opening = open()
    await waitFor(() => reads >= 100, { what: 'not 100 reads' })
    answer({ kind: 'absent' })
    const absent = (await opening).map(({ status }) => status)
    assert.equal([absent.filter(status => status === 404).length, reads], [100, 100])
    assert.is(absent.filter(status => status === 503).length, 50)
    // Those that came to nothing count no more.
    assert.is((await open()).filter(({ status }) => status === 404).length, 100)
    closing.abort()
  })

  test('an event carries the trace of its request, or a fresh one', async () => {
    const entries: OutboxEntry[] = []
    const recording = stubTrading({ outbox: { post: async (_, entry) => entries.push(entry) > 0 } }).app
    // Example and what is not valid: W3C Trace Context, sections 3.2 and 3.2.2.
    const given = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const traced = async (traceparent: string, request: Request) => {
      request.headers.set('traceparent', traceparent)
      const { headers } = await ask(request, recording)
      assert.is(entries.at(-1)?.headers?.traceparent, headers.get('traceparent'))
      return headers.get('traceparent')
    }
    assert.is(await traced(given, send('/v1/signals', 'POST', signal('k1'))), given)
    assert.is(await traced(given, send('/v1/instruments', 'POST', { ...msft, instrumentId: 'NEW' })), given)
    assert.is(await traced(given, send('/v1/instruments/XNAS/MSFT', 'PATCH', { enabled: false })), given)
    const fresh = new Set<string | null>()
    for (const wrong of [
      '',
      'text',
      given.toUpperCase(),
      `ff${given.slice(2)}`,
      `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
      `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`,
      `${given}-more`,
    ]) {
      const made = await traced(wrong, send('/v1/signals', 'POST', signal('k1')))
      assert.match(made ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/, wrong)
      fresh.add(made)
    }
    assert.is(fresh.size, 7, 'each its own')
    const later = `01${given.slice(2)}-more`
    assert.is(
      await traced(later, send('/v1/signals', 'POST', signal('k1'))),
      later,
      'only version 00 ends at the flags',
    )
  })

  test('a repeated signal answers no trace: its event carries that of the first request', async () => {
    const rows = new Map<unknown, readonly unknown[]>()
    const outbox: Partial<Pick<Outbox, 'post' | 'read'>> = {
      async post({ parameters: [, key, fingerprint, eventId] }) {
        if (rows.has(key)) return false
        rows.set(key, [fingerprint, eventId])
        return true
      },
      read: async ({ parameters: [, key] }) => [rows.get(key)!],
    }
    const { app: posting } = stubTrading({ outbox })
    const first = await ask(send('/v1/signals', 'POST', signal('k1')), posting)
    assert.equal([first.status, first.body.repeated, first.headers.has('traceparent')], [202, false, true])
    const again = await ask(send('/v1/signals', 'POST', signal('k1')), posting)
    assert.equal([again.status, again.body.repeated, again.headers.has('traceparent')], [202, true, false])
  })

  test('requests are counted by route, not by path', async () => {
    const { app: counted } = stubTrading()
    await counted.request('/v1/portfolios/alpha-01')
    await counted.request('/v1/portfolios/nobody')
    const { body } = await ask('/metrics', counted)
    const route = 'route="/v1/portfolios/:portfolioId",method="GET"'
    assert.match(body, `millrace_gateway_request_seconds_count{${route},status="200"} 1`)
    assert.match(body, `millrace_gateway_request_seconds_count{${route},status="404"} 1`)
    assert.match(body, 'millrace_outbox_pending 0')
  })

  test('reports in quarantine are gauged by reason, where the topology keeps books', async () => {
    const books = stubTrading({ topology: { stores: [quarantine] } }).app
    const { body } = await ask('/metrics', books)
    assert.match(body, 'millrace_quarantined_reports{reason="OVERFILL"} 2')
    assert.match(body, 'millrace_quarantined_reports{reason="CONTRADICTION"} 0')
    assert.match(body, 'millrace_gateway_database_up 1')
    assert.not.match((await ask('/metrics', stubTrading().app)).body, 'millrace_quarantined_reports{')
  })

  test('metrics are served while the database is away: what it would say is not a number', async () => {
    const away = () => Promise.reject(new RetriableError('STORE_UNAVAILABLE', 'away'))
    const { app: cut } = stubTrading({
      topology: { stores: [quarantine] },
      reads: { quarantined: away },
      outbox: { status: away },
    })
    await cut.request('/healthz')
    const { status, body } = await ask('/metrics', cut)
    assert.is(status, 200)
    assert.match(body, 'millrace_gateway_request_seconds_count{route="/healthz",method="GET",status="200"} 1')
    assert.match(body, 'millrace_gateway_database_up 0')
    assert.match(body, 'millrace_outbox_pending Nan')
    assert.match(body, 'millrace_quarantined_reports{reason="OVERFILL"} Nan')
  })

  test('pages may load nothing from elsewhere', async () => {
    for (const path of ['/', '/portfolios/alpha-01', '/docs', '/assets/chart.js']) {
      const { status, headers } = await ask(path)
      assert.is(status, 200, path)
      assert.match(headers.get('Content-Security-Policy') ?? '', "default-src 'none'")
    }
  })

  test('nothing in this file was a defect', () => {
    assert.equal(defects, [])
  })
})
