/*
 * The console of `dev` in a real browser, with everything in memory: a topology with a store, an internal topic and a processor
 * that fails.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { openSession, type Session } from '../../../ops/dev/session.ts'
import { portAccess } from '../../../topology/http/port-access.ts'
import { type Browser, type BrowserPage, findChromium, startBrowser } from '../../gateway/support/chromium.ts'
import { skipFile, suite } from '../../support/suite.ts'
import { waitFor } from '../../support/wait-for.ts'

const chromium = findChromium()
if ('missing' in chromium) skipFile(chromium.missing)

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const topology = fileURLToPath(new URL('../fixtures/console-topology.ts', import.meta.url))
const token = '0123456789abcdef-console'
const views = ['', 'tasks', 'stores/order-totals', 'topics/orders', 'letters'] as const

const settings = {
  topology,
  kafka: 'memory',
  registry: 'memory',
  postgres: 'memory',
  schema: undefined,
  port: 0,
  topics: [],
  verbose: false,
} as const

suite('the console in a real browser', test => {
  let session: Session
  let guarded: Session
  let browser: Browser
  const produced: string[] = []

  test.before(async () => {
    session = await openSession({ ...settings, access: portAccess() })
    guarded = await openSession({ ...settings, access: portAccess({ token }) }, line => produced.push(line))
    for (const [key, cents] of [
      ['ann', 1_200],
      ['bob', 900],
      ['ann', 300],
    ] as const)
      await session.produce(`orders ${key} {"id":"${key}","cents":${cents},"note":"first"}`)
    await session.produce('orders eve {"id":"eve","cents":-1,"note":null}')
    // The sums are made by another task than the one that reads the orders.
    const sums = async () => (await fetch(`${session.facts.url}/console/data/stores/order-totals`)).text()
    await waitFor(async () => /1500/.test(await sums()) && /900/.test(await sums()), {
      what: 'the orders are not added up',
    })
    browser = await startBrowser(chromium.path)
  })
  test.after(async () => {
    await browser?.close()
    await session?.stop()
    await guarded?.stop()
  })

  let shown: BrowserPage | undefined
  const open = async (view: string, of: Session = session): Promise<BrowserPage> => {
    const page = await browser.open(`${of.facts.url}/console#/${view}`)
    shown = page
    await page.until(`document.querySelector('main').dataset.state === 'ready'`)
    return page
  }
  // A browser opens six connections to a server, and each page holds one for what it follows.
  test.after.each(async () => {
    await shown?.close()
    shown = undefined
  })
  const text = (selector: string) =>
    shown!.evaluate<string>(`[...document.querySelectorAll('${selector}')].map(node => node.textContent).join('|')`)

  test('the graph has processors with their stores and tasks, topics, and records that flow', async () => {
    const page = await open('')
    await page.until(`document.querySelectorAll('.processor').length === 2`)
    assert.is(await text('.processor .name'), 'by-id|orders')
    assert.is(await text('.processor .store .code'), 'order-totals')
    assert.ok((await text('.topic > a > .code')).includes('orders'))
    await page.until(`document.querySelector('.processor .store .sub').textContent === '2 rows'`)
    await page.until(`[...document.querySelectorAll('.dead')].some(dead => dead.textContent === '1 dead')`)
    await page.until(`document.querySelectorAll('.processor [data-state="running"]').length >= 2`)
    // So slowly that the first orders are still among the last hundred, which the tail shows, when this has taken long.
    const feeding = setInterval(() => void session.produce('orders cat {"id":"cat","cents":5,"note":null}'), 700)
    try {
      await page.until(
        `[...document.querySelectorAll('.edge .rate')].some(rate => /^[0-9.]+\\/s$/.test(rate.textContent))`,
      )
    } finally {
      clearInterval(feeding)
    }
    assert.equal(
      page.requested.filter(address => !address.startsWith(session.facts.url)),
      [],
      'it asks nothing of any other server',
    )
    assert.equal(page.errors, [])
  })

  test('tasks with owner and state', async () => {
    const page = await open('tasks')
    await page.until(`document.querySelectorAll('tbody tr').length >= 2`)
    const row = await page.evaluate<string>(`document.querySelector('tbody tr').innerText`)
    assert.match(row, new RegExp(`running.*${process.pid}.*0`, 's'))
  })

  test('rows of a store by page and by key, and the SQL that reads them', async () => {
    const page = await open('stores/order-totals')
    await page.until(`document.querySelectorAll('tbody tr').length >= 2`)
    assert.match(await text('tbody tr'), /^ann1500.*\|bob900/)
    assert.match(await text('.sql pre'), /^select "key", "value",.*from "public"\."order_totals"/s)
    await page.evaluate(`(() => {
      document.querySelector('.bar input').value = 'bob'
      document.querySelector('form.bar').requestSubmit()
    })()`)
    await page.until(`document.querySelector('.detail [role=status]').textContent === '1 row has this key'`)
    assert.match(await text('tbody tr'), /^bob900/)
  })

  test('the tail of a topic, with decoded Avro', async () => {
    const page = await open('topics/orders')
    await page.until(`document.querySelectorAll('tbody tr').length >= 4`)
    const first = await page.evaluate<string>(`document.querySelector('tbody').lastChild.innerText`)
    assert.match(first, /0:0\s+ann\s+\{"id":"ann","cents":"?1200"?,"note":\{?"first"/)
    await session.produce('orders dan {"id":"dan","cents":7,"note":null}')
    await page.until(`document.querySelector('tbody').innerText.includes('"id":"dan"')`)
  })

  test('dead letters with reason and state; without a token nothing can be changed', async () => {
    const page = await open('letters')
    await page.until(`document.querySelectorAll('.letter').length === 1`)
    assert.match(await text('.letter summary'), /^openPROCESS_FAILED.*cents must not be negative/)
    assert.match(await text('.letter dd'), /orders\.dlq\/0\/0/)
    assert.is(await page.evaluate(`document.querySelectorAll('.letter button').length`), 0)
    const retry = { places: ['orders.dlq/0/0'], state: 'retried' }
    const refused = await fetch(`${session.facts.url}/console/write/letters`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(retry),
    })
    assert.is(refused.status, 403)
  })

  test('with a token the console asks for it, produces, and settles dead letters', async () => {
    for (const path of ['topology', 'live', 'letters', 'stores/order-totals', 'tail?topic=orders'])
      assert.is((await fetch(`${guarded.facts.url}/console/data/${path}`)).status, 401, path)
    const page = await browser.open(`${guarded.facts.url}/console#/topics/orders`)
    shown = page
    await page.until(`document.querySelector('.token')`)
    const give = (value: string) =>
      page.evaluate(`(() => {
        document.querySelector('.token input').value = '${value}'
        document.querySelector('.token').requestSubmit()
      })()`)
    await give('wrong-wrong-wrong-wrong')
    await page.until(`document.querySelector('.token').innerText.includes('That is not its token')`)
    await give(token)
    await page.until(`document.querySelector('form.bar')`)
    await page.evaluate(`(() => {
      const [key, value] = document.querySelectorAll('form.bar input')
      key.value = 'fay'
      value.value = '{"id":"fay","cents":-4,"note":null}'
      document.querySelector('form.bar').requestSubmit()
    })()`)
    await page.until(`document.querySelector('tbody').innerText.includes('"id":"fay"')`)
    await waitFor(() => produced.length === 1, { what: 'dev was not told' })
    assert.equal(produced, ['orders fay {"id":"fay","cents":-4,"note":null}'])
    await page.evaluate(`location.hash = '#/letters'`)
    await page.until(`document.querySelector('.letter')`)
    await page.evaluate(`(() => {
      document.querySelector('.letter').open = true
      document.querySelector('.letter input').value = 'a test'
      document.querySelectorAll('.letter button')[1].click()
    })()`)
    await page.until(
      `[...document.querySelectorAll('.filter button')].some(button => button.textContent === 'dropped 1')`,
    )
  })

  for (const [width, scheme] of [
    [1280, 'light'],
    [390, 'dark'],
  ] as const)
    test(`no view has a serious fault for assistive technology: ${width} px, ${scheme}`, async () => {
      const page = await open('')
      await page.view(width, 900, scheme)
      await page.evaluate(`${axe};0`)
      for (const view of views) {
        await page.evaluate(`location.hash = '#/${view}'`)
        await page.until(
          `document.querySelector('h1') && !document.querySelector('main').innerText.includes('reading')`,
        )
        const faults = await page.evaluate<readonly string[]>(`axe.run().then(({ violations }) => violations
          .filter(({ impact }) => impact === 'serious' || impact === 'critical')
          .map(({ id, nodes }) => id + ': ' + nodes[0].html.slice(0, 200) + ' ' + nodes[0].failureSummary))`)
        assert.equal(faults, [], view)
        const over = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth')
        assert.ok(over <= 0, `${view} is ${over} px wider than the page`)
      }
    })

  test('nobody who looks at nothing: its streams end with the session', async () => {
    const other = await openSession({ ...settings, access: portAccess() })
    const live = await fetch(`${other.facts.url}/console/data/live`)
    const reader = live.body!.getReader()
    const { value } = await reader.read()
    assert.match(Buffer.from(value!).toString(), /^\{"at":\d+,"problem":null,/)
    await other.stop()
    let done = false
    while (!done) done = (await reader.read()).done
    assert.ok(done)
  })
})
