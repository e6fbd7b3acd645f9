import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { millrace } from '../../support/command.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'
import type { AnyJson } from '../support/any-json.ts'
import { send } from '../support/stub-app.ts'
import { type Pipeline, startPipeline } from './support/pipeline.ts'
import { answered, halt, msft, post, released, signal } from './support/pipeline-requests.ts'

const { database } = await realParts({ postgres: true })
const databaseUrl = await database()
let pipeline: Pipeline

const get = (path: string) => answered(pipeline.gateway, path)

async function order(path: string, method: string, body: object, status = 202): Promise<AnyJson> {
  const response = await pipeline.gateway.app.request(send(path, method, body))
  const text = await response.text()
  assert.is(response.status, status, text)
  const location = response.headers.get('Location')
  return { ...JSON.parse(text), location }
}

/** Posts a signal and answers with its decision. Shape: `APPROVED`, or the reason code. */
async function decided(key: string, more: Record<string, unknown> = {}): Promise<string> {
  await post(pipeline.gateway, '/v1/signals', signal(key, more))
  const id = (more.portfolioId as string | undefined) ?? 'alpha-01'
  await get(`/v1/portfolios/${id}?including=${key}&waitMs=10000`)
  const { items } = await get(`/v1/portfolios/${id}/trades?idempotencyKey=${key}`)
  return items[0].reasonCode ?? items[0].outcome
}

suite('limits over HTTP and by command', test => {
  test.before(async () => {
    pipeline = await startPipeline(databaseUrl)
    await post(pipeline.gateway, '/v1/instruments', msft)
    await get('/v1/instruments/XNAS/MSFT?minVersion=1&waitMs=10000')
  })

  test('halt: from the version on which the read shows it no signal passes', async () => {
    assert.is(await decided('k1'), 'APPROVED')
    const before = Date.now()
    const { location, controlVersion } = await order('/v1/portfolios/alpha-01', 'PATCH', halt)
    assert.is(controlVersion, '1')
    const shown = await get(location)
    const took = Date.now() - before
    assert.equal(
      [shown.tradingState, shown.controlVersion, shown.actor, shown.reason],
      ['HALTED', '1', 'ann', 'feed is stale'],
    )
    assert.ok(took < 5_000, `${took} ms`)
    assert.is(await decided('k2'), 'TRADING_HALTED')
    assert.is((await get('/v1/portfolios/alpha-01/trades?idempotencyKey=k2')).items[0].controlVersion, '1')
    await order('/v1/portfolios/alpha-01', 'PATCH', halt, 200)
    await order('/v1/portfolios/alpha-01', 'PATCH', { ...halt, tradingState: 'ACTIVE', controlVersion: '1' }, 409)
    const lifted = await order('/v1/portfolios/alpha-01', 'PATCH', {
      ...halt,
      tradingState: 'ACTIVE',
      controlVersion: '2',
    })
    await get(lifted.location)
    assert.is(await decided('k3'), 'APPROVED')
    // What is closed below is what portfolio-risk holds.
    await released(pipeline.gateway, 'alpha-01')
  })

  test('every rule can be changed; the others stay', async () => {
    const rules = { exposureCap: '900', maxPositionQty: null, maxOrderRate: '5/1m', actor: 'bot', reason: 'test' }
    const { location } = await order('/v1/portfolios/alpha-02', 'PATCH', rules)
    const shown = await get(location)
    assert.equal(
      [shown.exposureCap, shown.maxOrderRate, shown.tradingState, shown.currency],
      ['900', '5/1m', 'ACTIVE', 'USD'],
    )
    assert.is(await decided('cap', { portfolioId: 'alpha-02', quantity: '100' }), 'EXPOSURE_CAP_EXCEEDED')
    await order('/v1/portfolios/alpha-02', 'PATCH', { actor: 'a', reason: 'b' }, 400)
    await order('/v1/portfolios/alpha-02', 'PATCH', { ...rules, exposureCap: '0' }, 400)
    await order('/v1/portfolios/nobody', 'PATCH', halt, 404)
  })

  test('flatten closes the positions, and a portfolio that was active may then only reduce', async () => {
    const { location } = await order('/v1/portfolios/alpha-01/flatten', 'POST', { actor: 'ann', reason: 'stop' })
    const { tradingState, controlVersion } = await get(location)
    assert.is(tradingState, 'REDUCING')
    const key = encodeURIComponent(`flatten:${controlVersion}:XNAS:MSFT`)
    const { positions } = await get(`/v1/portfolios/alpha-01?including=${key}&waitMs=10000`)
    assert.equal(positions, [])
    assert.is(await decided('k4'), 'TRADING_STATE_REDUCING')
  })

  test('the kill switch halts every portfolio from the version on which the read shows it', async () => {
    const { location } = await order('/v1/trading-state', 'PATCH', halt)
    assert.is((await get(location)).tradingState, 'HALTED')
    for (const portfolioId of ['alpha-03', 'alpha-04', 'beta-01', 'gamma-01'])
      assert.is(await decided(`kill-${portfolioId}`, { portfolioId }), 'TRADING_HALTED')
    assert.is((await get('/v1/portfolios/beta-02/limits')).tradingState, 'HALTED')
    const { location: ended } = await order('/v1/trading-state', 'PATCH', { ...halt, tradingState: 'ACTIVE' })
    await get(ended)
    assert.is(await decided('k5', { portfolioId: 'alpha-03' }), 'APPROVED')
  })

  test('by command: show, set, all, and a file that is applied under its version once', async () => {
    const run = (...args: readonly string[]) => millrace(['limits', ...args], { DATABASE_URL: databaseUrl })
    const set = await run('set', 'alpha-05', '--state', 'HALTED', '--cap', 'none', '--actor', 'ann', '--reason', 'test')
    assert.match(set.stdout, 'alpha-05  controlVersion 1  HALTED  on its way', set.stderr)
    await get('/v1/portfolios/alpha-05/limits?minControlVersion=1&waitMs=10000')
    const shown = JSON.parse((await run('show', 'alpha-05')).stdout)
    assert.equal([shown.tradingState, shown.exposureCap, shown.actor], ['HALTED', null, 'ann'])

    const file = join(mkdtempSync(join(tmpdir(), 'millrace-limits-')), 'limits.yaml')
    const rules = readFileSync('processors/limits.yaml', 'utf8')
    writeFileSync(file, `${rules.replace('version: 1', 'version: 2')}  new-01: { exposureCap: '5' }\n`)
    const applied = await run('apply', file, '--reason', 'new desk')
    assert.match(applied.stdout, 'new-01  controlVersion 1  ACTIVE  on its way', applied.stderr)
    assert.match(applied.stdout, 'alpha-05  controlVersion 2  ACTIVE  on its way')
    const again = await run('apply', file, '--reason', 'new desk')
    assert.not.match(again.stdout, 'on its way')
    writeFileSync(file, readFileSync(file, 'utf8').replace("'5'", "'6'"))
    const other = await run('apply', file, '--reason', 'new desk')
    assert.is(other.code, 3)
    assert.match(other.stderr, 'other rules were applied as version 2: raise version')
    await get('/v1/portfolios/new-01/limits?minControlVersion=1&waitMs=10000')
    assert.is(await decided('new', { portfolioId: 'new-01' }), 'EXPOSURE_CAP_EXCEEDED')
  })

  test.after(() => pipeline.close())
})
