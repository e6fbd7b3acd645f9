import { seededRandom } from '../../../../topology/testing/random.ts'
import type { Auction, Bid, NexmarkEvent, Person } from './event.ts'

/*
 * The events of Nexmark with the distributions of its public generator (Apache Beam, `NexmarkConfiguration` as it is by default):
 * of 50 events one is a person, three are auctions and 46 are bids; every second bid is for the hot auction, three of four are by
 * the hot bidder, three of four auctions by the hot seller; prices are 10^(6 r) * 100 with r uniform; bids may come before the
 * auction or person that they name. The random numbers are our own, from a seed: only the distributions are the same.
 */

const proportions = { person: 1, auction: 3, all: 50 }
const first = { person: 1_000, auction: 1_000, category: 10 }
const categories = 5
const hot = { auction: 2, seller: 4, bidder: 4, channel: 2, step: 100 }
const activePeople = 1_000
const inFlightAuctions = 100
/** Ids beyond the newest that may already be named. */
const lead = 10
const sizes = { person: 200, auction: 500, bid: 100 }

const states = ['AZ', 'CA', 'ID', 'OR', 'WA', 'WY']
const cities = [
  'Phoenix',
  'Los Angeles',
  'San Francisco',
  'Boise',
  'Portland',
  'Bend',
  'Redmond',
  'Seattle',
  'Kent',
  'Cheyenne',
]
const firstNames = ['Peter', 'Paul', 'Luke', 'John', 'Saul', 'Vicky', 'Kate', 'Julie', 'Sarah', 'Deiter', 'Walter']
const lastNames = ['Shultz', 'Abrams', 'Spencer', 'White', 'Bartels', 'Walton', 'Smith', 'Jones', 'Noris']
const hotChannels = ['Google', 'Facebook', 'Baidu', 'Apple']

/** The settings of a run of events. */
export interface NexmarkWorkload {
  readonly events: number
  readonly seed: number
  /** Of event time. The public generator makes 10,000; fewer spread the same events over more windows. */
  readonly eventsPerSecond: number
}

/** Rows of the bounded side input. */
export const sideRows = 100

/** Time of the first event. Units: ms since the epoch. */
const start = Date.UTC(2025, 0, 1, 7)

/** The side input, then the events in the order of their time. */
export function* nexmarkEvents({ events, seed, eventsPerSecond }: NexmarkWorkload): Generator<NexmarkEvent> {
  for (let row = 0; row < sideRows; row++)
    yield { topic: 'side', key: String(row), at: start, value: { name: `side-${row}` } }
  const random = seededRandom(seed)
  for (let index = 0; index < events; index++) {
    const at = start + Math.floor((index * 1_000) / eventsPerSecond)
    const offset = index % proportions.all
    const draw = new Draw(random, index, at, 1_000 / eventsPerSecond)
    if (offset < proportions.person) {
      const value = draw.person()
      yield { topic: 'persons', key: String(value.id), at, value }
    } else if (offset < proportions.person + proportions.auction) {
      const value = draw.auction()
      yield { topic: 'auctions', key: String(value.id), at, value }
    } else {
      const value = draw.bid()
      yield { topic: 'bids', key: String(value.auction), at, value }
    }
  }
}

/** One event's random choices. Ids are counted from 0 until they are written. */
class Draw {
  readonly #random: () => number
  readonly #at: number
  readonly #perEventMs: number
  readonly #newestPerson: number
  readonly #newestAuction: number

  constructor(random: () => number, index: number, at: number, perEventMs: number) {
    this.#random = random
    this.#at = at
    this.#perEventMs = perEventMs
    const epoch = Math.floor(index / proportions.all)
    const offset = index % proportions.all
    this.#newestPerson = epoch * proportions.person
    const auctions = Math.min(Math.max(offset - proportions.person + 1, 0), proportions.auction)
    this.#newestAuction = epoch * proportions.auction + auctions - 1
  }

  person(): Person {
    const name = `${this.#one(firstNames)} ${this.#one(lastNames)}`
    const person = {
      id: first.person + this.#newestPerson,
      name,
      emailAddress: `${this.#letters(7)}@${this.#letters(5)}.com`,
      creditCard: Array.from({ length: 4 }, () => String(this.#below(10_000)).padStart(4, '0')).join(' '),
      city: this.#one(cities),
      state: this.#one(states),
      dateTime: this.#at,
    }
    return { ...person, extra: this.#filler(person, sizes.person) }
  }

  auction(): Auction {
    const initialBid = this.#price()
    const seller = this.#below(hot.seller) > 0 ? hotOf(this.#newestPerson) : this.#anyPerson()
    // Long enough that about so many auctions are open at one time.
    const horizon = ((inFlightAuctions * proportions.all) / proportions.auction) * this.#perEventMs
    const auction = {
      id: first.auction + this.#newestAuction,
      itemName: this.#letters(20),
      description: this.#letters(100),
      initialBid,
      reserve: initialBid + this.#price(),
      dateTime: this.#at,
      expires: this.#at + 1 + this.#below(Math.max(1, Math.floor(horizon * 2))),
      seller: first.person + seller,
      category: first.category + this.#below(categories),
    }
    return { ...auction, extra: this.#filler(auction, sizes.auction) }
  }

  bid(): Bid {
    const auction = this.#below(hot.auction) > 0 ? hotOf(this.#newestAuction) : this.#anyAuction()
    const bidder = this.#below(hot.bidder) > 0 ? hotOf(this.#newestPerson) + 1 : this.#anyPerson()
    const site = 'https://www.nexmark.com/'
    const path = `${this.#letters(4)}/${this.#letters(4)}/${this.#letters(4)}/item.htm?query=1`
    const number = this.#below(10_000)
    const hotOne = this.#below(hot.channel) > 0
    const bid = {
      auction: first.auction + auction,
      bidder: first.person + bidder,
      price: this.#price(),
      channel: hotOne ? this.#one(hotChannels) : `channel-${number}`,
      url: hotOne ? `${site}${path}` : `${site}${path}&channel_id=${number}`,
      dateTime: this.#at,
    }
    return { ...bid, extra: this.#filler(bid, sizes.bid) }
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  #one(of: readonly string[]): string {
    return of[this.#below(of.length)]!
  }

  #price(): number {
    return Math.round(10 ** (this.#random() * 6) * 100)
  }

  #anyPerson(): number {
    const people = this.#newestPerson + 1
    const active = Math.min(people, activePeople)
    return people - active + this.#below(active + lead)
  }

  #anyAuction(): number {
    const newest = Math.max(this.#newestAuction, 0)
    const oldest = Math.max(newest - inFlightAuctions, 0)
    return oldest + this.#below(newest - oldest + 1 + lead)
  }

  #letters(most: number): string {
    const length = 3 + this.#below(Math.max(1, most - 3))
    let text = ''
    for (let index = 0; index < length; index++) text += String.fromCharCode(97 + this.#below(26))
    return text
  }

  /** Text that brings an event to its average size, a fifth up or down. */
  #filler(event: object, average: number): string {
    const delta = Math.round(average * 0.2)
    const length = average - delta + this.#below(2 * delta) - JSON.stringify(event).length
    let text = ''
    for (let index = 0; index < length; index++) text += String.fromCharCode(97 + this.#below(26))
    return text
  }
}

/** The hot id: it changes every hundred. */
function hotOf(newest: number): number {
  return Math.floor(Math.max(newest, 0) / hot.step) * hot.step
}
