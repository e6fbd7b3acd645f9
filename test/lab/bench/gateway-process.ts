/*
 * A server of the gateway's bench, in a process of its own: the gateway, or a bare Hono with one query. The messages to its
 * parent are its address, then the processor time it has used whenever it is asked.
 */
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import postgres from 'postgres'
import { openGateway } from '../../../gateway/gateway.ts'
import { tradingGateway } from '../../../gateway/trading/extension.ts'
import trading from '../../../processors/trading.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'

const [kind, databaseUrl = ''] = process.argv.slice(2)
const url = kind === 'gateway' ? await gateway() : await bare()
process.on('message', () => process.send?.({ cpu: process.cpuUsage() }))
process.on('disconnect', () => process.exit(0))
process.send?.({ url })

async function gateway(): Promise<string> {
  const opened = openGateway({ topology: trading, databaseUrl, clock: systemClock, extension: tradingGateway })
  return (await opened.serve(0)).url
}

/** The least that such a server can do: one prepared query of one row by its key, and its JSON. */
function bare(): Promise<string> {
  const sql = postgres(databaseUrl, { max: 4, onnotice: () => {} })
  const app = new Hono().get('/v1/portfolios/:id', async context => {
    const rows = await sql`select * from portfolios where portfolio_id = ${context.req.param('id')}`
    return context.json(rows[0])
  })
  return new Promise(resolve => {
    serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve(`http://127.0.0.1:${port}`))
  })
}
