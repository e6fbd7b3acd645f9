import * as assert from 'uvu/assert'
import { suite } from '../support/suite.ts'
import { ask } from './support/ask.ts'
import { type OutboxStub, send, stubApp } from './support/stub-app.ts'
import { wordGateway } from './support/words.ts'

const { app, defects } = stubApp({ extension: wordGateway })

suite('an extension of the gateway', test => {
  test('its routes read the stores and end as problem details', async () => {
    const { body } = await ask(app, '/v1/shouted/Be')
    assert.equal(body, { word: 'BE', count: '2' })
    const absent = await ask(app, '/v1/shouted/never')
    assert.equal([absent.status, absent.body.detail], [404, "nobody has said 'never'"])
    assert.match((await ask(app, '/v1/shouted/be?nonsense=1')).body.detail, "query: takes no field 'nonsense'")
    assert.equal(defects, [])
  })

  test('its routes stand in the documentation between health and the stores', async () => {
    const { body } = await ask(app, '/openapi.json')
    assert.equal(Object.keys(body.paths), [
      '/healthz',
      '/readyz',
      '/v1/shouted/{word}',
      '/v1/lines',
      '/v1/outbox',
      '/v1/stores',
      '/v1/stores/{store}',
      '/v1/stores/{store}/{key}',
    ])
  })

  test('bodies on the paths that it names are JSON and small', async () => {
    const entries: unknown[] = []
    const post: OutboxStub['post'] = async (_, entry) => entries.push(entry) > 0
    const posting = stubApp({ extension: wordGateway, outbox: { post } }).app
    assert.equal((await ask(posting, send('/v1/lines', 'POST', { line: 'to be' }))).body, { repeated: false })
    assert.is(entries.length, 1)
    const text = new Request('http://gateway/v1/lines', { method: 'POST', body: 'to be' })
    assert.is((await ask(posting, text)).status, 415)
    assert.is((await ask(posting, send('/v1/lines', 'POST', { line: 'x'.repeat(70_000) }))).status, 413)
    assert.is(entries.length, 1)
  })

  test('its page takes the place of the first one, beside the documentation', async () => {
    const page = await ask(app, '/')
    assert.equal([page.status, page.headers.get('Content-Type')], [200, 'text/html; charset=UTF-8'])
    assert.match(page.body, '<title>words</title>')
    assert.match(page.headers.get('Content-Security-Policy') ?? '', "default-src 'none'")
    const script = await ask(app, '/assets/words.js')
    assert.equal([script.status, script.headers.get('Content-Type')], [200, 'text/javascript; charset=utf-8'])
    assert.is((await ask(app, '/docs')).status, 200)
  })

  test('its metrics stand beside those of the gateway', async () => {
    const { body } = await ask(app, '/metrics')
    assert.match(body, '\nword_stores 1\n')
    assert.match(body, 'millrace_gateway_database_up 1')
  })
})
