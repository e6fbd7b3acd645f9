import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import * as assert from 'uvu/assert'
import { type Gateway, openGateway } from '../../../gateway/gateway.ts'
import { tradingGateway } from '../../../gateway/trading/extension.ts'
import trading from '../../../processors/trading.ts'
import { portAccess } from '../../../topology/http/port-access.ts'
import { realParts } from '../../support/real-parts.ts'
import { skipFile, suite } from '../../support/suite.ts'
import { waitFor } from '../../support/wait-for.ts'
import type { AnyJson } from '../support/any-json.ts'
import { type Browser, type BrowserPage, findChromium, startBrowser } from '../support/chromium.ts'
import { type Front, openFront } from './support/front.ts'
import { type Pipeline, startPipeline } from './support/pipeline.ts'
import { answered, msft, post, signal } from './support/pipeline-requests.ts'

const chromium = findChromium()
if ('missing' in chromium) skipFile(chromium.missing)
const { database } = await realParts({ postgres: true })
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const token = '0123456789abcdef-desk'

/** The sample of an answer, as the documentation shows it. */
function sample(name: string): AnyJson {
  return JSON.parse(readFileSync(new URL(`../../../gateway/trading/samples/${name}.json`, import.meta.url), 'utf8'))
}

suite('the pages in a real browser', test => {
  let pipeline: Pipeline
  let browser: Browser
  let url: string
  let front: Front
  let guarded: Gateway
  const opened: BrowserPage[] = []

  const open = async (address: string): Promise<BrowserPage> => {
    const page = await browser.open(address)
    opened.push(page)
    await page.until(`document.querySelector('main').dataset.state === 'ready'`)
    return page
  }
  // A browser opens six connections to a server, and each page holds one for what it follows.
  test.after.each(async () => {
    for (const page of opened.splice(0)) await page.close()
  })

  const price = async (last: string, at = Date.now()) => {
    const body = { exchange: 'XNAS', instrumentId: 'MSFT', last, occurredAt: new Date(at).toISOString() }
    await post(pipeline.gateway, '/v1/prices', body)
  }
  const settle = async (key: string, more: Readonly<Record<string, unknown>> = {}) => {
    await post(pipeline.gateway, '/v1/signals', signal(key, more))
    await answered(pipeline.gateway, `/v1/portfolios/alpha-01?including=${key}&waitMs=10000`)
  }

  test.before(async () => {
    pipeline = await startPipeline(await database())
    await post(pipeline.gateway, '/v1/instruments', msft)
    await answered(pipeline.gateway, '/v1/instruments/XNAS/MSFT?minVersion=1&waitMs=10000')
    await settle('k1')
    await settle('k2', { referencePrice: '28.90' })
    await settle('k3', { side: 'SELL', quantity: '15', referencePrice: '29.10' })
    url = (await pipeline.gateway.serve(0)).url
    front = await openFront(url)
    guarded = openGateway({
      ...{ databaseUrl: pipeline.databaseUrl, clock: pipeline.parts.clock, extension: tradingGateway },
      ...{ topology: trading, access: portAccess({ token }) },
    })
    browser = await startBrowser(chromium.path)
  })
  test.after(async () => {
    await browser?.close()
    await front?.close()
    await guarded?.close()
    await pipeline.close()
  })

  test('shows equity, exposure against the cap and fills, from this gateway alone', async () => {
    const page = await open(url)
    assert.is(await page.evaluate(`document.querySelector('h1').textContent`), 'alpha-01')
    const { summary } = (await (await fetch(`${url}/v1/portfolios/alpha-01`)).json()) as {
      summary: { fillCount: number; tradeCount: number; version: string }
    }
    const tile = (label: string) =>
      page.evaluate<string>(
        `[...document.querySelectorAll('.tile')].find(tile => tile.firstChild.textContent === '${label}').lastChild.textContent`,
      )
    assert.is(await tile('Fills'), String(summary.fillCount))
    assert.is(await tile('Decisions'), '3')

    assert.is(
      await page.evaluate(`Number(document.querySelector('#equity .line').dataset.points)`),
      Number(summary.version),
    )
    assert.is(await page.evaluate(`Number(document.querySelector('#exposure .line').dataset.points)`), 3, 'approvals')
    assert.is(await page.evaluate(`document.querySelector('#exposure .cap-label').textContent`), 'cap 100k')
    // The cap lies above everything that is held, in the drawing too.
    const top = (selector: string) =>
      page.evaluate<number>(`document.querySelector('${selector}').getBoundingClientRect().top`)
    assert.ok((await top('#exposure .cap')) < (await top('#exposure .line')))
    assert.ok((await page.evaluate<number>(`document.querySelectorAll('#fills .buy').length`)) > 0)
    assert.ok((await page.evaluate<number>(`document.querySelectorAll('#fills .sell').length`)) > 0)

    const story = await page.evaluate<string>(`document.querySelector('#trades a').href`)
    const told = (await (await fetch(story)).json()) as { portfolioId: string; decision: { outcome: string } }
    assert.equal([told.portfolioId, told.decision.outcome], ['alpha-01', 'APPROVED'])

    assert.ok(page.requested.length > 5)
    assert.equal(
      page.requested.filter(address => !address.startsWith(url) && !address.startsWith('data:')),
      [],
    )
    assert.equal(page.errors, [])
    assert.ok((await page.screenshot()).length > 20_000, 'something is drawn')
  })

  test('draws again when the portfolio changes', async () => {
    const page = await open(`${url}/portfolios/alpha-01`)
    await page.until(`document.querySelector('#live').textContent === 'live'`)
    const before = await page.evaluate<string>(`document.querySelector('main').dataset.version`)
    await settle('k4', { referencePrice: '29.20' })
    const { summary } = await answered(pipeline.gateway, '/v1/portfolios/alpha-01')
    assert.ok(Number(summary.version) > Number(before))
    // Between the first report and the last it may draw more than once.
    await page.until(`document.querySelector('main').dataset.version === '${summary.version}'`)
    await page.until(`document.querySelector('#equity .line').dataset.points === '${summary.version}'`)
    assert.equal(page.errors, [])
  })

  test('orders and fills stand with their times, prices and marks, and one click tells the story', async () => {
    const path = '/v1/portfolios/alpha-01/orders?open=true'
    await waitFor(async () => ((await answered(pipeline.gateway, path)) as AnyJson).items.length === 0, {
      what: 'an order does not end',
    })
    const page = await open(`${url}/portfolios/alpha-01`)
    const rows = (id: string) =>
      page.evaluate<string[]>(`[...document.querySelectorAll('#${id} tbody tr')].map(row => row.innerText)`)
    const { items } = (await (await fetch(`${url}/v1/portfolios/alpha-01/fills?limit=20`)).json()) as AnyJson
    const filled = await rows('filled')
    assert.is(filled.length, items.length)
    assert.match(filled[0]!, items[0].executedAt.slice(0, 19).replace('T', ' '))
    assert.match(filled[0]!, items[0].price)
    assert.match((await rows('orders'))[0]!, /^\d{4}-\d\d-\d\d .*(buy|sell) \d+ MSFT.*filled/s)
    assert.match((await rows('positions'))[0]!, /^MSFT.*fill, \d{4}-/s)
    for (const [list, told] of [
      ['orders', 'Order'],
      ['filled', 'Fills'],
      ['trades', 'Decision'],
    ] as const) {
      await page.evaluate(`document.querySelector('#${list} a').click()`)
      await page.until(`document.querySelector('#story[open] .moments li')`)
      const text = await page.evaluate<string>(`document.querySelector('#story').innerText`)
      for (const part of ['Decision', 'Order', 'Fills', 'Moments', told]) assert.match(text, part)
      await page.evaluate(`document.querySelector('#story .close').click()`)
    }
  })

  test('after an interruption it is live again by itself, and shows a price that came meanwhile', async () => {
    await price('30')
    const page = await open(`${front.url}/portfolios/alpha-01`)
    await page.until(`document.querySelector('#live').textContent === 'live'`)
    await page.until(`document.querySelector('#positions tbody').innerText.includes('market')`)
    const before = await page.evaluate<{ version: string; equity: string }>(
      `({ version: document.querySelector('main').dataset.version, equity: document.querySelector('.tile .value').textContent })`,
    )
    front.cut()
    await page.until(`document.querySelector('#live').textContent === 'reconnecting'`)
    await page.until(`!document.querySelector('#message').hidden`)
    await page.until(`document.querySelector('#live').textContent === 'stale'`)
    assert.match(await page.evaluate<string>(`document.querySelector('#age').textContent`), /^no answer for \d+ s/)
    await price('31')
    front.back()
    await page.until(`document.querySelector('#live').textContent === 'live'`)
    await page.until(`document.querySelector('.tile .value').textContent !== '${before.equity}'`)
    assert.is(await page.evaluate(`document.querySelector('main').dataset.version`), before.version, 'the price alone')
    assert.ok(await page.evaluate(`document.querySelector('#message').hidden`))
  })

  test('buttons change the state, once the token is given, and the page says who did it', async () => {
    const page = await open(`${(await guarded.serve(0)).url}/portfolios/alpha-02`)
    const press = (text: string) =>
      page.evaluate(
        `[...document.querySelectorAll('#controls button')].find(made => made.textContent.startsWith('${text}')).click()`,
      )
    const give = (name: string, value: string) =>
      page.evaluate(`document.querySelector('#controls [name=${name}]').value = ${JSON.stringify(value)}`)
    const state = `document.querySelector('#trading-state').textContent`
    await page.until(`${state} === 'active'`)
    await press('Halt')
    assert.is(await page.evaluate(state), 'active', 'nobody is named')
    await give('actor', 'ann')
    await give('reason', 'feed is stale')
    await press('Halt')
    await page.until(`document.querySelector('#control-said').textContent.includes('token')`)
    await give('token', token)
    await press('Halt')
    await page.until(`${state} === 'halted'`)
    assert.match(
      await page.evaluate<string>(`document.querySelector('#state-reason').textContent`),
      /by ann, .*feed is stale/,
    )
    await page.evaluate(`document.querySelector('#controls details').open = true`)
    await give('exposureCap', '5000')
    await press('Set limits')
    await page.until(`document.querySelector('.limits').innerText.includes('of 5,000.00')`)
    await press('Trade')
    await page.until(`${state} === 'active'`)
    await press('Flatten')
    assert.is(await page.evaluate(`document.querySelector('#controls .danger').textContent`), 'Flatten: sure?')
    await press('Flatten')
    await page.until(`${state} === 'reducing'`)
  })

  const long = 'long-'.repeat(40)
  const huge = '-12345678901234567890.123456789012345678'
  /** Answers of the front about a portfolio that is at its extremes. */
  const extremes = {
    longest() {
      const [portfolio, orders, trace] = [sample('portfolio'), sample('orders').items, sample('trace')]
      for (const name of ['equity', 'realisedPnl', 'unrealisedPnl', 'exposure', 'fees']) portfolio.summary[name] = huge
      for (const one of [...portfolio.positions, ...portfolio.recentFills, ...portfolio.recentTrades, ...orders])
        Object.assign(one, { instrumentId: long, idempotencyKey: long, quantity: huge, marketValue: huge })
      Object.assign(trace, { idempotencyKey: long })
      return { portfolio, orders, history: sample('history'), trace }
    },
    empty() {
      const portfolio = { ...sample('portfolio'), positions: [], recentFills: [], recentTrades: [] }
      return { portfolio, orders: [], history: { books: [], exposure: [], fills: [] }, trace: sample('trace') }
    },
    single() {
      const { books, exposure } = sample('history')
      const only = { books: books.slice(0, 1), exposure: exposure.slice(0, 1), fills: [] }
      only.exposure[0].at = only.books[0].at
      const portfolio = sample('portfolio')
      return { portfolio, orders: sample('orders').items, history: only, trace: sample('trace') }
    },
  }

  for (const [name, answersOf] of Object.entries(extremes))
    test(`at its ${name} it fits 1280 and 390 px, light and dark, and axe finds nothing`, async () => {
      const { portfolio, orders, history, trace } = answersOf()
      const path = `/v1/portfolios/${long}`
      const { summary, positions } = portfolio
      for (const [of, answer] of [
        ['/v1/portfolios?limit=200', { items: [{ portfolioId: long, summary }], nextCursor: null }],
        [path, portfolio],
        [`${path}/positions?limit=200`, { items: positions }],
        [`${path}/orders?limit=20`, { items: orders }],
        [`${path}/limits`, { ...sample('limits'), exposure: huge, exposureCap: huge, actor: long, reason: long }],
        [`${path}/history?points=600`, history],
        [`/v1/trace/${orders[0]?.tradeId}?portfolioId=${long}`, trace],
      ] as const)
        front.answers.set(of, answer)
      const page = await open(`${front.url}/portfolios/${long}`)
      await page.evaluate(`${axe};0`)
      for (const width of [1280, 390])
        for (const scheme of ['light', 'dark'] as const) {
          // Both schemes at both widths once; the other states in two of the four.
          if (name !== 'longest' && (width === 390) !== (scheme === 'dark')) continue
          await page.view(width, 1_000, scheme)
          await new Promise(resolve => setTimeout(resolve, 300))
          for (const dialog of orders.length > 0 ? [false, true] : [false]) {
            if (dialog) {
              await page.evaluate(`document.querySelector('#orders a').click()`)
              await page.until(`document.querySelector('#story[open] .moments li')`)
            }
            const faults = await page.evaluate<readonly string[]>(`axe.run().then(({ violations }) => violations
              .map(({ id, nodes }) => id + ': ' + nodes[0].html.slice(0, 200) + ' ' + nodes[0].failureSummary))`)
            assert.equal(faults, [], `${width} ${scheme}`)
            if (dialog) await page.evaluate(`document.querySelector('#story .close').click()`)
          }
          const wide = await page.evaluate<readonly string[]>(`[document.documentElement, ...document.querySelectorAll(
            '.tile, .tile .value, .limits dd, h1, #controls, .state')].filter(node => node.scrollWidth > node.clientWidth + 1)
            .map(node => node.className + ' ' + node.tagName + ' ' + node.scrollWidth + ' > ' + node.clientWidth)`)
          assert.equal(wide, [], `${width} ${scheme}`)
        }
      if (name === 'single') assert.is(await page.evaluate(`document.querySelectorAll('#equity .point').length`), 1)
      if (name === 'empty') assert.is(await page.evaluate(`document.querySelectorAll('.nothing').length`), 3)
      front.answers.clear()
    })

  test('a portfolio that is not there says so', async () => {
    const page = await browser.open(`${url}/portfolios/nobody`)
    await page.until(`document.querySelector('main').dataset.state === 'failed'`)
    assert.match(await page.evaluate<string>(`document.querySelector('#message').textContent`), "'nobody'")
  })

  test("the API's page shows every operation of the document", async () => {
    const page = await browser.open(`${url}/docs`)
    await page.until(`document.querySelector('main').dataset.state === 'ready'`)
    const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: Record<string, object> }
    const operations = Object.values(paths).flatMap(methods => Object.keys(methods))
    assert.is(await page.evaluate(`document.querySelectorAll('.method').length`), operations.length)
    assert.equal(
      page.requested.filter(address => !address.startsWith(url) && !address.startsWith('data:')),
      [],
    )
    assert.equal(page.errors, [])
  })
})
