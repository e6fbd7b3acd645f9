import * as assert from 'uvu/assert'
import { decimalOf } from '../../processors/domain/shared/decimal.ts'
import * as topics from '../../processors/topics.ts'
import { portfolioMarks, portfolioSnapshots, portfolios, positions } from '../../store/trading/reconciler.ts'
import type { TestDriver } from '../../topology/testing/driver.ts'
import { suite } from '../support/suite.ts'
import { openDriver, pipe, price, signal } from './support/market.ts'

const market = { orderType: 'MARKET', limitPrice: null } as const

/** The mark of a position of instrument a. Shape: `'MARKET 100 at 500'`. */
function mark(driver: TestDriver, portfolioId: string): string {
  const row = driver.store(positions).get([portfolioId, 'X:a'])
  return `${row?.markSource} ${Number(row?.markPrice) / 1e18} at ${row?.markedAt}`
}

function equity(driver: TestDriver, portfolioId: string): bigint {
  const row = driver.store(portfolios).get(portfolioId)!
  return row.cash + row.netExposure
}

suite('marks', test => {
  test('two portfolios with the same position have the same mark at the same version', async () => {
    const driver = await openDriver()
    await pipe(
      driver,
      price('100', 500, { bid: '99', ask: '101' }),
      signal('k1', { ...market, referencePrice: decimalOf('101') }),
    )
    await pipe(driver, price('100.5', 2_000, { bid: '100', ask: '101' }))
    await pipe(driver, signal('k2', { ...market, portfolioId: 'q', referencePrice: decimalOf('101') }, 2_100))
    const [p, q] = ['p', 'q'].map(id => driver.store(portfolios).get(id)!)
    assert.equal([p!.version, q!.version], [1n, 1n])
    assert.equal([mark(driver, 'p'), mark(driver, 'q')], ['MARKET 100.5 at 2000', 'MARKET 100.5 at 2000'])
    assert.is(p!.grossExposure, q!.grossExposure)

    await pipe(driver, price('90', 5_000))
    assert.equal([mark(driver, 'p'), mark(driver, 'q')], ['MARKET 90 at 5000', 'MARKET 90 at 5000'])
  })

  test('equity moves with a price alone, up and down, and the update says so', async () => {
    const driver = await openDriver()
    await pipe(driver, price('100', 500), signal('k1', market))
    const [first] = driver.read(topics.portfolioUpdated).slice(-1)
    const before = equity(driver, 'p')
    await pipe(driver, price('110', 3_000))
    assert.is(equity(driver, 'p') - before, decimalOf('100'), '10 units, 10 more each')
    const [update, ...more] = driver.read(topics.portfolioUpdated)
    assert.equal(more, [])
    const { payload } = update!.value
    assert.is(payload.summary.equity, equity(driver, 'p'))
    assert.is(payload.summary.unrealisedPnl, decimalOf('100'))
    assert.equal([payload.version, payload.stateHash], [first!.value.payload.version, first!.value.payload.stateHash])
    assert.is.not(update!.value.eventId, first!.value.eventId)
    assert.equal([update!.timestamp, payload.summary.markedAt], [3_000, 3_000])
    assert.is(payload.changedPositions[0]?.markSource, 'MARKET')
    await pipe(driver, price('90', 5_000))
    assert.is(equity(driver, 'p') - before, decimalOf('-100'))
  })

  test('a sold position loses when the price rises', async () => {
    const driver = await openDriver()
    await pipe(driver, price('100', 500), signal('k1', { ...market, side: 'SELL' }))
    const before = equity(driver, 'p')
    await pipe(driver, price('110', 3_000))
    assert.is(equity(driver, 'p') - before, decimalOf('-100'))
    assert.is(driver.store(portfolios).get('p')!.grossExposure, decimalOf('1100'))
  })

  test('without market prices a position is marked at its last fill, and says so', async () => {
    const driver = await openDriver()
    await pipe(driver, signal('k1', market))
    assert.match(mark(driver, 'p'), /^FILL 100 at/)
    await pipe(driver, price('120', 9_000))
    assert.is(mark(driver, 'p'), 'MARKET 120 at 9000', 'until there is one')
    await pipe(driver, signal('k2', { ...market, referencePrice: decimalOf('120') }, 9_100))
    assert.is(mark(driver, 'p'), 'MARKET 120 at 9000', 'a fill is no market price')
  })

  test('snapshots only grow: a late report or an old price changes none that stands, and comes after all of them', async () => {
    const [january, march] = [Date.UTC(2010, 0, 20), Date.UTC(2010, 2, 1)]
    const driver = await openDriver()
    const rows = () =>
      driver
        .store(portfolioSnapshots)
        .all()
        .map(({ value }) => value)
    const shown = () => rows().sort((a, b) => a.at - b.at || Number(a.version - b.version))
    await pipe(driver, price('100', january), signal('k1', market, january))
    await pipe(driver, price('110', march))
    // The orders of another instrument wait in January; their reports, and its prices, come after those of March.
    const other = { ...market, instrumentId: 'b' }
    const late = [signal('k2', other, january + 5_000), price('101', january + 20_000, { id: 'b' })]
    for (const one of late) {
      const before = shown()
      await pipe(driver, one)
      assert.equal(shown().slice(0, before.length), before, 'what stands stays')
    }
    await pipe(driver, price('120', march + 2_000))
    const all = shown()
    assert.equal(
      [...all].sort((a, b) => Number(a.version - b.version)),
      all,
      'in the order of versions',
    )
    assert.equal(
      all.filter(row => row.at < march).map(row => row.version),
      [1n],
    )
  })

  test('an older price changes no mark', async () => {
    const driver = await openDriver()
    await pipe(driver, price('100', 500), signal('k1', market), price('110', 3_000), price('90', 2_000))
    assert.is(mark(driver, 'p'), 'MARKET 110 at 3000')
  })

  test('updates for prices alone come when they are material, and at most one a second of event time', async () => {
    const driver = await openDriver()
    await pipe(driver, price('100', 500), signal('k1', market))
    driver.read(topics.portfolioUpdated)
    const updates = () => driver.read(topics.portfolioUpdated).map(({ timestamp }) => timestamp)
    await pipe(driver, price('100.05', 3_000))
    assert.equal(updates(), [], 'half a thousandth')
    await pipe(driver, price('100.1', 4_000))
    assert.equal(updates(), [4_000], 'a thousandth in two steps')
    await pipe(driver, price('110', 4_999))
    assert.equal(updates(), [], 'too soon')
    assert.is(driver.store(portfolios).get('p')!.grossExposure, decimalOf('1100'), 'readers see it all the same')
    await pipe(driver, price('110.05', 5_000))
    assert.equal(updates(), [5_000], 'with all that came since')
    const kept = driver.store(portfolioSnapshots).all()
    assert.equal(
      kept.map(({ value }) => [value.at, value.version]),
      [
        [1_020, 1n],
        [4_000, 1n],
        [5_000, 1n],
      ],
    )
  })

  test('a price before the first fill waits for it, and is not kept longer', async () => {
    const driver = await openDriver()
    await pipe(driver, price('100', 500), signal('k1'))
    assert.is(driver.store(portfolioMarks).all().length, 1)
    assert.equal(driver.store(positions).all(), [])
    await pipe(driver, price('10', 2_000))
    assert.is(mark(driver, 'p'), 'MARKET 10 at 2000')
    assert.equal(driver.store(portfolioMarks).all(), [])
  })
})
