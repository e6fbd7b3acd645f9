import * as assert from 'uvu/assert'
import { BudgetExceeded } from '../../../gateway/reads/read-errors.ts'
import { type SampleName, sample, sampleNames } from '../../../gateway/trading/samples/sample.ts'
import { RetriableError } from '../../../topology/definition/errors.ts'
import { portAccess } from '../../../topology/http/port-access.ts'
import { suite } from '../../support/suite.ts'
import { type Ask, type DocumentedCases, documentOf, testDocument } from '../support/documented.ts'
import { send, steppedClock, stubStoreReads } from '../support/stub-app.ts'
import { halt, msft, signal } from './support/pipeline-requests.ts'
import { given, openOrderPath, sampleRequests } from './support/sample-requests.ts'
import { stubTrading } from './support/stub-app.ts'
import { approval, instrument, order, stubReads } from './support/stub-reads.ts'

const { app } = stubTrading()
const document = await documentOf(app)

/** Reads that all end in the same way. */
function everyRead(answer: () => Promise<never> | Promise<{ kind: 'not ready'; stores: string[] }>) {
  return Object.fromEntries(Object.keys({ ...stubStoreReads(), ...stubReads() }).map(name => [name, answer]))
}

const late = new BudgetExceeded(5_000)
const away = new RetriableError('STORE_UNAVAILABLE', 'Postgres did not answer, gateway: see whether the database is up')
const failing = (error: Error) => {
  const fail = () => Promise.reject(error)
  return stubTrading({ reads: everyRead(fail), outbox: { post: fail, read: fail, status: fail } }).app
}
const timeout = failing(late)
const outage = failing(away)
const restoring = stubTrading({
  reads: {
    ...everyRead(async () => ({ kind: 'not ready', stores: ['positions'] })),
    checkpoints: stubStoreReads().checkpoints,
  },
  clock: steppedClock(),
}).app
const unknown = stubTrading({ reads: { instrument: async () => ({ kind: 'absent' }) } }).app
const taken = stubTrading({ outbox: { post: async () => false, read: async () => [['another signal', 'id']] } }).app

const price = { exchange: 'XNAS', instrumentId: 'MSFT', last: '28.67', occurredAt: '2010-03-02T15:00:00Z' }
const pricedOtherwise = stubTrading({
  outbox: { post: async () => false, read: async () => [[String(Date.parse(price.occurredAt)), 'another']] },
}).app

const contended = stubTrading({ outbox: { post: async () => false } }).app

const twice = stubTrading({
  reads: {
    decided: async () => ({
      kind: 'found',
      value: ['alpha-01', 'alpha-02'].map(portfolioId => ({
        decision: { ...approval, portfolioId },
        order: null,
        reports: [],
        books: null,
      })),
    }),
  },
}).app

/** A client, by its connection, that may not open a stream. */
const streamless = {
  request: (request: string | Request) =>
    stubTrading({ access: portAccess({ streamsPerClient: 0 }) }).app.request(request, undefined, {
      incoming: { socket: { remoteAddress: '127.0.0.1' } },
    }),
}

const lettersAway = stubTrading({ letters: () => Promise.reject(away) }).app

const newInstrument = { ...msft, instrumentId: 'NEW' }
const standing = { ...msft, maxTradeQty: '5000' }
const big = JSON.stringify({ ...signal('big'), strategyId: 'x'.repeat(70_000) })
const text = (path: string, method: string) => new Request(`http://gateway${path}`, { method, body: 'text' })

const inForce = { scope: 'alpha-01', ...halt, currency: 'USD', exposureCap: null, maxPositionQty: null }
const held = {
  ...inForce,
  rateMaximum: null,
  rateWindowMs: null,
  flattenVersion: 0n,
  stateVersion: 0n,
  lossLimit: null,
  maxDrawdown: null,
  controlVersion: 1n,
  changedAt: 0,
}
const halted = stubTrading({
  reads: {
    controls: async () => ({
      kind: 'found',
      value: { own: held, every: { ...held, currency: null }, risk: undefined },
    }),
  },
}).app

