import { json, string, topic } from '../../../../topology/index.ts'

/** A person who has just registered with the auction site. Units of `dateTime` here and below: ms since the epoch. */
export interface Person {
  readonly id: number
  readonly name: string
  readonly emailAddress: string
  readonly creditCard: string
  readonly city: string
  readonly state: string
  readonly dateTime: number
  readonly extra: string
}

/** An item that is put up for auction. Prices are in cents. */
export interface Auction {
  readonly id: number
  readonly itemName: string
  readonly description: string
  readonly initialBid: number
  readonly reserve: number
  readonly dateTime: number
  readonly expires: number
  readonly seller: number
  readonly category: number
  readonly extra: string
}

/** A bid for an auction. */
export interface Bid {
  readonly auction: number
  readonly bidder: number
  readonly price: number
  readonly channel: string
  readonly url: string
  readonly dateTime: number
  readonly extra: string
}

/** A row of the bounded side input of q13. */
export interface SideRow {
  readonly name: string
}

/** The topics that the queries read: persons and auctions by their id, bids by the id of their auction. */
export function nexmarkTopics(prefix = 'nexmark') {
  return {
    persons: topic(`${prefix}-persons`, { key: string, value: json<Person>() }),
    auctions: topic(`${prefix}-auctions`, { key: string, value: json<Auction>() }),
    bids: topic(`${prefix}-bids`, { key: string, value: json<Bid>() }),
    side: topic(`${prefix}-side`, { key: string, value: json<SideRow>() }),
  }
}

/** The topics by the names that an event has. */
export type NexmarkTopics = ReturnType<typeof nexmarkTopics>

/** A record of one of the topics. */
export interface NexmarkEvent {
  readonly topic: keyof NexmarkTopics
  readonly key: string
  readonly at: number
  readonly value: Person | Auction | Bid | SideRow
}
