import * as assert from 'uvu/assert'
import { Desk } from '../../../ops/trading/demo/desk.ts'
import { priceEvent } from '../../../processors/domain/market/price-event.ts'
import { marketSignal } from '../../processors/support/signal.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'
import { waitFor } from '../../support/wait-for.ts'
import type { AnyJson } from '../support/any-json.ts'
import { send } from '../support/stub-app.ts'
import { type Pipeline, startPipeline } from './support/pipeline.ts'
import { answered, msft, post, released, signal } from './support/pipeline-requests.ts'

const { database } = await realParts({ postgres: true })
let pipeline: Pipeline

const units = (count: number) => BigInt(count) * 10n ** 18n

async function get(path: string): Promise<AnyJson> {
  const response = await pipeline.gateway.app.request(path)
  assert.is(response.status, 200, path)
  return response.json()
}

/** The first item of a list of a portfolio; undefined while there is none, or no portfolio. */
async function firstOf(portfolioId: string, list: string): Promise<AnyJson> {
  const response = await pipeline.gateway.app.request(`/v1/portfolios/${portfolioId}/${list}`)
  return response.status === 404 ? undefined : ((await response.json()) as AnyJson).items[0]
}

async function price(last: string, at: number): Promise<AnyJson> {
  const body = { exchange: 'XNAS', instrumentId: 'MSFT', last, occurredAt: new Date(at).toISOString() }
  const response = await pipeline.gateway.app.request(send('/v1/prices', 'POST', body))
  const answer: AnyJson = await response.json()
  return { status: response.status, outcome: answer.outcome, eventId: answer.eventId }
}

/** Waits until the market has a price that was posted. */
async function known(last: string): Promise<void> {
  const path = '/v1/stores/instrument_prices/XNAS%3AMSFT'
  const found = async () => (await pipeline.gateway.app.request(path)).text()
  await waitFor(async () => (await found()).includes(`"last":"${last}"`), {
    what: `no price of ${last}`,
    said: () => path,
  })
}

/** The equity and the mark of a portfolio's only position. */
async function marked(
  portfolioId: string,
): Promise<{ equity: string; price: string; source: string; version: string }> {
  const { summary, positions } = await get(`/v1/portfolios/${portfolioId}`)
  const { price: marking, source } = positions[0].mark
  return { equity: summary.equity, price: marking, source, version: summary.version }
}