/** The answers to orders that change rules. */
function writes(path: string, method: string, body: object, unknownPath?: string): Record<number, Ask> {
  const isState = unknownPath === undefined
  const flattens = path.endsWith('/flatten')
  return {
    ...(!flattens && { 200: [halted, send(path, method, isState ? body : { tradingState: 'HALTED', ...body })] }),
    202: [app, send(path, method, body)],
    400: [app, send(path, method, { ...body, reason: '' })],
    ...(unknownPath !== undefined && { 404: [app, send(unknownPath, method, body)] }),
    409: [contended, send(path, method, body)],
    413: [app, send(path, method, big)],
    415: [app, text(path, method)],
    503: [outage, send(path, method, body)],
    504: [timeout, send(path, method, body)],
  }
}

const portfolio = '/v1/portfolios/{portfolioId}'
const orderPath = `${portfolio}/orders/{orderId}`
const noOrder = '/v1/portfolios/alpha-01/orders/none'

/** The answers to commands to orders. */
function commands(action: string, terms: object): Record<number, Ask> {
  const path = `${openOrderPath}/${action}`
  const body = { commandId: 'c1', ...given, ...terms }
  return {
    202: [app, send(path, 'POST', body)],
    400: [app, send(path, 'POST', { ...body, commandId: '' })],
    404: [app, send(`${noOrder}/${action}`, 'POST', body)],
    409: [app, send(`/v1/portfolios/alpha-01/orders/${order.orderId}/${action}`, 'POST', body)],
    413: [app, send(path, 'POST', big)],
    415: [app, text(path, 'POST')],
    503: [restoring, send(path, 'POST', body)],
    504: [timeout, send(path, 'POST', body)],
  }
}
const cases: DocumentedCases = {
  'get /healthz': { 200: [app, '/healthz'] },
  'get /readyz': { 200: [app, '/readyz'], 503: [outage, '/readyz'], 504: [timeout, '/readyz'] },
  'get /v1/outbox': { 200: [app, '/v1/outbox'], 503: [outage, '/v1/outbox'], 504: [timeout, '/v1/outbox'] },
  'get /v1/stores': { 200: [app, '/v1/stores'], 503: [outage, '/v1/stores'], 504: [timeout, '/v1/stores'] },
  'get /v1/portfolios': {
    200: [app, '/v1/portfolios'],
    400: [app, '/v1/portfolios?limit=0'],
    503: [outage, '/v1/portfolios'],
    504: [timeout, '/v1/portfolios'],
  },
  ...Object.fromEntries(
    ['', '/positions', '/orders', '/fills', '/trades', '/history', '/quarantine'].map(list => {
      const path = `/v1/portfolios/alpha-01${list}`
      const asks: Record<number, Ask> = {
        200: [app, path],
        400: [app, `${path}?nonsense=1`],
        404: [app, path.replace('alpha-01', 'nobody')],
        409: [app, `${path}?minVersion=99&waitMs=0`],
        503: [restoring, path],
        504: [timeout, `${path}`],
      }
      return [`get ${portfolio}${list}`, asks]
    }),
  ),
  [`get ${portfolio}/updates`]: {
    200: [app, new Request('http://gateway/v1/portfolios/alpha-01/updates', { signal: AbortSignal.timeout(100) })],
    400: [app, new Request('http://gateway/v1/portfolios/alpha-01/updates', { headers: { 'Last-Event-ID': 'x' } })],
    404: [app, '/v1/portfolios/nobody/updates'],
    429: [streamless, '/v1/portfolios/alpha-01/updates'],
    503: [restoring, '/v1/portfolios/alpha-01/updates'],
    504: [timeout, '/v1/portfolios/alpha-01/updates'],
  },
  'get /v1/stores/{store}': {
    200: [app, '/v1/stores/word-counts?key=be'],
    400: [app, '/v1/stores/word-counts'],
    404: [app, '/v1/stores/word-counts?key=absent'],
    409: [app, '/v1/stores/word-counts?key=be&atLeast=0:18&waitMs=20'],
    503: [restoring, '/v1/stores/word-counts?key=be'],
    504: [timeout, '/v1/stores/word-counts?key=be'],
  },
  'get /v1/stores/{store}/{key}': {
    200: [app, '/v1/stores/word-counts/be'],
    400: [app, '/v1/stores/word-counts/be?atLeast=17'],
    404: [app, '/v1/stores/word-counts/absent'],
    409: [app, '/v1/stores/word-counts/be?atLeast=0:18&waitMs=0'],
    503: [restoring, '/v1/stores/word-counts/be'],
    504: [timeout, '/v1/stores/word-counts/be'],
  },
  'get /v1/instruments/{exchange}/{instrumentId}': {
    200: [app, '/v1/instruments/XNAS/MSFT?minVersion=1'],
    400: [app, '/v1/instruments/XNAS/MSFT?minVersion=-1'],
    404: [app, '/v1/instruments/XNAS/NONE'],
    409: [app, '/v1/instruments/XNAS/MSFT?minVersion=2&waitMs=0'],
    503: [restoring, '/v1/instruments/XNAS/MSFT'],
    504: [timeout, '/v1/instruments/XNAS/MSFT'],
  },
  'get /v1/instruments': {
    200: [app, '/v1/instruments?exchange=XNAS&enabled=true'],
    400: [app, '/v1/instruments?enabled=yes'],
    503: [restoring, '/v1/instruments'],
    504: [timeout, '/v1/instruments'],
  },
  'get /v1/prices': {
    200: [app, '/v1/prices'],
    400: [app, '/v1/prices?cursor=instruments.x'],
    503: [restoring, '/v1/prices'],
    504: [timeout, '/v1/prices'],
  },
  'get /v1/prices/{exchange}/{instrumentId}': {
    200: [app, '/v1/prices/XNAS/MSFT'],
    400: [app, '/v1/prices/XNAS/MSFT?waitMs=x'],
    404: [app, '/v1/prices/XNAS/NONE'],
    503: [restoring, '/v1/prices/XNAS/MSFT'],
    504: [timeout, '/v1/prices/XNAS/MSFT'],
  },
  [`get ${portfolio}/dead-letters`]: {
    200: [app, '/v1/portfolios/alpha-01/dead-letters'],
    400: [app, `/v1/portfolios/${'x'.repeat(201)}/dead-letters`],
    503: [lettersAway, '/v1/portfolios/alpha-01/dead-letters'],
  },
  'post /v1/instruments': {
    200: [app, send('/v1/instruments', 'POST', standing)],
    201: [app, send('/v1/instruments', 'POST', newInstrument)],
    400: [app, send('/v1/instruments', 'POST', { ...newInstrument, tickSize: '-0.01' })],
    409: [app, send('/v1/instruments', 'POST', { ...newInstrument, tickSize: '0.001' })],
    413: [app, send('/v1/instruments', 'POST', big)],
    415: [app, text('/v1/instruments', 'POST')],
    503: [restoring, send('/v1/instruments', 'POST', newInstrument)],
    504: [timeout, send('/v1/instruments', 'POST', newInstrument)],
  },
  'patch /v1/instruments/{exchange}/{instrumentId}': {
    200: [app, send('/v1/instruments/XNAS/MSFT', 'PATCH', { enabled: true })],
    202: [app, send('/v1/instruments/XNAS/MSFT', 'PATCH', { enabled: false })],
    400: [app, send('/v1/instruments/XNAS/MSFT', 'PATCH', {})],
    404: [unknown, send('/v1/instruments/XNAS/MSFT', 'PATCH', { enabled: false })],
    409: [contended, send('/v1/instruments/XNAS/MSFT', 'PATCH', { enabled: false })],
    413: [app, send('/v1/instruments/XNAS/MSFT', 'PATCH', big)],
    415: [app, text('/v1/instruments/XNAS/MSFT', 'PATCH')],
    503: [outage, send('/v1/instruments/XNAS/MSFT', 'PATCH', { enabled: false })],
    504: [timeout, send('/v1/instruments/XNAS/MSFT', 'PATCH', { enabled: false })],
  },
  'get /v1/trace/{id}': {
    200: [app, `/v1/trace/${approval.sourceEventId}`],
    400: [app, '/v1/trace/k1?nonsense=1'],
    404: [app, '/v1/trace/unknown'],
    409: [twice, `/v1/trace/${approval.idempotencyKey}`],
    503: [restoring, '/v1/trace/k1'],
    504: [timeout, '/v1/trace/k1'],
  },
  [`get ${portfolio}/limits`]: {
    200: [app, '/v1/portfolios/alpha-01/limits'],
    400: [app, '/v1/portfolios/alpha-01/limits?minControlVersion=x'],
    404: [app, '/v1/portfolios/nobody/limits'],
    409: [app, '/v1/portfolios/alpha-01/limits?minControlVersion=9&waitMs=0'],
    503: [restoring, '/v1/portfolios/alpha-01/limits'],
    504: [timeout, '/v1/portfolios/alpha-01/limits'],
  },
  [`patch ${portfolio}`]: writes('/v1/portfolios/alpha-01', 'PATCH', halt, '/v1/portfolios/nobody'),
  [`post ${portfolio}/flatten`]: writes(
    '/v1/portfolios/alpha-01/flatten',
    'POST',
    { actor: 'ann', reason: 'stop' },
    '/v1/portfolios/nobody/flatten',
  ),
  'get /v1/trading-state': {
    200: [app, '/v1/trading-state'],
    400: [app, '/v1/trading-state?minControlVersion=x'],
    409: [app, '/v1/trading-state?minControlVersion=9&waitMs=0'],
    503: [restoring, '/v1/trading-state'],
    504: [timeout, '/v1/trading-state'],
  },
  'patch /v1/trading-state': writes('/v1/trading-state', 'PATCH', halt),
  [`get ${portfolio}/signals/{idempotencyKey}`]: {
    200: [app, '/v1/portfolios/alpha-01/signals/ma-2-5:MSFT:2010-03-01'],
    400: [app, `/v1/portfolios/alpha-01/signals/${'k'.repeat(201)}`],
    404: [app, '/v1/portfolios/alpha-01/signals/unknown'],
    503: [outage, '/v1/portfolios/alpha-01/signals/k1'],
    504: [timeout, '/v1/portfolios/alpha-01/signals/k1'],
  },
  [`get ${orderPath}`]: {
    200: [app, openOrderPath],
    400: [app, '/v1/portfolios/alpha-01/orders/a%00b'],
    404: [app, noOrder],
    503: [restoring, openOrderPath],
    504: [timeout, openOrderPath],
  },
  [`post ${orderPath}/cancel`]: commands('cancel', {}),
  [`post ${orderPath}/replace`]: commands('replace', { quantity: '5' }),
  [`get ${orderPath}/commands/{commandId}`]: {
    200: [app, `${openOrderPath}/commands/replace-0`],
    400: [app, `${openOrderPath}/commands/a%00b`],
    404: [app, `${openOrderPath}/commands/none`],
    503: [restoring, `${openOrderPath}/commands/replace-0`],
    504: [timeout, `${openOrderPath}/commands/replace-0`],
  },
  'post /v1/prices': {
    202: [app, send('/v1/prices', 'POST', price)],
    400: [app, send('/v1/prices', 'POST', { ...price, last: null })],
    409: [pricedOtherwise, send('/v1/prices', 'POST', price)],
    413: [app, send('/v1/prices', 'POST', big)],
    415: [app, text('/v1/prices', 'POST')],
    503: [outage, send('/v1/prices', 'POST', price)],
    504: [timeout, send('/v1/prices', 'POST', price)],
  },
  'post /v1/signals': {
    202: [app, send('/v1/signals', 'POST', signal('k1'))],
    400: [app, send('/v1/signals', 'POST', { ...signal('k1'), quantity: 'ten' })],
    409: [taken, send('/v1/signals', 'POST', signal('k1'))],
    413: [app, send('/v1/signals', 'POST', big)],
    415: [app, text('/v1/signals', 'POST')],
    503: [outage, send('/v1/signals', 'POST', signal('k1'))],
    504: [timeout, send('/v1/signals', 'POST', signal('k1'))],
  },
}

