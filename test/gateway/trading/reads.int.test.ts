import fc from 'fast-check'
import postgres from 'postgres'
import * as assert from 'uvu/assert'
import { openGateway } from '../../../gateway/gateway.ts'
import { tradingGateway } from '../../../gateway/trading/extension.ts'
import { portfolioKey } from '../../../processors/domain/shared/keys.ts'
import { ordersFills } from '../../../processors/topics.ts'
import trading from '../../../processors/trading.ts'
import { bindTopics } from '../../../store/outbox/bound-topic.ts'
import { partitionOf } from '../../../topology/runtime/partitioner.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'
import { waitFor } from '../../support/wait-for.ts'
import type { AnyJson } from '../support/any-json.ts'
import { type Pipeline, startPipeline } from './support/pipeline.ts'
import { answered, msft, post, released, signal } from './support/pipeline-requests.ts'
import { fills } from './support/stub-reads.ts'

const { database } = await realParts({ postgres: true })
const databaseUrl = await database()
let pipeline: Pipeline

async function get(
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Headers; body: AnyJson }> {
  const response = await pipeline.gateway.app.request(path, { headers })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) }
}

/** Twelve signals in two instruments and two portfolios, settled. */
async function trade(): Promise<void> {
  await post(pipeline.gateway, '/v1/instruments', msft)
  await post(pipeline.gateway, '/v1/instruments', { ...msft, instrumentId: 'A B:|ü', shortable: false })
  for (const id of ['MSFT', encodeURIComponent('A B:|ü')])
    await answered(pipeline.gateway, `/v1/instruments/XNAS/${id}?minVersion=1&waitMs=10000`)
  for (let index = 0; index < 12; index++) {
    const portfolioId = index % 2 === 0 ? 'alpha-01' : 'alpha-02'
    const instrumentId = index % 3 === 0 ? 'A B:|ü' : 'MSFT'
    const side = index % 4 === 3 ? 'SELL' : 'BUY'
    await post(
      pipeline.gateway,
      '/v1/signals',
      signal(`k${index}`, { portfolioId, instrumentId, side, strategyId: 's1' }),
    )
  }
  for (const [portfolioId, keys] of [
    ['alpha-01', [0, 2, 4, 6, 8, 10]],
    ['alpha-02', [1, 3, 5, 7, 9, 11]],
  ] as const)
    for (const key of keys) await settled(portfolioId, `k${key}`)
}

/** Waits until a signal is settled everywhere. An answer of the portfolio does not change after that. */
async function settled(portfolioId: string, key: string): Promise<void> {
  await answered(pipeline.gateway, `/v1/portfolios/${portfolioId}?including=${key}&waitMs=10000`)
  await released(pipeline.gateway, portfolioId)
}

