import * as assert from 'uvu/assert'
import { decimalOf } from '../../processors/domain/shared/decimal.ts'
import * as topics from '../../processors/topics.ts'
import { orderCommands, restingOrders } from '../../store/trading/execution-sim.ts'
import { riskPortfolios } from '../../store/trading/portfolio-risk.ts'
import { orders } from '../../store/trading/reconciler.ts'
import type { TestDriver } from '../../topology/testing/driver.ts'
import { suite } from '../support/suite.ts'
import { command, flow, openDriver, passTo, pipe, price, reports, signal } from './support/market.ts'

const ten = { limitPrice: decimalOf('10') } as const
const hour = 3_600_000

/** The states of the orders in the books. */
function statuses(driver: TestDriver): readonly string[] {
  return driver
    .store(orders)
    .all()
    .map(({ value }) => value.status)
    .sort()
}

function outcomes(driver: TestDriver): readonly string[] {
  return driver
    .store(orderCommands)
    .all()
    .map(({ value }) => value.reasonCode ?? value.outcome)
}

function reserved(driver: TestDriver): bigint | undefined {
  return driver.store(riskPortfolios).get('p')?.reserved
}

suite('the life of orders', test => {
  test('a fill happens at its event time: until then the order is open and its cost reserved', async () => {
    const driver = await openDriver()
    await flow(driver, price('9', 500), signal('k1'))
    assert.equal([statuses(driver), reports(driver)], [['NEW'], []])
    assert.is(driver.store(riskPortfolios).get('p')?.openOrders, 1)
    assert.is(reserved(driver), decimalOf('100'))
    await flow(driver, price('9', 1_019))
    assert.equal(reports(driver), [], 'a millisecond too soon')
    await flow(driver, price('9', 1_020))
    assert.equal(reports(driver), ['FILL 10 at 9'])
    assert.equal([statuses(driver), reserved(driver)], [['FILLED'], 0n])
  })

  test('an order takes the units that are there, the one that rests longest first', async () => {
    const driver = await openDriver()
    await pipe(driver, price('100', 500), signal('k1'), signal('k2', {}, 1_100))
    await pipe(driver, price('10', 2_000, { size: '4' }))
    assert.equal(reports(driver), ['PARTIAL_FILL 4 at 10'])
    assert.equal(statuses(driver), ['NEW', 'PARTIALLY_FILLED'])
    assert.is(reserved(driver), decimalOf('160'))
    await pipe(driver, price('10', 3_000, { size: '8' }))
    assert.equal(reports(driver), ['FILL 6 at 10', 'PARTIAL_FILL 2 at 10'])
    await pipe(driver, signal('k3', {}, 3_500))
    assert.equal(reports(driver), [], 'the units of that price are gone')
    await pipe(driver, price('10', 4_000))
    assert.equal(reports(driver), ['FILL 8 at 10', 'FILL 10 at 10'])
    assert.equal([statuses(driver), reserved(driver)], [['FILLED', 'FILLED', 'FILLED'], 0n])
  })

  test('IOC takes what is there at once, FOK all or nothing, and neither rests', async () => {
    const driver = await openDriver()
    const [ioc, fok] = [{ timeInForce: 'IOC' }, { timeInForce: 'FOK' }]
    await pipe(driver, price('10', 500, { size: '4' }), signal('k1', ioc))
    assert.equal(reports(driver), ['PARTIAL_FILL 4 at 10', 'EXPIRED 0 at no price'])
    await pipe(driver, price('10', 2_000, { size: '4' }), signal('k2', fok, 2_100))
    assert.equal(reports(driver), ['EXPIRED 0 at no price'])
    await pipe(driver, price('10', 3_000, { size: '10' }), signal('k3', fok, 3_100))
    assert.equal(reports(driver), ['FILL 10 at 10'])
    await pipe(driver, price('11', 4_000), signal('k4', ioc, 4_100), signal('k5', fok, 4_200))
    assert.equal(reports(driver), ['EXPIRED 0 at no price', 'EXPIRED 0 at no price'], 'not reached')
    assert.equal([driver.store(restingOrders).all().length, reserved(driver)], [0, 0n])
  })

  test('FOK that would expire before its last fill has none, with market prices and without', async () => {
    const driver = await openDriver()
    // Placed 10 ms after its signal; three fills follow, at 20, 30 and 40 ms.
    const fok = (validUntil: number) => ({ instrumentId: 'split', timeInForce: 'FOK', validUntil })
    await pipe(driver, signal('k1', fok(1_040)))
    assert.equal(reports(driver), ['EXPIRED 0 at no price'])
    await pipe(driver, price('10', 1_500, { id: 'split' }), signal('k2', fok(2_035), 2_000))
    assert.equal(reports(driver), ['EXPIRED 0 at no price'])
    await pipe(driver, signal('k3', fok(3_041), 3_000))
    assert.is(reports(driver).length, 3)
    assert.equal([statuses(driver), reserved(driver)], [['EXPIRED', 'EXPIRED', 'FILLED'], 0n])
  })

  test('a DAY order ends with the session, GTC lives on', async () => {
    const driver = await openDriver()
    await pipe(driver, price('100', 500), signal('day', { timeInForce: 'DAY' }), signal('gtc', { timeInForce: 'GTC' }))
    await flow(driver, price('100', 24 * hour - 1))
    assert.equal(statuses(driver), ['NEW', 'NEW'])
    await flow(driver, price('10', 24 * hour))
    const [end, ...more] = driver.read(topics.ordersFills)
    assert.equal([end!.value.payload.execType, end!.timestamp, more], ['EXPIRED', 24 * hour, []])
    await pipe(driver, price('10', 24 * hour + 5_000))
    assert.equal(statuses(driver), ['EXPIRED', 'FILLED'])
  })

  test('a market order with a limit price, and an unknown time in force, are refused by name', async () => {
    const driver = await openDriver()
    await pipe(driver, signal('k1', { orderType: 'MARKET' }), signal('k2', { timeInForce: 'SOON' }))
    assert.equal(
      driver.read(topics.tradesRejected).map(({ value }) => value.payload.reasonCode),
      ['LIMIT_PRICE_ON_MARKET_ORDER', 'TIME_IN_FORCE_UNKNOWN'],
    )
  })

  test('an order that rests is cancelled once, and its reservation is released', async () => {
    const driver = await openDriver()
    await pipe(driver, price('100', 500), signal('k1'))
    const cancel = command('k1', 2_000)
    await pipe(driver, cancel, cancel, command('k1', 2_500))
    assert.equal(reports(driver), ['CANCELED 0 at no price'])
    assert.equal([statuses(driver), reserved(driver)], [['CANCELLED'], 0n])
    assert.equal(outcomes(driver), ['APPLIED', 'ORDER_ENDED'])
    await pipe(driver, price('10', 3_000))
    assert.equal(reports(driver), [])
  })

  test('event time decides the race of a cancel with a fill', async () => {
    const driver = await openDriver()
    await flow(driver, price('10', 500), signal('k1'), command('k1', 1_019), price('10', 5_000))
    assert.equal(reports(driver), ['CANCELED 0 at no price'], 'the fill was due at 1020')
    await flow(driver, signal('k2', {}, 6_000), command('k2', 6_020), price('10', 9_000))
    assert.equal(reports(driver), ['FILL 10 at 10'])
    assert.equal([...outcomes(driver)].sort(), ['APPLIED', 'ORDER_ENDED'])
    assert.equal([statuses(driver), reserved(driver)], [['CANCELLED', 'FILLED'], 0n])
  })

  test('a command that comes before its order waits for it', async () => {
    const driver = await openDriver()
    await pipe(driver, price('100', 500), command('k1', 900))
    assert.equal(outcomes(driver), ['WAITING'])
    await pipe(driver, signal('k1'))
    assert.equal([reports(driver), outcomes(driver)], [['CANCELED 0 at no price'], ['APPLIED']])
  })

  test('a replacement changes the limit, takes units away, and never asks for more than was approved', async () => {
    const driver = await openDriver()
    const replace = (at: number, changes: Parameters<typeof command>[2]) =>
      command('k1', at, { action: 'REPLACE', ...changes })
    await pipe(driver, price('100', 500), signal('k1', { limitPrice: decimalOf('20') }))
    await pipe(driver, replace(2_000, { quantity: decimalOf('6'), ...ten }))
    assert.equal(reports(driver), ['REPLACED 0 at no price'])
    assert.is(reserved(driver), decimalOf('120'), '6 at the bound of the approval')
    await pipe(driver, price('15', 3_000))
    assert.equal(reports(driver), [], 'above the new limit')
    await pipe(driver, replace(4_000, { quantity: decimalOf('7') }), replace(4_100, { limitPrice: decimalOf('21') }))
    await pipe(driver, replace(4_200, {}), replace(4_300, { limitPrice: decimalOf('15') }))
    assert.equal(reports(driver), ['REPLACED 0 at no price', 'FILL 6 at 15'])
    assert.equal(outcomes(driver), [
      'APPLIED',
      'REPLACE_NEEDS_APPROVAL',
      'REPLACE_NEEDS_APPROVAL',
      'REPLACE_EMPTY',
      'APPLIED',
    ])
    assert.equal([statuses(driver), reserved(driver)], [['FILLED'], 0n])
    assert.equal(driver.deadLetters(), [])
  })

  test('without a record an order of the present expires by the clock', async () => {
    const driver = await openDriver()
    await pipe(driver, price('100', 500), signal('k1', { validUntil: 5_000 }))
    await passTo(driver, 4_990)
    assert.equal(reports(driver), [])
    await passTo(driver, 5_100)
    assert.equal(reports(driver), ['EXPIRED 0 at no price'])
    assert.is(reserved(driver), 0n)
  })
})
