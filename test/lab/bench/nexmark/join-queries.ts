import { json, string, type TopologyScope } from '../../../../topology/index.ts'
import type { NexmarkTopics } from './event.ts'
import type { NexmarkQuery } from './query.ts'

/** A bid that came while its auction was open. */
interface ValidBid {
  readonly auction: number
  readonly bidder: number
  readonly price: number
  readonly dateTime: number
  readonly seller: number
  readonly category: number
}

const validBid = json<ValidBid>()
const tenSeconds = 10_000

/** Queries that bring several topics together. */
export const joinQueries = {
  /** Local item suggestion: sellers in Oregon, Idaho or California, and what they offer in category 10. */
  q3: (t, { auctions, persons }) =>
    t
      .table(auctions, 'auctions')
      .filter(({ category }) => category === 10)
      .joinForeignKey(
        t.table(persons, 'persons').filter(({ state }) => ['OR', 'ID', 'CA'].includes(state)),
        { name: 'local-items', on: auction => (auction === null ? null : String(auction.seller)) },
        (auction, { name, city, state }) => ({ name, city, state, id: auction.id }),
      )
      .toStream()
      .filter(found => found !== null)
      .mapValues(found => found as object),

  /** The average of the winning bids of each category. */
  q4: (t, topics) =>
    winningBids(t, topics)
      .groupBy(bid => [String(bid.category), bid], { name: 'by-category', key: string, value: validBid })
      .aggregate('category-averages', {
        init: () => ({ sum: 0, count: 0 }),
        add: ({ sum, count }, { price }) => ({ sum: sum + price, count: count + 1 }),
        subtract: ({ sum, count }, { price }) => ({ sum: sum - price, count: count - 1 }),
        value: json<{ sum: number; count: number }>(),
      })
      .toStream()
      .mapValues(({ sum, count }) => ({ average: Math.floor(sum / count) })),

  /** New sellers: persons who put something up in the window of ten seconds in which they registered. */
  q8: (t, { auctions, persons }) =>
    t
      .stream(persons)
      .join(
        t.stream(auctions).selectKey(({ seller }) => String(seller), { key: string }),
        { name: 'new-sellers', within: '10s' },
        ({ id, name, dateTime }, auction) => ({
          id,
          name,
          window: windowOf(dateTime),
          other: windowOf(auction.dateTime),
        }),
      )
      .filter(({ window, other }) => window === other)
      .mapValues(({ id, name, window }) => ({ id, name, window })),

  /** The winning bid of each auction so far. */
  q9: (t, topics) => winningBids(t, topics).toStream(),

  /** Each bid with a row of a bounded side input. */
  q13: (t, { bids, side }) =>
    t.stream(bids).joinGlobal(
      t.globalTable(side, 'side-input'),
      ({ auction }) => String(auction % 100),
      ({ auction, bidder, price, dateTime }, { name }) => ({ auction, bidder, price, dateTime, value: name }),
    ),

  /** Each bid with its auction, of category 10. */
  q20: (t, { auctions, bids }) =>
    t.stream(bids).joinTable(
      t.table(auctions, 'auctions').filter(({ category }) => category === 10),
      ({ auction, bidder, price }, { itemName, initialBid, reserve, seller, category }) => ({
        ...{ auction, bidder, price },
        ...{ itemName, initialBid, reserve, seller, category },
      }),
    ),
} satisfies Record<string, NexmarkQuery>

/** The highest bid of each auction while it was open; of equal ones the first. */
function winningBids(t: TopologyScope, { auctions, bids }: NexmarkTopics) {
  return t
    .stream(bids)
    .joinTable(
      t.table(auctions, 'auctions'),
      ({ auction, bidder, price, dateTime }, { seller, category, dateTime: from, expires }) => ({
        ...{ auction, bidder, price, dateTime, seller, category },
        valid: dateTime >= from && dateTime <= expires,
      }),
    )
    .filter(({ valid }) => valid)
    .mapValues(({ valid, ...bid }): ValidBid => bid, { value: validBid })
    .groupByKey()
    .reduce('winning-bids', (best, bid) => (bid.price > best.price ? bid : best))
}

function windowOf(time: number): number {
  return time - (time % tenSeconds)
}
