import { FatalError } from '../../../topology/definition/errors.ts'
import type { AnyJson } from '../../gateway/support/any-json.ts'
import type { Pipeline } from '../../gateway/trading/support/pipeline.ts'
import { halt, msft, post, signal } from '../../gateway/trading/support/pipeline-requests.ts'

/** The times from an order that changes rules to their effect. Units: ms. */
export interface ControlTimes {
  readonly changes: number
  readonly p50: number
  readonly p99: number
  readonly max: number
  /** Signals that were posted right after a halt was shown; each was rejected by it. */
  readonly refused: number
}

/**
 * Halts a portfolio and lets it trade again, in turn, over HTTP. A change has taken effect when the read shows its version; a signal that is
 * posted then must be decided by it.
 *
 * Errors: FatalError when a signal passes a halt that was shown.
 */
export async function controlsBench({ gateway }: Pipeline, changes: number): Promise<ControlTimes> {
  const portfolioId = 'alpha-03'
  const { url } = await gateway.serve(0)
  const ask = async (path: string, init?: RequestInit) => {
    const response = await fetch(`${url}${path}`, init)
    if (!response.ok)
      throw new FatalError('INTERNAL', `${path} was answered ${response.status}: ${await response.text()}`)
    return response
  }
  const get = async (path: string): Promise<AnyJson> => (await ask(path)).json()
  await post(gateway, '/v1/instruments', msft)
  await get('/v1/instruments/XNAS/MSFT?minVersion=1&waitMs=10000')
  const times: number[] = []
  let refused = 0
  for (let index = 0; index < changes; index++) {
    const halts = index % 2 === 0
    const begin = performance.now()
    const response = await ask(`/v1/portfolios/${portfolioId}`, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...halt, tradingState: halts ? 'HALTED' : 'ACTIVE' }),
    })
    if (response.status !== 202) throw new FatalError('INTERNAL', `change ${index} was answered ${response.status}`)
    await response.body?.cancel()
    await get(`${response.headers.get('Location')}&waitMs=10000`)
    times.push(performance.now() - begin)
    if (!halts) continue
    const key = `after-${index}`
    await post(gateway, '/v1/signals', signal(key, { portfolioId }))
    await get(`/v1/portfolios/${portfolioId}?including=${key}&waitMs=10000`)
    const { items } = await get(`/v1/portfolios/${portfolioId}/trades?idempotencyKey=${key}`)
    if (items[0].reasonCode !== 'TRADING_HALTED')
      throw new FatalError('INTERNAL', `a signal passed the halt of change ${index}: ${JSON.stringify(items[0])}`)
    refused++
  }
  times.sort((a, b) => a - b)
  const at = (share: number) => Math.round(times[Math.ceil(share * times.length) - 1] ?? 0)
  return { changes, p50: at(0.5), p99: at(0.99), max: at(1), refused }
}
