import { defaults, getPortfolio, getStoreRow, listOrders } from './client.ts'

/** Reads a portfolio, a page of its orders and one row of a store from the gateway at `baseUrl`. Decimals stay text. */
export async function readPortfolio(baseUrl: string, portfolioId: string) {
  defaults.baseUrl = baseUrl
  const portfolio = await getPortfolio({ portfolioId, waitMs: 1_000 })
  if (portfolio.status !== 200) throw new Error(`${portfolio.data.title}: ${portfolio.data.detail}`)
  const orders = await listOrders({ portfolioId, side: 'BUY', limit: 10 })
  if (orders.status !== 200) throw new Error(`${orders.data.title}: ${orders.data.detail}`)
  const position = await getStoreRow({ store: 'positions', key: [portfolioId, 'XNAS:MSFT'] })
  if (position.status !== 200) throw new Error(`${position.data.title}: ${position.data.detail}`)

  const equity: string = portfolio.data.summary.equity
  const statuses = orders.data.items.map(({ orderId, status }) => ({ orderId, status }))
  return { equity, statuses, next: orders.data.nextCursor, position: position.data.value }
}