/** The operations whose answers are samples. */
const operations: Readonly<Record<SampleName, readonly [method: string, path: string, status: number]>> = {
  portfolio: ['get', portfolio, 200],
  portfolios: ['get', '/v1/portfolios', 200],
  positions: ['get', `${portfolio}/positions`, 200],
  orders: ['get', `${portfolio}/orders`, 200],
  order: ['get', orderPath, 200],
  'order-command': ['get', `${orderPath}/commands/{commandId}`, 200],
  'posted-cancel': ['post', `${orderPath}/cancel`, 202],
  'posted-replace': ['post', `${orderPath}/replace`, 202],
  fills: ['get', `${portfolio}/fills`, 200],
  trades: ['get', `${portfolio}/trades`, 200],
  history: ['get', `${portfolio}/history`, 200],
  limits: ['get', `${portfolio}/limits`, 200],
  control: ['patch', portfolio, 202],
  'trading-state': ['get', '/v1/trading-state', 200],
  instrument: ['get', '/v1/instruments/{exchange}/{instrumentId}', 200],
  'posted-signal': ['post', '/v1/signals', 202],
  'posted-price': ['post', '/v1/prices', 202],
  'signal-status': ['get', `${portfolio}/signals/{idempotencyKey}`, 200],
  trace: ['get', '/v1/trace/{id}', 200],
}

