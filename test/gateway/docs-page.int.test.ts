import * as assert from 'uvu/assert'
import { openGateway } from '../../gateway/gateway.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { skipFile, suite } from '../support/suite.ts'
import { findChromium, startBrowser } from './support/chromium.ts'
import { words } from './support/words.ts'

const chromium = findChromium()
if ('missing' in chromium) skipFile(chromium.missing)

suite('the page of the documentation in a real browser', test => {
  test('shows every operation of any topology, without a database and from this gateway alone', async () => {
    const databaseUrl = 'postgres://127.0.0.1:1/nowhere'
    const gateway = openGateway({ databaseUrl, topology: words, clock: systemClock })
    const { url } = await gateway.serve(0)
    const browser = await startBrowser(chromium.path)
    const page = await browser.open(url)
    await page.until(`document.querySelector('main').dataset.state === 'ready'`)
    assert.is(await page.evaluate('location.pathname'), '/docs')
    assert.is(await page.evaluate(`document.querySelectorAll('.method').length`), 6)
    assert.equal(
      page.requested.filter(address => !address.startsWith(url) && !address.startsWith('data:')),
      [],
    )
    assert.equal(page.errors, [])
    await browser.close()
    await gateway.close()
  })
})
