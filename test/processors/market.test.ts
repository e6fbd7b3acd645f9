import * as assert from 'uvu/assert'
import { decimalOf } from '../../processors/domain/shared/decimal.ts'
import * as topics from '../../processors/topics.ts'
import { restingOrders } from '../../store/trading/execution-sim.ts'
import { riskPortfolios } from '../../store/trading/portfolio-risk.ts'
import { orders, positions } from '../../store/trading/reconciler.ts'
import { simulate } from '../../topology/testing.ts'
import { suite } from '../support/suite.ts'
import { openDriver, passTo, pipe, price, registrations, reports, signal, topology } from './support/market.ts'

suite('market prices', test => {
  test('a limit that the market has not reached rests, and fills once when it is reached', async () => {
    const driver = await openDriver()
    await pipe(driver, price('100', 500), signal('k1'))
    assert.equal(reports(driver), [])
    const [placed] = driver.read(topics.ordersPlaced)
    const { orderId } = placed!.value.payload
    assert.is(driver.store(orders).get(['p', orderId])?.status, 'NEW')
    assert.is(driver.store(restingOrders).all().length, 1)
    assert.is(driver.store(riskPortfolios).get('p')?.reserved, decimalOf('100'), 'its cost is reserved')

    await pipe(driver, price('11', 2_000))
    assert.equal(reports(driver), [], 'not reached')
    await pipe(driver, price('10', 3_000), price('9', 4_000), price('10', 5_000))
    assert.equal(reports(driver), ['FILL 10 at 10'])
    assert.is(driver.store(orders).get(['p', orderId])?.status, 'FILLED')
    assert.equal(driver.store(restingOrders).all(), [])
    assert.is(driver.store(riskPortfolios).get('p')?.reserved, 0n)
    assert.equal(driver.deadLetters(), [])
  })

  test('a limit that is reached at once fills at the market, not at its limit', async () => {
    const driver = await openDriver()
    await pipe(driver, price('9', 500, { bid: '8.9', ask: '9.1' }), signal('k1'))
    assert.equal(reports(driver), ['FILL 10 at 9.1'])
    await pipe(driver, signal('k2', { side: 'SELL', limitPrice: decimalOf('8') }, 1_100))
    assert.equal(reports(driver), ['FILL 10 at 8.9'])
  })

  test('a sell rests until the market buys at its limit', async () => {
    const driver = await openDriver()
    await pipe(driver, price('100', 500), signal('k1', { side: 'SELL', limitPrice: decimalOf('120') }))
    await pipe(driver, price('119.95', 600, { ask: '121' }))
    assert.equal(reports(driver), [], 'the ask is above it, the bid below')
    await pipe(driver, price('120', 700, { ask: '121' }))
    assert.equal(reports(driver), ['FILL 10 at 120'])
  })

  test('without prices an instrument trades on reference prices, as before', async () => {
    const driver = await openDriver()
    await pipe(driver, price('50', 500, { id: 'b' }), signal('k1', { orderType: 'MARKET', limitPrice: null }))
    assert.equal(reports(driver), ['FILL 10 at 100'])
  })

  test('a market order fills at the market; one that would cost more than was approved is canceled', async () => {
    const driver = await openDriver()
    const market = { orderType: 'MARKET', limitPrice: null } as const
    await pipe(driver, price('100', 500, { bid: '99.95' }), signal('k1', market))
    assert.equal(reports(driver), ['FILL 10 at 100'])
    await pipe(driver, signal('k2', { ...market, side: 'SELL' }, 1_100))
    assert.equal(reports(driver), ['FILL 10 at 99.95'])
    await pipe(driver, price('101', 2_000), signal('k3', market, 2_100))
    assert.equal(reports(driver), ['CANCELED 0 at no price'])
    assert.is(driver.store(riskPortfolios).get('p')?.reserved, 0n, 'nothing stays reserved')
  })

  test('an order that was valid until a moment expires then, by a price or by time alone', async () => {
    const driver = await openDriver()
    await pipe(driver, price('100', 500), signal('k1', { validUntil: 5_000 }), signal('k2', { validUntil: 6_000 }))
    await pipe(driver, price('10', 5_000))
    const ends = driver.read(topics.ordersFills).map(({ value, timestamp }) => `${value.payload.execType} ${timestamp}`)
    assert.equal(
      [...ends].sort(),
      ['EXPIRED 5000', 'FILL 5010'],
      'one was valid until the price came, the other longer',
    )
    await pipe(driver, price('100', 7_000), signal('k3', { validUntil: 9_000 }, 7_100))
    await passTo(driver, 8_999)
    assert.equal(reports(driver), [])
    await passTo(driver, 9_100)
    assert.equal(reports(driver), ['EXPIRED 0 at no price'], 'no record has come')
    assert.equal(driver.store(restingOrders).all(), [])
  })

  test('the order that was placed first fills first', async () => {
    const driver = await openDriver()
    await pipe(driver, price('100', 500), signal('later', {}, 2_000), signal('earlier', {}, 1_000))
    const placed = driver.read(topics.ordersPlaced).map(({ value }) => value.payload)
    const earlier = placed.find(({ placedAt }) => placedAt === 1_010)!
    await pipe(driver, price('10', 3_000))
    const filled = driver.read(topics.ordersFills).map(({ value }) => value.payload.orderId)
    assert.equal([filled.length, filled[0]], [2, earlier.orderId])
  })

  test('every portfolio that has asked to trade an instrument is told its prices, and no other', async () => {
    const driver = await openDriver()
    await pipe(driver, price('100', 500), signal('k1'), signal('k2', { portfolioId: 'q' }))
    await pipe(driver, signal('k3', { instrumentId: 'b', portfolioId: 'q' }))
    await pipe(driver, price('10', 2_000))
    const told = driver.read(topics.portfolioPrices).map(({ key, timestamp }) => `${key} ${timestamp}`)
    assert.equal([...told].sort(), ['p 2000', 'p 500', 'q 2000', 'q 500'], 'the newest when it asks, then every one')
    const quantity = (portfolioId: string) => driver.store(positions).get([portfolioId, 'X:a'])?.quantity
    assert.equal([quantity('p'), quantity('q')], [decimalOf('10'), decimalOf('10')])
  })

  test('a price that is not newer changes nothing, and one that cannot be is dead-lettered', async () => {
    const driver = await openDriver()
    await pipe(driver, price('100', 500), signal('k1'), price('10', 499), price('10', 500))
    assert.equal(reports(driver), [])
    assert.equal(driver.deadLetters(), [])
    await pipe(driver, price('0', 600), price('100', 700, { bid: '101' }))
    const reasons = driver.deadLetters().map(letter => JSON.stringify(letter.headers))
    assert.is(reasons.length, 2)
    assert.match(reasons[0]!, 'not positive')
    assert.match(reasons[1]!, 'bid is above its ask')
  })

  test('a price further from the market than the band allows is refused, with what it may be', async () => {
    const driver = await openDriver()
    const at = (limitPrice: string, referencePrice = limitPrice) =>
      ({ instrumentId: 'b', limitPrice: decimalOf(limitPrice), referencePrice: decimalOf(referencePrice) }) as const
    await pipe(driver, signal('before', at('50')), price('100', 1_500, { id: 'b' }))
    for (const [key, limitPrice] of [
      ['low', '89.95'],
      ['lowest', '90'],
      ['highest', '110'],
      ['high', '110.05'],
    ] as const)
      await pipe(driver, signal(key, at(limitPrice), 2_000))
    await pipe(driver, signal('reference', at('100', '120'), 2_000))
    const refused = driver.read(topics.tradesRejected).map(({ value: { payload } }) => payload)
    assert.equal(
      refused.map(({ idempotencyKey, reasonCode, details }) => [
        idempotencyKey,
        reasonCode,
        details?.limit,
        details?.observed,
      ]),
      [
        ['low', 'PRICE_OUT_OF_BAND', '90', '89.95'],
        ['high', 'PRICE_OUT_OF_BAND', '110', '110.05'],
        ['reference', 'PRICE_OUT_OF_BAND', '110', '120'],
      ],
    )
    assert.equal(
      driver.read(topics.tradesApproved).map(({ value }) => value.payload.idempotencyKey),
      ['before', 'lowest', 'highest'],
      'without prices there is nothing to measure by',
    )
  })

  test('an order in parts fills in parts when the market reaches it; a refused one never rests', async () => {
    const driver = await openDriver()
    for (const id of ['split', 'no']) await pipe(driver, price('100', 500, { id }), signal(id, { instrumentId: id }))
    assert.equal(reports(driver), ['REJECTED 0 at no price'])
    await pipe(driver, price('10', 2_000, { id: 'split' }))
    const parts = reports(driver)
    assert.is(parts.length, 3)
    assert.is(parts.filter(part => part.startsWith('PARTIAL_FILL')).length, 2)
  })

  test('under faults a resting order still fills once', async () => {
    const input = [
      ...registrations.map(event => ({ topic: 'instrument.registered', key: event.key, value: event, at: 0 })),
      ...[price('100', 500), price('10', 3_000), price('9', 4_000)].map(event => ({
        topic: 'market.prices',
        key: event.key,
        value: event,
        at: event.occurredAt,
      })),
      { topic: 'trading.signals', key: 'X:a', value: signal('k1'), at: 1_000 },
    ]
    const report = await simulate(topology, { seeds: 4, input })
    assert.is(report.failure, undefined)
  })
})