suite('the documented API of the trading application', test => {
  testDocument(test, document, cases)

  for (const name of sampleNames)
    test(`sample '${name}' is what the gateway answers, and the example in the document`, async () => {
      const [method, path, status] = operations[name]
      const content = document.paths[path]?.[method]?.responses[status]?.content?.['application/json']
      const response = await app.request(sampleRequests[name]())
      assert.is(response.status, status)
      assert.equal(await response.json(), (content as { readonly example: unknown }).example)
    })
})

suite('the documented API of a gateway with a token', test => {
  test('writes and operating routes need the token, say so, and are answered 401 without', async () => {
    const guarded = stubTrading({ access: portAccess({ token: '0123456789abcdef' }) }).app
    const { paths } = await documentOf(guarded)
    for (const [path, operations] of Object.entries(paths))
      for (const [method, { security, responses }] of Object.entries(operations)) {
        const needed = method !== 'get' || path === '/v1/outbox'
        const at = `${method} ${path}`
        assert.equal(
          [security, '401' in responses, '403' in responses],
          [needed ? [{ token: [] }] : undefined, needed, false],
          at,
        )
        if (!needed) continue
        const { status } = await guarded.request(path, { method: method.toUpperCase() })
        assert.is(status, 401, at)
      }
  })
})

suite('numbers of the sample portfolio', test => {
  test('are those worked out by hand', () => {
    // See stub-reads.ts: cost 285 + 287, marks at 28.70, fees 0.1425 + 0.1435.
    const { summary, positions } = sample('portfolio') as {
      summary: Record<string, string>
      positions: Record<string, string>[]
    }
    assert.is(summary.cash, '-572.286')
    assert.is(summary.realisedPnl, '-0.286')
    assert.is(summary.unrealisedPnl, '2')
    assert.is(summary.totalPnl, '1.714')
    assert.is(summary.utilisation, '0.00572', '572 of 100,000')
    assert.is(positions[0]?.averagePrice, '28.6', '572 / 20')
    assert.is(positions[0]?.marketValue, '574', '20 x 28.70')
  })

  test('an instrument is shown with its limits as decimals', () => {
    assert.is(instrument.maxTradeQty, 5_000n * 10n ** 18n)
    assert.is((sample('instrument') as { maxTradeQty: string }).maxTradeQty, '5000')
  })
})
