import * as assert from 'uvu/assert'
import { writeEvents } from '../../../ops/trading/smoke/write-event.ts'
import { commandEvent } from '../../../processors/domain/execution/command-event.ts'
import { decisionIdOf, orderIdOf } from '../../../processors/domain/shared/ids.ts'
import { ordersCommands } from '../../../processors/topics.ts'
import { millrace } from '../../support/command.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'
import { waitFor } from '../../support/wait-for.ts'
import type { AnyJson } from '../support/any-json.ts'
import { send } from '../support/stub-app.ts'
import { type Pipeline, startPipeline } from './support/pipeline.ts'
import { answered, msft, post, signal } from './support/pipeline-requests.ts'

const { database } = await realParts({ postgres: true })
const databaseUrl = await database()
let pipeline: Pipeline

const given = { actor: 'ann', reason: 'market moved' }

async function get(path: string): Promise<AnyJson> {
  const response = await pipeline.gateway.app.request(path)
  assert.is(response.status, 200, path)
  return response.json()
}

async function command(path: string, body: object, status = 202): Promise<AnyJson> {
  const response = await pipeline.gateway.app.request(send(path, 'POST', body))
  const text = await response.text()
  assert.is(response.status, status, text)
  return JSON.parse(text)
}

/** The answer of a path, once it is as expected. */
async function shown(path: string, isExpected: (body: AnyJson) => boolean): Promise<AnyJson> {
  const seen: AnyJson[] = []
  const look = async () => {
    seen.push(await get(path))
    return isExpected(seen.at(-1))
  }
  await waitFor(look, { what: `${path} does not change`, said: () => JSON.stringify(seen.at(-1)) })
  return seen.at(-1)
}

/** The status of a command, once it has an outcome. */
const outcomeOf = (path: string) => shown(path, ({ state }) => state !== 'PENDING')

/** The order, once it has a status. */
const shows = (path: string, status: string) => shown(path, order => order.status === status)

/** Posts a buy of 10 with a limit below the market, and answers with the path of its order, which rests. */
async function resting(key: string): Promise<string> {
  await post(
    pipeline.gateway,
    '/v1/signals',
    signal(key, { orderType: 'LIMIT', limitPrice: '10', referencePrice: null }),
  )
  const path = `/v1/portfolios/alpha-01/orders/${orderIdOf(decisionIdOf('alpha-01', key))}`
  await waitFor(async () => (await pipeline.gateway.app.request(path)).status === 200, { what: `${path} is not there` })
  return path
}

