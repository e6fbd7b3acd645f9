import type { SampleName } from '../../../../gateway/trading/samples/sample.ts'
import { send } from '../../support/stub-app.ts'
import { halt, signal } from './pipeline-requests.ts'
import { openOrder, order } from './stub-reads.ts'

/** The giver of commands to orders, and the reason. */
export const given = { actor: 'ann', reason: 'market moved' }

/** The path of the order that rests. */
export const openOrderPath = `/v1/portfolios/alpha-01/orders/${openOrder.orderId}`

/** The request that each sample answers. */
export const sampleRequests: Readonly<Record<SampleName, () => Request>> = {
  portfolio: get('/v1/portfolios/alpha-01'),
  portfolios: get('/v1/portfolios'),
  positions: get('/v1/portfolios/alpha-01/positions'),
  orders: get('/v1/portfolios/alpha-01/orders'),
  order: get(`/v1/portfolios/alpha-01/orders/${order.orderId}`),
  'order-command': get(`${openOrderPath}/commands/replace-0`),
  'posted-cancel': () => send(`${openOrderPath}/cancel`, 'POST', { commandId: 'cancel-1', ...given }),
  'posted-replace': () =>
    send(`${openOrderPath}/replace`, 'POST', { commandId: 'replace-1', limitPrice: '28.50', ...given }),
  fills: get('/v1/portfolios/alpha-01/fills?limit=1'),
  trades: get('/v1/portfolios/alpha-01/trades'),
  history: get('/v1/portfolios/alpha-01/history'),
  limits: get('/v1/portfolios/alpha-01/limits'),
  control: () => send('/v1/portfolios/alpha-01', 'PATCH', halt),
  'trading-state': get('/v1/trading-state'),
  instrument: get('/v1/instruments/XNAS/MSFT'),
  trace: get('/v1/trace/ma-2-5:MSFT:2010-02-26'),
  'posted-signal': () => send('/v1/signals', 'POST', signal('ma-2-5:MSFT:2010-03-02')),
  'posted-price': () => {
    const body = { exchange: 'XNAS', instrumentId: 'MSFT', last: '28.67', occurredAt: '2010-03-02T15:00:00Z' }
    return send('/v1/prices', 'POST', body)
  },
  'signal-status': get('/v1/portfolios/alpha-01/signals/ma-2-5:MSFT:2010-03-01'),
}

function get(path: string): () => Request {
  return () => new Request(`http://gateway${path}`)
}
