import { Gauge } from 'prom-client'
import * as assert from 'uvu/assert'
import {
  createRoute,
  freshProblems,
  type GatewayExtension,
  idField,
  Problem,
  problemResponses,
  resource,
  waitParameter,
  z,
} from '../../gateway/index.ts'
import { suite } from '../support/suite.ts'
import { ask } from './support/ask.ts'
import { type OutboxStub, send, stubApp, wordCounts } from './support/stub-app.ts'

const countView = z.object({ word: z.string(), count: z.string() }).openapi('Count')

// The example of GatewayExtension's docstring.
const shouted = createRoute({
  method: 'get',
  path: '/v1/shouted/{word}',
  request: { params: z.object({ word: idField }), query: z.strictObject({ waitMs: waitParameter }) },
  responses: {
    200: { description: 'The count.', content: { 'application/json': { schema: countView } } },
    ...freshProblems,
  },
})

const say = createRoute({
  method: 'post',
  path: '/v1/lines',
  request: {
    body: { required: true, content: { 'application/json': { schema: z.strictObject({ line: z.string() }) } } },
  },
  responses: {
    202: {
      description: 'It is on its way.',
      content: { 'application/json': { schema: z.object({ posted: z.boolean() }) } },
    },
    ...problemResponses('invalid-request', 'body-too-large', 'unsupported-media-type'),
  },
})

const wordGateway: GatewayExtension = {
  description: 'How often each word was said.',
  bodyPaths: ['/v1/lines'],
  routes: ({ reads, fresh, outbox }) => [
    resource().openapi(shouted, async context => {
      const { word } = context.req.valid('param')
      const { waitMs } = context.req.valid('query')
      const read = () => reads.storeRow(wordCounts, [word.toLowerCase()])
      const found = await fresh(read, () => undefined, waitMs, context.req.raw.signal)
      if (!found?.row) throw new Problem('not-found', `nobody has said '${word}'`)
      return context.json({ word: word.toUpperCase(), count: String(found.row.value) }, 200)
    }),
    resource().openapi(say, async context => {
      const { line } = context.req.valid('json')
      const entry = { topic: 'lines', key: line, eventId: line, event: JSON.stringify({ eventId: line, line }) }
      return context.json({ posted: await outbox.post({ text: 'select 1', parameters: [] }, entry) }, 202)
    }),
  ],
  pages: {
    folder: new URL('support/pages/', import.meta.url),
    pages: { '/': 'words.html' },
    assets: ['words.js'],
  },
  metrics(registry, { topology }) {
    new Gauge({
      name: 'word_stores',
      help: 'Stores of words',
      registers: [registry],
      collect() {
        this.set(topology.stores.length)
      },
    })
  },
}

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
      '/v1/stores/{store}/{key}',
    ])
  })

  test('bodies on the paths that it names are JSON and small', async () => {
    const entries: unknown[] = []
    const post: OutboxStub['post'] = async (_, entry) => entries.push(entry) > 0
    const posting = stubApp({ extension: wordGateway, outbox: { post } }).app
    assert.equal((await ask(posting, send('/v1/lines', 'POST', { line: 'to be' }))).body, { posted: true })
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
