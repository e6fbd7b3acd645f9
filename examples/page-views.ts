/*
 * Visits: page views of a visitor that are at most half an hour apart. A view that falls between two visits makes them one,
 * whatever order they arrive in.
 *
 *   npx tsx examples/page-views.ts
 */

import { json, session, string, topic, topology } from 'millrace'
import { testDriver } from 'millrace/testing'
import { runsDirectly } from './runs-directly.ts'

export interface PageView {
  readonly page: string
}

/** Pages in the order in which they were seen first, as far as that is known. */
export interface Visit {
  readonly pages: readonly string[]
  readonly views: number
}

/** A visit that is over. Units: ms. */
export interface EndedVisit extends Visit {
  readonly from: number
  readonly to: number
}

/** By visitor. */
export const pageViews = topic('page-views', { key: string, value: json<PageView>() })
export const visits = topic('visits', { key: string, value: json<EndedVisit>() })
/** Views that came after their visit had been counted as over. */
export const lateViews = topic('late-page-views', { key: string, value: json<PageView>() })

export const pageViewVisits = topology('page-view-visits', t => {
  t.stream(pageViews)
    .groupByKey()
    .windowed(session('30m', { grace: '5m', late: lateViews }))
    .aggregate('visits', {
      init: (): Visit => ({ pages: [], views: 0 }),
      add: (visit, view) => ({ pages: withPage(visit.pages, view.page), views: visit.views + 1 }),
      merge: (one, two) => ({ pages: two.pages.reduce(withPage, one.pages), views: one.views + two.views }),
      value: json<Visit>(),
    })
    .onClose({ idle: '1h' })
    .map((visit, { key, start, end }) => [key, { ...visit, from: start, to: end }])
    .to(visits)
})

export default pageViewVisits

function withPage(pages: readonly string[], page: string): readonly string[] {
  return pages.includes(page) ? pages : [...pages, page]
}

if (runsDirectly(import.meta.url)) {
  const minute = 60_000
  const driver = await testDriver(pageViewVisits)
  await driver.pipe(pageViews, 'ann', { page: '/' }, { at: 0 })
  await driver.pipe(pageViews, 'ann', { page: '/cart' }, { at: 33 * minute })
  await driver.pipe(pageViews, 'ann', { page: '/shoes' }, { at: 20 * minute })
  await driver.pipe(pageViews, 'bob', { page: '/' }, { at: 180 * minute })
  await driver.advanceWallClock('2h')
  console.table(driver.read(visits).map(({ key, value }) => ({ visitor: key, ...value, pages: value.pages.join(' ') })))
}
