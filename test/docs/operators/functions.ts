import type { FlowRecord, Windowed } from 'millrace'
import type { Customer, Order, Payment } from './topics.ts'
import { large, small } from './topics.ts'

// The functions that the pages of operators use, in TypeScript and in YAML alike.
export const isLarge = (order: Order) => order.total >= 100
export const isTest = (order: Order) => order.customer === 'test'
export const isUrgent = (order: Order) => order.items.includes('express')
export const total = (order: Order) => order.total
export const customerOf = (order: Order) => order.customer
export const byCustomerText = (order: Order) => [order.customer, describe(order)] as const
export const itemsOf = (order: Order) => order.items
export const itemsByName = (order: Order) => order.items.map(item => [item, order.id] as const)
export const describe = (order: Order) => `${order.id}: ${order.total} euros`
export const watch = (order: Order) => void watched.push(order.id)
export const bySize = (order: Order) => (isLarge(order) ? large : small)
export const withOrigin = (order: Order, _: string, { headers }: FlowRecord) => [
  ...headers,
  { key: 'origin', value: order.customer },
]
export const bySizeOfOrder = (order: Order, _: string, partitions: number) => (isLarge(order) ? 0 : partitions - 1)

/** The orders that `watch` has seen. */
export const watched: string[] = []

export const larger = (left: Order, right: Order) => (left.total >= right.total ? left : right)
export const zero = () => 0
export const addTotal = (sum: number, order: Order) => sum + order.total
export const addAmount = (sum: number, payment: Payment) => sum - payment.amount
export const addSums = (left: number, right: number) => left + right
export const orderIdOf = (payment: Payment) => payment.orderId

export const paid = (order: Order, payment: Payment) => `${order.id} paid ${payment.amount}`
export const maybePaid = (order: Order, payment: Payment | null) => `${order.id} paid ${payment?.amount ?? 'nothing'}`
export const either = (order: Order | null, payment: Payment | null) =>
  `${order?.id ?? 'no order'} paid ${payment?.amount ?? 'nothing'}`
export const withCustomer = (order: Order, customer: Customer) => `${order.id} of ${customer.name}`
export const withAnyCustomer = (order: Order, customer: Customer | null) =>
  `${order.id} of ${customer?.name ?? 'nobody'}`
export const converted = (order: Order, rate: number) => `${order.id}: ${order.total * rate}`
export const maybeConverted = (order: Order, rate: number | null) => `${order.id}: ${order.total * (rate ?? 1)}`

export const nameOf = (customer: Customer) => customer.name
export const isFrench = (customer: Customer) => customer.country === 'FR'
export const byCountry = (customer: Customer) => [customer.country, 1n] as const
export const plus = (left: bigint, right: bigint) => left + right
export const minus = (left: bigint, right: bigint) => left - right
export const none = () => 0n
export const greeting = (customer: Customer, page: string) => `${customer.name} reads ${page}`
export const maybeGreeting = (customer: Customer, page: string | null) => `${customer.name} reads ${page ?? 'nothing'}`
export const anyGreeting = (customer: Customer | null, page: string | null) =>
  `${customer?.name ?? 'nobody'} reads ${page ?? 'nothing'}`
export const windowStart = (_: unknown, { key, start }: Windowed<string>) => `${key} from ${start}`
export const firstPage = (customer: Customer) => `home of ${customer.country}`
export const currencyOf = (order: Order) => (order.customer === 'zoe' ? 'CHF' : 'EUR')
export const customerIdOf = (order: Order) => order.customer
export const ordered = (order: Order, customer: Customer) => `${order.id} for ${customer.name}`
export const maybeOrdered = (order: Order, customer: Customer | null) => `${order.id} for ${customer?.name ?? 'nobody'}`
