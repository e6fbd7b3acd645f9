import * as assert from 'uvu/assert'
import type { Runbook } from '../../support/runbook.ts'
import { waitFor } from '../../support/wait-for.ts'
import { alertsOf, scrape, scrapeUntil, waits } from './scrapes.ts'
import type { TradingGround } from './trading-ground.ts'

/**
 * Postgres goes away while fills are reconciled, and comes back empty: workers, gateway and relay heal by themselves, and the tables
 * are what the changelogs say.
 */
export async function postgresLostDrill(runbook: Runbook, ground: TradingGround) {
  const { servers, worker, gateway, trade, send } = ground
  const calm = { worker: await scrape(worker), gateway: await scrape(gateway) }
  const { faults } = servers.parts.postgres
  await faults!.kill()
  await send(100)
  const away = await scrapeUntil(worker, 'nothing waits for Postgres', waits)
  assert.equal(alertsOf(calm.worker, away), ['MillraceServerAway'])
  assert.ok(alertsOf(calm.gateway, await scrape(gateway), 'gateway').includes('MillraceGatewayDatabaseDown'))
  assert.is((await gateway.get('readyz'))?.status, 503)
  await faults!.restart()
  await faults!.wipe()

  await runbook.follow('status', { withinMs: 150_000 })
  await waitFor(async () => (await gateway.get('readyz'))?.body.includes('"led":true') === true, {
    what: 'gateway and relay do not heal',
    said: () => gateway.stderr,
  })
  await runbook.follow('doctor', { withinMs: 60_000 })
  await trade(50)
  await ground.audit()
}
