import type { Gateway } from '../../../../gateway/gateway.ts'
import { waitFor } from '../../../support/wait-for.ts'
import type { AnyJson } from '../../support/any-json.ts'

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

/** The body of the answer of a path, once it is 200. The gateway itself waits for 10 s at most, and a busy machine may need longer. */
export async function answered(gateway: Gateway, path: string): Promise<AnyJson> {
  let text = ''
  const look = async () => {
    const response = await gateway.app.request(path)
    text = await response.text()
    return response.status === 200
  }
  await waitFor(look, { what: `${path} is not answered`, said: () => text })
  return JSON.parse(text)
}

/**
 * Waits until portfolio-risk has taken the reports of a portfolio's orders, which have ended. It takes them apart from the books:
 * a signal is settled in those before it is here.
 */
export async function released(gateway: Gateway, portfolioId: string): Promise<void> {
  let reserved: unknown
  const look = async () => {
    reserved = (await answered(gateway, `/v1/portfolios/${portfolioId}`)).summary.reservedExposure
    return reserved === '0'
  }
  await waitFor(look, { what: `the reports of ${portfolioId} are not taken`, said: () => String(reserved) })
}

/** An order to halt, as a person gives it. */
export const halt = { tradingState: 'HALTED', actor: 'ann', reason: 'feed is stale' } as const
