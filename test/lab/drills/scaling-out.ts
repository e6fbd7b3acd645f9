import * as assert from 'uvu/assert'
import type { Runbook } from '../../support/runbook.ts'
import { scrape, untilQuiet } from './scrapes.ts'
import type { TradingGround } from './trading-ground.ts'

/** More workers take their share of the tasks, and give it back when they stop. */
export async function scalingOutDrill(runbook: Runbook, { worker, trade }: TradingGround) {
  const calm = await scrape(worker)
  await runbook.follow('status', { withinMs: 90_000 })
  const one = await runbook.start('worker --processor', { values: { name: 'portfolio-risk' } })
  const all = await runbook.start('worker --threads=2', { withinMs: 120_000 })
  await trade(50)
  const { stdout } = await runbook.follow('status', { withinMs: 90_000 })
  const owners = new Set(
    [...stdout.matchAll(/portfolio-risk_\d+ +ok +(\S+ pid \d+ thread \d+)/g)].map(([, owner]) => owner),
  )
  assert.ok(owners.size >= 3, `portfolio-risk is run by ${[...owners].join(', ')}`)
  assert.equal(await Promise.all([one.end(), all.end()]), [0, 0])
  await runbook.follow('status', { withinMs: 90_000 })
  await untilQuiet(calm, worker)
}