suite('commands to orders over HTTP and by command', test => {
  test.before(async () => {
    pipeline = await startPipeline(databaseUrl)
    await post(pipeline.gateway, '/v1/instruments', msft)
    await answered(pipeline.gateway, '/v1/instruments/XNAS/MSFT?minVersion=1&waitMs=10000')
    const price = { exchange: 'XNAS', instrumentId: 'MSFT', last: '12', occurredAt: new Date().toISOString() }
    await post(pipeline.gateway, '/v1/prices', price)
    await waitFor(async () => (await pipeline.gateway.app.request('/v1/prices/XNAS/MSFT')).status === 200, {
      what: 'the price does not arrive',
    })
  })

  test('cancel: once, with a status, however often it is sent', async () => {
    const path = await resting('cancelled')
    assert.is((await get(path)).status, 'NEW')
    const posted = await command(`${path}/cancel`, { commandId: 'c1', ...given })
    assert.equal([posted.status, posted.repeated], [`${path}/commands/c1`, false])
    assert.is((await outcomeOf(posted.status)).state, 'APPLIED')
    assert.is((await shows(path, 'CANCELLED')).filled, '0')
    assert.is((await command(`${path}/cancel`, { commandId: 'c1', ...given })).repeated, true)
    const { detail } = await command(`${path}/cancel`, { commandId: 'c2', ...given }, 409)
    assert.match(detail, 'is CANCELLED, which is an end')
  })

  test('replace: applied within the approval, and shown by the order, the list and the command', async () => {
    const path = await resting('replaced')
    const smaller = await command(`${path}/replace`, { commandId: 'r1', quantity: '4', limitPrice: '9.50', ...given })
    assert.is((await outcomeOf(smaller.status)).state, 'APPLIED')
    const replaced = await shown(path, ({ quantity }) => quantity === '4')
    assert.equal([replaced.status, replaced.limitPrice], ['NEW', '9.5'])
    const onlyFewer = await command(`${path}/replace`, { commandId: 'r2', quantity: '3', ...given })
    assert.is((await outcomeOf(onlyFewer.status)).state, 'APPLIED')
    assert.is((await shown(path, ({ quantity }) => quantity === '3')).limitPrice, '9.5')
    const { items } = await get('/v1/portfolios/alpha-01/orders?open=true')
    assert.is(items.find(({ orderId }: AnyJson) => path.endsWith(orderId)).limitPrice, '9.5')
    const listed = await millrace(['orders', 'list', 'alpha-01', '--open', '--json'], { DATABASE_URL: databaseUrl })
    const { orders } = JSON.parse(listed.stdout)
    assert.is(orders.find(({ orderId }: AnyJson) => path.endsWith(orderId)).limitPrice, '9.5')
  })

  test('an id that was used before for something else is in conflict, wherever it was first seen', async () => {
    const path = await resting('taken')
    const other = await resting('taken-other')
    await command(`${path}/replace`, { commandId: 'i1', quantity: '5', ...given })
    await command(`${path}/replace`, { commandId: 'i1', quantity: '6', ...given }, 409)
    await command(`${path}/cancel`, { commandId: 'i1', ...given }, 409)
    await command(`${other}/replace`, { commandId: 'i1', quantity: '5', ...given }, 409)
    const { tradeId } = await get(other)
    const bot = { portfolioId: 'alpha-01', tradeId, commandId: 'i2', action: 'REPLACE', quantity: 5n * 10n ** 18n }
    const event = commandEvent({ ...bot, limitPrice: null, actor: 'bot', reason: null }, Date.now(), 'bot')
    await writeEvents(ordersCommands, [event], pipeline.parts)
    await waitFor(async () => (await pipeline.gateway.app.request(`${other}/commands/i2`)).status === 200, {
      what: 'the command of the bot does not arrive',
    })
    await command(`${other}/cancel`, { commandId: 'i2', ...given }, 409)
    await command(`${path}/cancel`, { commandId: 'i2', ...given }, 409)
    assert.is((await command(`${other}/replace`, { commandId: 'i2', quantity: '5', ...given })).repeated, true)
    assert.is((await pipeline.gateway.app.request(`${path}/commands/i2`)).status, 404)
  })

  test('an order that is not there is not found', async () => {
    await command('/v1/portfolios/alpha-01/orders/none/cancel', { commandId: 'n1', ...given }, 404)
    const path = await resting('of-alpha-01')
    await command(`${path.replace('alpha-01', 'alpha-02')}/cancel`, { commandId: 'n2', ...given }, 404)
  })

  test('by command: list, replace, cancel', async () => {
    const run = (...args: readonly string[]) => millrace(['orders', ...args], { DATABASE_URL: databaseUrl })
    const path = await resting('by-command')
    const orderId = path.split('/').at(-1) as string
    const listed = (await run('list', 'alpha-01', '--open')).stdout.trim().split('\n')
    assert.ok(
      listed.some(line => JSON.parse(line).orderId === orderId),
      listed.join('\n'),
    )
    const replaced = await run('replace', 'alpha-01', orderId, '--limit', '9', '--reason', 'test', '--id', 'm1')
    assert.match(replaced.stdout, 'REPLACE  m1  on its way', replaced.stderr)
    assert.is((await outcomeOf(`${path}/commands/m1`)).state, 'APPLIED')
    const cancelled = await run('cancel', 'alpha-01', orderId, '--reason', 'test', '--id', 'm2')
    assert.match(cancelled.stdout, 'CANCEL  m2  on its way', cancelled.stderr)
    await shows(path, 'CANCELLED')
    assert.match((await run('cancel', 'alpha-01', orderId, '--reason', 'test', '--id', 'm2')).stdout, 'given already')
    const ended = await run('cancel', 'alpha-01', orderId, '--reason', 'test')
    assert.equal([ended.code, /which is an end/.test(ended.stderr)], [3, true], ended.stderr)
    assert.is((await run('replace', 'alpha-01', orderId, '--reason', 'test')).code, 3)
  })

  test.after(() => pipeline.close())
})
