import { hopping, json, session, string, tumbling } from '../../../../topology/index.ts'
import type { NexmarkQuery } from './query.ts'

/** Auctions with the most bids of a window. */
interface HotItems {
  readonly count: number
  readonly auctions: readonly string[]
}

interface ItemCount {
  readonly auction: string
  readonly count: number
}

/** Queries over windows of time. Each update of a window is a result. */
export const windowQueries = {
  /** Hot items: the auctions with the most bids of the last ten seconds, every two seconds. */
  q5: (t, { bids }) =>
    t
      .stream(bids)
      .groupByKey()
      .windowed(hopping('10s', '2s'))
      .count('bids-by-auction')
      .toStream()
      .map((count, { key, start }) => [String(start), { auction: key, count: Number(count) }], {
        key: string,
        value: json<ItemCount>(),
      })
      .groupByKey({ name: 'by-window' })
      .aggregate('hot-items', {
        init: (): HotItems => ({ count: 0, auctions: [] }),
        add: (best, { auction, count }) => {
          if (count > best.count) return { count, auctions: [auction] }
          return count === best.count ? { count, auctions: [...best.auctions, auction] } : best
        },
        value: json<HotItems>(),
      })
      .toStream(),

  /** The highest bid of each ten seconds. */
  q7: (t, { bids }) =>
    t
      .stream(bids)
      .groupBy(() => 'all', { name: 'all-bids', key: string })
      .windowed(tumbling('10s'))
      .reduce('highest-bids', (best, bid) => (bid.price > best.price ? bid : best))
      .toStream()
      .map(({ auction, bidder, price, dateTime }, { start }) => [String(start), { auction, bidder, price, dateTime }]),

  /** Sessions of each bidder: bids that are no more than ten seconds apart. */
  q11: (t, { bids }) =>
    t
      .stream(bids)
      .groupBy(({ bidder }) => String(bidder), { name: 'by-bidder', key: string })
      .windowed(session('10s'))
      .count('bidder-sessions')
      .toStream()
      .filter(count => count !== null)
      .map((count, { key, start, end }) => [key, { start, end, count: Number(count) }]),

  /** Bids of each bidder in each ten seconds; of event time here, as the wall clock gives no result that could be compared. */
  q12: (t, { bids }) =>
    t
      .stream(bids)
      .groupBy(({ bidder }) => String(bidder), { name: 'by-bidder', key: string })
      .windowed(tumbling('10s'))
      .count('bidder-counts')
      .toStream()
      .map((count, { key, start }) => [key, { start, count: Number(count) }]),
} satisfies Record<string, NexmarkQuery>
