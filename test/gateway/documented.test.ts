import * as assert from 'uvu/assert'
import { BudgetExceeded } from '../../gateway/reads/read-errors.ts'
import { type SampleName, sample, sampleNames } from '../../gateway/samples/sample.ts'
import { RetriableError } from '../../topology/definition/errors.ts'
import { suite } from '../support/suite.ts'
import { documentOf, testDocument } from './support/documented.ts'
import { stubApp, stubStoreReads } from './support/stub-app.ts'

const failing = (error: Error) => {
  const fail = () => Promise.reject(error)
  const reads = Object.fromEntries(Object.keys(stubStoreReads()).map(name => [name, fail]))
  return stubApp({ reads, outbox: { status: fail } }).app
}
const { app } = stubApp()
const outage = failing(new RetriableError('STORE_UNAVAILABLE', 'away'))
const timeout = failing(new BudgetExceeded(5_000))
const restoring = stubApp({
  reads: { storeRow: async () => ({ kind: 'not ready', stores: ['word-counts'] }) },
}).app

/** The request that each sample answers. */
const sampleRequests: Readonly<Record<SampleName, string>> = {
  stores: '/v1/stores',
  'store-row': '/v1/stores/word-counts/be',
  outbox: '/v1/outbox',
  ready: '/readyz',
}

const document = await documentOf(app)

suite('the documented API of any topology', test => {
  testDocument(test, document, {
    'get /healthz': { 200: [app, '/healthz'] },
    'get /readyz': { 200: [app, '/readyz'], 503: [outage, '/readyz'], 504: [timeout, '/readyz'] },
    'get /v1/outbox': { 200: [app, '/v1/outbox'], 503: [outage, '/v1/outbox'], 504: [timeout, '/v1/outbox'] },
    'get /v1/stores': { 200: [app, '/v1/stores'], 503: [outage, '/v1/stores'], 504: [timeout, '/v1/stores'] },
    'get /v1/stores/{store}': {
      200: [app, '/v1/stores/word-counts?key=be'],
      400: [app, '/v1/stores/word-counts?key=be&atLeast=17'],
      404: [app, '/v1/stores/word-counts?key=absent'],
      409: [app, '/v1/stores/word-counts?key=be&atLeast=0:18&waitMs=20'],
      503: [restoring, '/v1/stores/word-counts?key=be&waitMs=0'],
      504: [timeout, '/v1/stores/word-counts?key=be'],
    },
    'get /v1/stores/{store}/{key}': {
      200: [app, '/v1/stores/word-counts/be'],
      400: [app, '/v1/stores/word-counts/be?atLeast=17'],
      404: [app, '/v1/stores/word-counts/absent'],
      409: [app, '/v1/stores/word-counts/be?atLeast=0:18&waitMs=0'],
      503: [restoring, '/v1/stores/word-counts/be?waitMs=0'],
      504: [timeout, '/v1/stores/word-counts/be'],
    },
  })

  for (const name of sampleNames)
    test(`sample '${name}' is what the gateway answers`, async () => {
      assert.equal(await (await app.request(sampleRequests[name])).json(), sample(name))
    })

  test('an application describes itself at the head of the document', async () => {
    const described = await documentOf(stubApp({ extension: { description: 'Words, counted.' } }).app)
    assert.match(described.info.description, /^Words, counted\. Decimals and 64-bit numbers are strings\./)
    assert.match(document.info.description, /^Reads of stores, each answered from one moment of the database\. /)
  })
})
