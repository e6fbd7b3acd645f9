import { float64, int64, json, nullable, string, topic } from 'millrace'

/** An order of a customer. Units: `total` in euros. */
export interface Order {
  readonly id: string
  readonly customer: string
  readonly items: readonly string[]
  readonly total: number
}

/** A payment of an order. */
export interface Payment {
  readonly orderId: string
  readonly amount: number
}

/** Things known of a customer. */
export interface Customer {
  readonly name: string
  readonly country: string
}

export const customer = nullable(json<Customer>())
export const name = nullable(string)

export const orders = topic('orders', { key: string, value: json<Order>() })
export const returns = topic('returns', { key: string, value: json<Order>() })
export const payments = topic('payments', { key: string, value: json<Payment>() })
export const customers = topic('customers', { key: string, value: customer })
export const rates = topic('rates', { key: string, value: float64 })
export const pages = topic('pages', { key: string, value: string })
export const large = topic('large', { key: string, value: json<Order>() })
export const small = topic('small', { key: string, value: json<Order>() })
export const checked = topic('checked', { key: string, value: json<Order>() })
export const late = topic('late', { key: string, value: json<Order>() })
export const texts = topic('texts', { key: string, value: string })
export const counts = topic('counts', { key: string, value: int64 })
export const amounts = topic('amounts', { key: string, value: float64 })
export const french = topic('french', { key: string, value: customer })
export const names = topic('names', { key: string, value: name })
export const knownOrders = topic('known-orders', { key: string, value: name })