suite('gateway on a real Postgres', test => {
  test.before(async () => {
    pipeline = await startPipeline(databaseUrl)
    await trade()
  })
  test.after(() => pipeline.close())

  test('pages follow each other without a gap or a repetition, in every list', async () => {
    for (const [list, id] of [
      ['fills', 'fillId'],
      ['orders', 'orderId'],
      ['trades', 'decisionId'],
      ['positions', 'instrumentId'],
    ] as const) {
      const all = (await get(`/v1/portfolios/alpha-01/${list}?limit=200`)).body
      assert.is(all.nextCursor, null)
      assert.ok(all.items.length > 1, list)
      const paged: string[] = []
      let cursor = ''
      do {
        const page = (await get(`/v1/portfolios/alpha-01/${list}?limit=1${cursor}`)).body
        paged.push(...page.items.map((item: Record<string, string>) => item[id]))
        cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`
      } while (cursor !== '')
      assert.equal(
        paged,
        all.items.map((item: Record<string, string>) => item[id]),
        list,
      )
    }
  })

  test('filters leave what they say', async () => {
    const portfolio = '/v1/portfolios/alpha-02'
    const instrumentId = encodeURIComponent('A B:|ü')
    const cases: readonly [string, (item: Record<string, string>) => boolean][] = [
      [`fills?instrumentId=${instrumentId}`, item => item.instrumentId === 'A B:|ü'],
      ['fills?side=BUY&exchange=XNAS', item => item.side === 'BUY'],
      ['trades?outcome=APPROVED', item => item.outcome === 'APPROVED'],
      ['trades?strategyId=s1&idempotencyKey=k3', item => item.idempotencyKey === 'k3'],
      ['orders?side=BUY&status=FILLED', item => item.side === 'BUY' && item.status === 'FILLED'],
      ['positions?open=true', item => item.quantity !== '0'],
    ]
    for (const [path, holds] of cases) {
      const [list] = path.split('?')
      const all = (await get(`${portfolio}/${list}`)).body.items as Record<string, string>[]
      const some = (await get(`${portfolio}/${path}`)).body.items as Record<string, string>[]
      assert.equal(some, all.filter(holds), path)
      assert.ok(some.length > 0, path)
    }
    assert.equal((await get(`${portfolio}/fills?to=2000-01-01T00:00:00Z`)).body.items, [])
    assert.ok((await get(`${portfolio}/fills?from=2000-01-01T00:00:00Z`)).body.items.length > 0)
  })

  test('the books of the answer are those of its fills: cash and fees exactly', async () => {
    const { summary } = (await get('/v1/portfolios/alpha-01')).body
    const { items } = (await get('/v1/portfolios/alpha-01/fills?limit=200')).body
    // Independent of the code under test: integers of 1e-8, enough for these prices and fees.
    const scaled = (text: string) => {
      const [whole = '0', fraction = ''] = text.split('.')
      return BigInt(whole + fraction.padEnd(8, '0'))
    }
    let cash = 0n
    for (const { side, quantity, price, fee } of items)
      cash += (side === 'BUY' ? -1n : 1n) * BigInt(quantity) * scaled(price) - scaled(fee)
    assert.is(scaled(summary.cash.replace('-', '')), cash < 0n ? -cash : cash)
    assert.is(summary.cash.startsWith('-'), cash < 0n)
    assert.is(summary.fillCount, items.length)
  })

  test('an unchanged answer is 304 for its tag, and another portfolio has another', async () => {
    const first = await get('/v1/portfolios/alpha-01')
    const tag = first.headers.get('ETag')!
    const again = await get('/v1/portfolios/alpha-01', { 'If-None-Match': `"other", W/${tag}` })
    assert.is(again.status, 304)
    assert.is(again.body, undefined)
    assert.is(again.headers.get('ETag'), tag)
    assert.is((await get('/v1/portfolios/alpha-02', { 'If-None-Match': tag })).status, 200)
  })

  test('a row of any store, by a composite key with a percent sign in it, by path and by parts, with its offset', async () => {
    const key = `alpha-01/${encodeURIComponent(`XNAS:${encodeURIComponent('A B:|ü')}`)}`
    const { status, body } = await get(`/v1/stores/positions/${key}`)
    assert.is(status, 200)
    const parts = ['alpha-01', `XNAS:${encodeURIComponent('A B:|ü')}`].map(part => `key=${encodeURIComponent(part)}`)
    assert.equal((await get(`/v1/stores/positions?${parts.join('&')}`)).body, body)
    assert.is((await get(`/v1/stores/positions?${parts[0]}`)).status, 404, 'a part is missing')
    assert.equal(body.key, ['alpha-01', 'XNAS:A%20B%3A%7C%C3%BC'])
    assert.is(body.value.instrumentId, 'A B:|ü')
    assert.type(body.value.quantity, 'string')
    const [[partition, offset]] = Object.entries(body.asOf) as [[string, string]]
    const number = partition.replace('positions-', '')
    assert.is((await get(`/v1/stores/positions/${key}?atLeast=${number}:${offset}&waitMs=0`)).status, 200)
    assert.is((await get(`/v1/stores/positions/${key}?atLeast=${number}:${Number(offset) + 1}&waitMs=0`)).status, 409)
  })

  test('while a store is being restored the answer is 503 with Retry-After, then 200 again', async () => {
    const sql = postgres(databaseUrl, { max: 1 })
    const mark = (restoring: boolean) =>
      sql`update millrace_checkpoint set restoring = ${restoring} where application = 'trading' and store = 'executions'`
    await mark(true)
    const during = await get('/v1/portfolios/alpha-01/fills?waitMs=0')
    assert.is(during.status, 503)
    assert.is(during.headers.get('Retry-After'), '1')
    assert.is(during.body.type, '/problems/not-ready')
    assert.is((await get('/v1/portfolios/alpha-01/trades')).status, 200, 'the decisions are not')
    const patient = get('/v1/portfolios/alpha-01/fills?waitMs=10000')
    await systemClock.sleep(50)
    await mark(false)
    assert.is((await patient).status, 200, 'who waits for it gets it')
    assert.is((await get('/v1/portfolios/alpha-01/fills')).status, 200)
    await sql.end()
  })

  test('the page of a portfolio is 503 while a store that it is read from is being restored, whatever was answered before', async () => {
    const sql = postgres(databaseUrl, { max: 1 })
    const mark = (restoring: boolean) =>
      sql`update millrace_checkpoint set restoring = ${restoring} where application = 'trading' and store = 'executions'`
    const before = await get('/v1/portfolios/alpha-01')
    assert.is((await get('/v1/portfolios/alpha-01')).headers.get('ETag'), before.headers.get('ETag'))
    await mark(true)
    assert.is((await get('/v1/portfolios/alpha-01?waitMs=0')).status, 503)
    await mark(false)
    assert.is((await get('/v1/portfolios/alpha-01')).headers.get('ETag'), before.headers.get('ETag'))
    await sql.end()
  })

  test('the page of a portfolio shows a decision as soon as it is in the tables, though it was just answered', async () => {
    const before = (await get('/v1/portfolios/alpha-02')).body
    await post(pipeline.gateway, '/v1/signals', signal('fresh', { portfolioId: 'alpha-02' }))
    await answered(pipeline.gateway, '/v1/portfolios/alpha-02?including=fresh&waitMs=10000')
    const after = (await get('/v1/portfolios/alpha-02')).body
    assert.is(BigInt(after.summary.riskSeq), BigInt(before.summary.riskSeq) + 1n)
    assert.ok(BigInt(after.summary.version) > BigInt(before.summary.version))
    assert.is(after.recentTrades.length, before.recentTrades.length + 1)
  })

  test('a slow database gives 504 within the budget, and the next answer is whole', async () => {
    const budgetMs = 1_500
    const slow = openGateway({
      databaseUrl,
      topology: trading,
      extension: tradingGateway,
      clock: systemClock,
      budgetMs,
    })
    await answered(slow, '/v1/portfolios/alpha-01')
    const blocker = postgres(databaseUrl, { max: 1 })
    await blocker.unsafe('begin; lock table positions in access exclusive mode')
    // The machine itself may stop for a while: the shortest time counts.
    let tookMs = Number.POSITIVE_INFINITY
    for (let ask = 0; ask < 5 && tookMs >= budgetMs + 2_000; ask++) {
      const start = systemClock.monotonic()
      const response = await slow.app.request('/v1/portfolios/alpha-01/positions')
      tookMs = systemClock.monotonic() - start
      assert.is(response.status, 504)
    }
    assert.ok(tookMs < budgetMs + 2_000, `${tookMs} ms`)
    await blocker.unsafe('rollback')
    await blocker.end()
    assert.is((await answered(slow, '/v1/portfolios/alpha-01')).portfolioId, 'alpha-01')
    await slow.close()
  })

  test('reads while their backends are killed are whole or 503, never torn', async () => {
    const sql = postgres(databaseUrl, { max: 1 })
    const whole = (await get('/v1/portfolios/alpha-01')).body
    const kill = () =>
      sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'millrace gateway' and datname = current_database()`
    const statuses = new Set<number>()
    for (let round = 0; round < 30 || (round < 1_000 && !statuses.has(503)); round++) {
      const asked = Array.from({ length: 4 }, () => get('/v1/portfolios/alpha-01'))
      await kill()
      for (const { status, body } of await Promise.all(asked)) {
        statuses.add(status)
        if (status === 200) assert.equal(body, whole)
        else assert.is(status, 503)
      }
    }
    assert.ok(statuses.has(503), 'some were hit')
    // The last of them may still meet a connection whose end has not been heard of.
    assert.equal(await answered(pipeline.gateway, '/v1/portfolios/alpha-01'), whole)
    await sql.end()
  })

  test('updates come as server-sent events, and go on after the last one that was seen', async () => {
    const { url } = await pipeline.gateway.serve(0)
    const read = async (lastSeen: string | undefined, count: number) => {
      const stop = new AbortController()
      const response = await fetch(`${url}/v1/portfolios/alpha-01/updates`, {
        signal: stop.signal,
        ...(lastSeen !== undefined && { headers: { 'Last-Event-ID': lastSeen } }),
      })
      let text = ''
      const decoder = new TextDecoder()
      for await (const chunk of response.body!) {
        text += decoder.decode(chunk as Uint8Array, { stream: true })
        if (text.split('\n\n').length > count) break
      }
      stop.abort()
      return [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id)).slice(0, count)
    }
    const { version } = (await get('/v1/portfolios/alpha-01')).body.summary
    const newest = Number(version)
    assert.equal(await read(undefined, 1), [newest])
    assert.equal(
      await read('1', newest - 1),
      Array.from({ length: newest - 1 }, (_, index) => index + 2),
    )
    const waiting = read(version, 1)
    await post(pipeline.gateway, '/v1/signals', signal('more'))
    assert.equal(await waiting, [newest + 1])
  })

  test('a cursor with text that Postgres cannot hold is a place in the list all the same', async () => {
    for (const odd of ['\0', 'a\0b', '']) {
      const key = `${Buffer.from(odd).toString('base64url')}_w`
      assert.is((await get(`/v1/portfolios?cursor=portfolios.${key}`)).status, 200, JSON.stringify(odd))
      const positions = `/v1/portfolios/alpha-01/positions?cursor=positions.${key}`
      assert.is((await get(positions)).status, 200, JSON.stringify(odd))
    }
  })

  test('an instrument whose key no table could hold is refused, not accepted and dead-lettered later', async () => {
    const register = (exchange: string, instrumentId: string) =>
      pipeline.gateway.app.request('/v1/instruments', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ ...msft, exchange, instrumentId }),
      })
    // 200 characters of three bytes are 1,800 bytes when percent-encoded; different ones, since an index compresses.
    const characters = (from: number) => String.fromCodePoint(...Array.from({ length: 200 }, (_, n) => from + n * 53))
    const refused = await register(characters(0x4e00), characters(0x4e10))
    assert.is(refused.status, 409)
    assert.match(await refused.text(), 'the key of exchange and instrumentId is 3601 bytes, percent-encoded: use 1700')
    const short = characters(0x4e00).slice(0, 90)
    assert.is((await register(short, short)).status, 201)
    const path = `/v1/instruments/${encodeURIComponent(short)}/${encodeURIComponent(short)}?minVersion=1&waitMs=10000`
    assert.is((await answered(pipeline.gateway, path)).instrumentId, short, 'and it is applied')
  })

  test('a key of a store that is no time is refused by its column', async () => {
    const { status, body } = await get('/v1/stores/portfolio_snapshots/alpha-01/2010-13-45T10:00:00Z/1')
    assert.equal([status, body.detail], [404, "'at' of store 'portfolio_snapshots' is no timestamptz: correct the key"])
  })

  test('an overfill and a contradiction stand in the metrics, by reason', async () => {
    const { broker, registry } = pipeline.parts
    const bound = (await bindTopics([ordersFills], broker, registry)).get(ordersFills.name)!
    const producer = broker.producer({ transactionalId: 'forger' })
    await producer.init()
    // An order of 10: 10 are filled, then 5 more; then the first report comes again with another price.
    const forged = [
      { execSeq: 1n, fillSeq: 1, lastQty: 10n, lastPrice: 28n, cumQty: 10n },
      { execSeq: 2n, fillSeq: 2, lastQty: 5n, lastPrice: 28n, cumQty: 15n },
      { execSeq: 1n, fillSeq: 1, lastQty: 10n, lastPrice: 29n, cumQty: 10n },
    ]
    const key = bound.key.encode(portfolioKey('forged'))!
    const records = forged.map(({ execSeq, fillSeq, lastQty, lastPrice, cumQty }) => {
      const { instrumentKey: _, correlationId, quarantine: __, ...report } = { ...fills[0]!, portfolioId: 'forged' }
      const one = 10n ** 18n
      const payload = {
        ...{
          ...report,
          execSeq,
          fillSeq,
          executionId: `forged-${execSeq}`,
          execType: 'PARTIAL_FILL',
          isTerminal: false,
        },
        ...{
          orderQty: 10n * one,
          lastQty: lastQty * one,
          lastPrice: lastPrice * one,
          cumQty: cumQty * one,
          leavesQty: 0n,
        },
      }
      const event = {
        ...{
          eventId: `forged-${execSeq}`,
          eventType: 'ExecutionReport',
          schemaVersion: 1,
          occurredAt: report.executedAt,
        },
        ...{ producer: 'forger', key: portfolioKey('forged'), correlationId, payload },
      }
      const value = bound.value.encode(event)
      const partition = partitionOf(key, bound.partitions)
      return { topic: ordersFills.name, partition, timestamp: report.executedAt, key, value, headers: [] }
    })
    await producer.commit({ records })
    await producer.close()
    const metrics = async () => (await pipeline.gateway.app.request('/metrics')).text()
    const shows = async (reason: string, count: number) =>
      (await metrics()).includes(`millrace_quarantined_reports{reason="${reason}"} ${count}\n`)
    await waitFor(async () => (await shows('OVERFILL', 1)) && (await shows('CONTRADICTION', 1)), {
      what: 'the metrics do not show the reports',
    })
    assert.ok(await shows('AFTER_TERMINAL', 0))
    const { summary } = (await get('/v1/portfolios/forged')).body
    assert.equal([summary.version, summary.fillCount], ['1', 1], 'the books have the first report alone')
  })

  test('a fuzz of the HTTP surface gives no 500', async () => {
    const defects: unknown[] = []
    const gateway = openGateway({
      databaseUrl,
      topology: trading,
      extension: tradingGateway,
      clock: systemClock,
      report: error => defects.push(error),
    })
    const odd = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom(
        'alpha-01',
        'XNAS',
        'MSFT',
        '0',
        '-1',
        '1e9',
        '99999999999999999999',
        '%00',
        '%ff',
        '..',
        'null',
        ' ',
        "'; drop table positions; --",
      ),
      fc.webFragments(),
    )
    const path = fc.oneof(
      fc.constantFrom(
        '/',
        '/docs',
        '/openapi.json',
        '/metrics',
        '/healthz',
        '/readyz',
        '/v1/outbox',
        '/v1/stores',
        '/v1/portfolios',
        '/v1/portfolios/alpha-01',
        '/v1/portfolios/alpha-01/fills',
        '/v1/portfolios/alpha-01/orders',
        '/v1/portfolios/alpha-01/trades',
        '/v1/portfolios/alpha-01/positions',
        '/v1/portfolios/alpha-01/history',
        '/v1/instruments',
        '/v1/instruments/XNAS/MSFT',
        '/v1/signals',
      ),
      odd.map(id => `/v1/portfolios/${id}`),
      fc
        .tuple(odd, fc.constantFrom('fills', 'orders', 'trades', 'positions', 'history', 'nothing'))
        .map(([id, list]) => `/v1/portfolios/${id}/${list}`),
      fc
        .tuple(fc.constantFrom(...trading.stores.map(store => store.name), 'none'), fc.array(odd, { maxLength: 4 }))
        .map(([store, key]) => `/v1/stores/${store}/${key.join('/')}`),
      fc.tuple(odd, odd).map(([exchange, id]) => `/v1/instruments/${exchange}/${id}`),
      odd.map(text => `/${text}`),
    )
    const name = fc.oneof(
      fc.constantFrom(
        'cursor',
        'limit',
        'from',
        'to',
        'side',
        'status',
        'open',
        'minVersion',
        'including',
        'atLeast',
        'points',
        'exchange',
        'instrumentId',
      ),
      odd,
    )
    const value = fc.oneof(
      odd,
      fc
        .tuple(
          fc.constantFrom('orders', 'fills', 'trades', 'positions', 'portfolios'),
          fc.oneof(odd, fc.jsonValue(), fc.constant('\0')),
        )
        .map(cursor => Buffer.from(JSON.stringify(cursor)).toString('base64url')),
      fc.date({ noInvalidDate: true }).map(date => date.toISOString()),
    )
    const body = fc.oneof(
      fc.json(),
      odd,
      fc.record({ exchange: odd, instrumentId: odd, tickSize: fc.anything() }, { requiredKeys: [] }).map(text),
    )
    const requests = fc.record({
      method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS'),
      path,
      query: fc.array(fc.tuple(name, value), { maxLength: 3 }),
      body,
      type: fc.constantFrom('application/json', 'text/plain', 'application/json; charset=utf-16'),
    })
    const seen = new Set<number>()
    await fc.assert(
      fc.asyncProperty(requests, async asked => {
        const url = new URL('http://gateway')
        url.pathname = asked.path
        for (const [key, given] of [...asked.query, ['waitMs', '0'] as const]) url.searchParams.append(key, given)
        const plain = asked.method === 'GET' || asked.method === 'HEAD'
        const response = await gateway.app.request(url.href, {
          method: asked.method,
          ...(!plain && { body: asked.body, headers: { 'Content-Type': asked.type } }),
        })
        seen.add(response.status)
        await response.arrayBuffer()
        assert.ok(
          response.status < 500,
          `${response.status} ${asked.method} ${url.href} ${defects.map(String).join(' ')}`,
        )
      }),
      { numRuns: 3_000 },
    )
    assert.equal(defects, [])
    for (const status of [200, 400, 404, 405, 415]) assert.ok(seen.has(status), `${status} was among the answers`)
    await gateway.close()
  })
})

function text(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part)) ?? ''
}
