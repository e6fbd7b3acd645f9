import type { Gateway } from '../../../../gateway/gateway.ts'

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

/** Posts JSON that must be taken. Errors: the answer, when it is a refusal: a test would wait for what it posted without end. */
export async function post(gateway: Gateway, path: string, body: unknown): Promise<Response> {
  const response = await gateway.app.request(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`POST ${path} was answered ${response.status}: ${await response.text()}`)
  return response
}

/** An order to halt, as a person gives it. */
export const halt = { tradingState: 'HALTED', actor: 'ann', reason: 'feed is stale' } as const