suite('prices over HTTP', test => {
  test.before(async () => {
    pipeline = await startPipeline(await database())
    await post(pipeline.gateway, '/v1/instruments', { ...msft, takerFeeRate: '0' })
    await answered(pipeline.gateway, '/v1/instruments/XNAS/MSFT?minVersion=1&waitMs=10000')
  })

  test('a price is posted once; an older one and the same again change nothing, another for its time is refused', async () => {
    const at = Date.now() - 60_000
    const first = await price('100', at)
    assert.equal([first.status, first.outcome], [202, 'posted'])
    assert.equal(await price('100', at), { ...first, outcome: 'repeated' })
    assert.equal([(await price('90', at - 1_000)).outcome, (await price('101', at)).status], ['outdated', 409])
    assert.is((await price('-1', at + 1)).status, 400)
    const published = async () => (await pipeline.outbox.status()).published
    await waitFor(async () => (await pipeline.outbox.status()).pending === 0, { what: 'entries wait' })
    assert.is(await published(), 2, 'the registration and one price')
  })

  test('a limit of 10 rests with the market at 100, and fills once when a price of 10 comes', async () => {
    const order = { portfolioId: 'beta-01', orderType: 'LIMIT', limitPrice: '10', referencePrice: null }
    await known('100')
    await post(pipeline.gateway, '/v1/signals', signal('low', order))
    const rests = () => firstOf('beta-01', 'orders')
    await waitFor(async () => (await rests())?.status === 'NEW', { what: 'the order does not rest' })
    assert.equal((await get('/v1/portfolios/beta-01/fills')).items, [])
    await price('10', Date.now())
    await waitFor(async () => (await rests()).status === 'FILLED', { what: 'the order does not fill' })
    const { items } = await get('/v1/portfolios/beta-01/fills')
    assert.equal([items.length, items[0].price], [1, '10'])
    await released(pipeline.gateway, 'beta-01')
  })

  test('two portfolios have one mark, and equity moves with a price alone', async () => {
    await price('100', Date.now())
    await known('100')
    for (const portfolioId of ['alpha-01', 'alpha-02'])
      await post(pipeline.gateway, '/v1/signals', signal('hold', { portfolioId, referencePrice: '100' }))
    for (const portfolioId of ['alpha-01', 'alpha-02'])
      await waitFor(async () => (await firstOf(portfolioId, 'positions'))?.quantity === '10', {
        what: `${portfolioId} holds nothing`,
      })
    const stop = new AbortController()
    const updates = new Request('http://gateway/v1/portfolios/alpha-01/updates', { signal: stop.signal })
    const reader = (await pipeline.gateway.app.request(updates)).body!.getReader()
    const told = async () => new TextDecoder().decode((await reader.read()).value as Uint8Array)
    assert.match(await told(), /id: 1/)
    await price('110', Date.now())
    const moved = await told()
    assert.match(moved, /"equity":"100"/)
    assert.match(moved, /id: 1/)
    const [one, two] = ['alpha-01', 'alpha-02'] as const
    await waitFor(async () => (await marked(one)).price === '110' && (await marked(two)).price === '110', {
      what: 'the mark does not follow',
    })
    assert.equal(await marked(one), await marked(two))
    assert.equal(await marked(one), { equity: '100', price: '110', source: 'MARKET', version: '1' })
    await reader.cancel()
    stop.abort()
    // A reader that has seen the version, and was away when the price came.
    const resumed = new AbortController()
    const again = new Request('http://gateway/v1/portfolios/alpha-01/updates', {
      headers: { 'Last-Event-ID': '1' },
      signal: resumed.signal,
    })
    const missed = (await pipeline.gateway.app.request(again)).body!.getReader()
    const first = new TextDecoder().decode((await missed.read()).value as Uint8Array)
    assert.match(first, /id: 1/)
    assert.match(first, /"equity":"100"/)
    await missed.cancel()
    resumed.abort()
  })

  test('the desk of the demo decides the signals of a moment at the prices of that moment', async () => {
    await post(pipeline.gateway, '/v1/instruments', { ...msft, instrumentId: 'OLD' })
    await answered(pipeline.gateway, '/v1/instruments/XNAS/OLD?minVersion=1&waitMs=10000')
    const times = [Date.UTC(2000, 0, 1), Date.UTC(2000, 1, 1)] as const
    const desk = await Desk.open('trading', pipeline.parts.broker, pipeline.parts.registry)
    const about = { exchange: 'XNAS', instrumentId: 'OLD', source: 'test' }
    const sides = { bid: null, ask: null, bidSize: null, askSize: null }
    const prices = times.map((at, index) =>
      priceEvent({ ...about, ...sides, last: units(10 * (index + 1)) }, at, 'test'),
    )
    const signals = times.map((at, index) => {
      const order = { instrumentId: 'OLD', portfolioId: 'gamma-01', referencePrice: units(10 * (index + 1)) }
      return { at, signal: marketSignal(`old-${index}`, { exchange: 'XNAS', ...order }, at).payload }
    })
    let settled = 0
    await desk.run(
      signals,
      count => {
        settled = count
      },
      prices,
    )
    await desk.close()
    assert.is(settled, 2)
    const fills = async () => (await get('/v1/portfolios/gamma-01/fills')).items
    await waitFor(async () => (await fills()).length === 2, { what: 'the fills are not in the tables' })
    assert.equal((await fills()).map((fill: AnyJson) => fill.price).sort(), ['10', '20'])
    assert.equal((await firstOf('gamma-01', 'positions')).mark, {
      price: '20',
      at: '2000-02-01T00:00:00.000Z',
      source: 'MARKET',
    })
  })

  test.after(() => pipeline.close())
})
