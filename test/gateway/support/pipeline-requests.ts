import type { Gateway } from '../../../gateway/gateway.ts'

/** An instrument as a client registers it. */
export const msft = {
  exchange: 'XNAS',
  instrumentId: 'MSFT',
  baseCurrency: 'MSFT',
  quoteCurrency: 'USD',
  pricePrecision: 2,
  sizePrecision: 0,
  tickSize: '0.01',
  lotSize: '1',
  takerFeeRate: '0.0005',
} as const

/** A signal as a bot posts it; the key says which one. */
export function signal(idempotencyKey: string, more: Readonly<Record<string, unknown>> = {}) {
  return {
    idempotencyKey,
    portfolioId: 'alpha-01',
    exchange: 'XNAS',
    instrumentId: 'MSFT',
    side: 'BUY',
    quantity: '10',
    referencePrice: '28.50',
    ...more,
  }
}

/** Posts JSON. */
export function post(gateway: Gateway, path: string, body: unknown, method = 'POST'): Promise<Response> {
  return Promise.resolve(
    gateway.app.request(path, {
      method,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    }),
  )
}
