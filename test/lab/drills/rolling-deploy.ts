import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Runbook } from '../../support/runbook.ts'
import { waitFor } from '../../support/wait-for.ts'
import { scrape, untilQuiet } from './scrapes.ts'
import type { TradingGround } from './trading-ground.ts'

/**
 * A release with one processor more takes over from the one before while signals come: nothing is lost, the warning about two
 * topologies comes and ends, and the way back is the same.
 */
export async function rollingDeployDrill(runbook: Runbook, ground: TradingGround) {
  const { send, rest, worker: before } = ground
  const calm = await scrape(before)
  const old = join(tmpdir(), `millrace-release-${process.pid}.json`)
  const values = { old, new: 'test/support/fixtures/trading-next.ts' }
  try {
    await runbook.follow('topology describe', { values })
    await Promise.all(
      ['topology diff', 'topics apply', 'schemas register'].map(step => runbook.follow(step, { values })),
    )
    await send(60)
    const next = await runbook.start('worker', { values })
    const mixed = () => before.log().some(({ code }) => code === 'GROUP_MIXED')
    await waitFor(() => mixed() || next.said().includes('GROUP_MIXED'), { what: 'nobody tells of two topologies' })
    await send(60)
    assert.is(await before.end(), 0, before.stderr)
    await rest()
    await runbook.follow('status', { values, withinMs: 120_000 })
    ground.worker = await ground.startWorker()
    assert.is(await next.end(), 0)
    await ground.audit()
    await untilQuiet(calm, ground.worker)
  } finally {
    await rm(old, { force: true })
  }
}
