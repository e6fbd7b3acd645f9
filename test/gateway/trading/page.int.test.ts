import * as assert from 'uvu/assert'
import { realParts } from '../../support/real-parts.ts'
import { skipFile, suite } from '../../support/suite.ts'
import { type Browser, findChromium, startBrowser } from '../support/chromium.ts'
import { type Pipeline, startPipeline } from './support/pipeline.ts'
import { answered, msft, post, signal } from './support/pipeline-requests.ts'

const chromium = findChromium()
if ('missing' in chromium) skipFile(chromium.missing)
const { database } = await realParts({ postgres: true })

suite('the pages in a real browser', test => {
  let pipeline: Pipeline
  let browser: Browser
  let url: string

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
    browser = await startBrowser(chromium.path)
  })
  test.after(async () => {
    await browser.close()
    await pipeline.close()
  })

  test('shows equity, exposure against the cap and fills, from this gateway alone', async () => {
    const page = await browser.open(url)
    await page.until(`document.querySelector('main').dataset.state === 'ready'`)
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
    const page = await browser.open(`${url}/portfolios/alpha-01`)
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
