import * as assert from 'uvu/assert'
import { suite } from '../../../support/suite.ts'
import type { Auction, Bid } from './event.ts'
import { nexmarkEvents } from './generator.ts'

const workload = { events: 50_000, seed: 1, eventsPerSecond: 10_000 }
const events = [...nexmarkEvents(workload)]
const of = (topic: string) => events.filter(event => event.topic === topic)
const bids = of('bids').map(({ value }) => value as Bid)
const auctions = of('auctions').map(({ value }) => value as Auction)
const share = <T>(all: readonly T[], test: (one: T) => boolean) => all.filter(test).length / all.length

suite("Nexmark's events", test => {
  test('of fifty one is a person, three are auctions, and the others bids', () => {
    assert.equal([of('persons').length, auctions.length, bids.length], [1_000, 3_000, 46_000])
    assert.equal([...nexmarkEvents(workload)].at(-1), events.at(-1), 'the same seed gives the same events')
    assert.is(new Set(auctions.map(({ id }) => id)).size, 3_000)
  })

  test('half of the bids are for the hot auction, and three of four of the hot bidder', () => {
    // Hot ids are multiples of 100 after the first one; of other ids about one in a hundred is such a multiple, too.
    assert.ok(Math.abs(share(bids, ({ auction }) => auction % 100 === 0) - 0.505) < 0.01)
    assert.ok(Math.abs(share(bids, ({ bidder }) => bidder % 100 === 1) - 0.7525) < 0.01)
    assert.ok(Math.abs(share(auctions, ({ seller }) => seller % 100 === 0) - 0.7525) < 0.02)
  })

  test('prices are even on a logarithmic scale, from one to a million', () => {
    const digits = [2, 3, 4, 5, 6, 7].map(power =>
      share(bids, ({ price }) => price >= 10 ** power && price < 10 ** (power + 1)),
    )
    for (const one of digits) assert.ok(Math.abs(one - 1 / 6) < 0.01, String(digits))
  })

  test('events have the average sizes of the public generator: 200, 500 and 100 bytes', () => {
    const average = (topic: string) =>
      of(topic).reduce((sum, { value }) => sum + JSON.stringify(value).length, 0) / of(topic).length
    // The filler's own field comes on top of it.
    assert.ok(Math.abs(average('auctions') - 511) < 10, String(average('auctions')))
  })
})
