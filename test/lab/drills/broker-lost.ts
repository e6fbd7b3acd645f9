import { dirname } from 'node:path'
import { RetriableError } from '../../../topology/definition/errors.ts'
import { waitFor } from '../../support/wait-for.ts'
import { startClusterServers } from '../chaos/servers.ts'
import { scrape, untilQuiet } from './scrapes.ts'
import { type Drill, tradingGround } from './trading-ground.ts'

/**
 * One of three brokers is killed while signals come: the pipeline goes on without it, `doctor` says what is missing, and is silent
 * again when the broker is back with its disk.
 */
export const brokerLostDrill: Drill = async name => {
  const { cluster, registry, postgres, stop } = await startClusterServers(3)
  const [lost, ...others] = cluster!.brokers
  const kafka = { folder: dirname(others[0]!.data) }
  try {
    const servers = { kafka: cluster!.url, registry: registry.url, postgres: postgres.url, parts: { kafka, postgres } }
    const ground = await tradingGround(servers)
    try {
      return await ground.hold(name, async runbook => {
        const calm = await scrape(ground.worker)
        await ground.send(50)
        await lost!.kill()
        await waitFor(() => taken(() => ground.send(50)), { what: 'no signal is taken' })
        await ground.rest()
        await runbook.follow('doctor', { withinMs: 60_000 })
        await runbook.follow('status', { withinMs: 60_000 })
        await lost!.start()
        await runbook.follow('doctor', { withinMs: 120_000 })
        await runbook.follow('status', { withinMs: 60_000 })
        await ground.trade(50)
        await ground.audit()
        await untilQuiet(calm, ground.worker)
      })
    } finally {
      await ground.close()
    }
  } finally {
    await stop()
  }
}

/** False when a broker was away: a producer sends again then. */
async function taken(send: () => Promise<void>): Promise<boolean> {
  try {
    await send()
    return true
  } catch (error) {
    if (error instanceof RetriableError) return false
    throw error
  }
}
