import * as assert from 'uvu/assert'
import { lateViews, pageViews, pageViewVisits, visits } from '../../examples/page-views.ts'
import { testDriver } from '../../topology/testing/driver.ts'
import { suite } from '../support/suite.ts'

const minute = 60_000

suite('example: page-view sessions', test => {
  test('a view between two visits makes them one; the visit is shown once, when it is over', async () => {
    const driver = await testDriver(pageViewVisits)
    await driver.pipe(pageViews, 'ann', { page: '/' }, { at: 0 })
    await driver.pipe(pageViews, 'ann', { page: '/cart' }, { at: 34 * minute })
    // 34 minutes apart: two visits, until this one bridges them; 34 - 30 - 5 < 0, so the first is not over.
    await driver.pipe(pageViews, 'ann', { page: '/shoes' }, { at: 20 * minute })
    assert.equal(driver.read(visits), [])
    // The visit ended at 34; it is over when an hour and nine minutes have passed: 34 + 30 + 5, exclusive.
    await driver.pipe(pageViews, 'bob', { page: '/' }, { at: 69 * minute })
    assert.equal(driver.read(visits), [])
    await driver.pipe(pageViews, 'bob', { page: '/' }, { at: 69 * minute + 1 })
    assert.equal(driver.read(visits), [
      {
        key: 'ann',
        value: { pages: ['/', '/cart', '/shoes'], views: 3, from: 0, to: 34 * minute },
        timestamp: 34 * minute,
      },
    ])
  })

  test('a view of a visit that is over goes to the late views', async () => {
    const driver = await testDriver(pageViewVisits)
    await driver.pipe(pageViews, 'ann', { page: '/' }, { at: 100 * minute })
    await driver.pipe(pageViews, 'ann', { page: '/old' }, { at: 64 * minute })
    assert.equal(driver.read(lateViews), [{ key: 'ann', value: { page: '/old' }, timestamp: 64 * minute }])
    assert.equal(driver.skipped, { late: 1 })
    await driver.pipe(pageViews, 'ann', { page: '/just' }, { at: 65 * minute })
    assert.equal(driver.read(lateViews), [], '65 = 100 - 30 - 5 is the last minute that counts')
  })

  test('when nobody comes any more the wall clock ends the visits', async () => {
    const driver = await testDriver(pageViewVisits)
    await driver.pipe(pageViews, 'ann', { page: '/' }, { at: 0 })
    await driver.advanceWallClock('59m')
    assert.equal(driver.read(visits), [])
    await driver.advanceWallClock('1m')
    assert.equal(driver.read(visits), [{ key: 'ann', value: { pages: ['/'], views: 1, from: 0, to: 0 }, timestamp: 0 }])
    await driver.advanceWallClock('10h')
    assert.equal(driver.read(visits), [], 'once')
  })
})
