import type { NexmarkQuery } from './query.ts'

/** Queries that look at one bid at a time. Amounts are whole cents, so that both languages compute the same. */
export const statelessQueries = {
  /** Pass-through. */
  q0: (t, { bids }) => t.stream(bids),

  /** Currency conversion. */
  q1: (t, { bids }) =>
    t.stream(bids).mapValues(({ auction, bidder, price, dateTime, extra }) => ({
      auction,
      bidder,
      price: euros(price),
      dateTime,
      extra,
    })),

  /** Selection. */
  q2: (t, { bids }) =>
    t
      .stream(bids)
      .filter(({ auction }) => auction % 123 === 0)
      .mapValues(({ auction, price }) => ({ auction, price })),

  /** Calculation: bids in a range of euros, with the time of day and the letters `c` in their text. */
  q14: (t, { bids }) =>
    t
      .stream(bids)
      .filter(({ price }) => euros(price) > 1_000_000 && euros(price) < 50_000_000)
      .mapValues(({ auction, bidder, price, dateTime, extra }) => ({
        auction,
        bidder,
        price: euros(price),
        bidTimeType: timeType(dateTime),
        dateTime,
        extra,
        cCounts: extra.split('c').length - 1,
      })),

  /** The number of a bid's channel: of the four known ones, else from the address. */
  q21: (t, { bids }) =>
    t
      .stream(bids)
      .mapValues(({ auction, bidder, price, channel, url }) => ({
        auction,
        bidder,
        price,
        channel,
        channelId: channelIds[channel.toLowerCase()] ?? /[&?]channel_id=([^&]*)/.exec(url)?.[1] ?? null,
      }))
      .filter(({ channelId }) => channelId !== null),

  /** The folders of a bid's address. */
  q22: (t, { bids }) =>
    t.stream(bids).mapValues(({ auction, bidder, price, channel, url }) => {
      const [, , , dir1 = null, dir2 = null, dir3 = null] = url.split('/')
      return { auction, bidder, price, channel, dir1, dir2, dir3 }
    }),
} satisfies Record<string, NexmarkQuery>

const channelIds: Readonly<Record<string, string>> = { apple: '0', google: '1', facebook: '2', baidu: '3' }

function euros(price: number): number {
  return Math.floor((price * 908) / 1_000)
}

function timeType(dateTime: number): string {
  const hour = Math.floor(dateTime / 3_600_000) % 24
  if (hour >= 8 && hour <= 18) return 'dayTime'
  return hour <= 6 || hour >= 20 ? 'nightTime' : 'otherTime'
}
