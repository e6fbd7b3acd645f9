import { json, string } from '../../../../topology/index.ts'
import type { NexmarkQuery } from './query.ts'

/** Bids of an auction on a day. Ranks count bids below 10,000, below 1,000,000, and others. */
interface DayStatistics {
  readonly bids: number
  readonly rank1: number
  readonly rank2: number
  readonly rank3: number
  readonly min: number
  readonly max: number
  readonly sum: number
}

interface TopBid {
  readonly bidder: number
  readonly price: number
  readonly dateTime: number
}

/** Queries that keep a row for each key without an end. */
export const tableQueries = {
  /** Statistics of each auction and day. */
  q17: (t, { bids }) =>
    t
      .stream(bids)
      .groupBy(({ auction, dateTime }) => `${auction}/${Math.floor(dateTime / 86_400_000)}`, {
        name: 'by-auction-and-day',
        key: string,
      })
      .aggregate('day-statistics', {
        init: (): DayStatistics => ({ bids: 0, rank1: 0, rank2: 0, rank3: 0, min: 0, max: 0, sum: 0 }),
        add: (day, { price }) => ({
          bids: day.bids + 1,
          rank1: day.rank1 + Number(price < 10_000),
          rank2: day.rank2 + Number(price >= 10_000 && price < 1_000_000),
          rank3: day.rank3 + Number(price >= 1_000_000),
          min: day.bids === 0 ? price : Math.min(day.min, price),
          max: Math.max(day.max, price),
          sum: day.sum + price,
        }),
        value: json<DayStatistics>(),
      })
      .toStream()
      .mapValues(day => ({ ...day, average: Math.floor(day.sum / day.bids) })),

  /** The last bid of each bidder for each auction. */
  q18: (t, { bids }) =>
    t
      .stream(bids)
      .groupBy(({ auction, bidder }) => `${bidder}/${auction}`, { name: 'by-bidder-and-auction', key: string })
      .reduce('last-bids', (last, bid) => (bid.dateTime >= last.dateTime ? bid : last))
      .toStream(),

  /** The ten highest bids of each auction. */
  q19: (t, { bids }) =>
    t
      .stream(bids)
      .groupByKey()
      .aggregate('top-bids', {
        init: (): readonly TopBid[] => [],
        add: (top, { bidder, price, dateTime }) => {
          const place = top.findIndex(other => other.price < price)
          return top.toSpliced(place === -1 ? top.length : place, 0, { bidder, price, dateTime }).slice(0, 10)
        },
        value: json<readonly TopBid[]>(),
      })
      .toStream()
      .mapValues(top => ({ top })),
} satisfies Record<string, NexmarkQuery>
