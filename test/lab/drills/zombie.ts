import * as assert from 'uvu/assert'
import type { Runbook } from '../../support/runbook.ts'
import { scrape, untilQuiet } from './scrapes.ts'
import type { TradingGround } from './trading-ground.ts'

/**
 * A worker stands still; its successor under the same name has its tasks before its session is over, and the zombie, awake in the
 * middle of its work, is told so and ends.
 */
export async function zombieDrill(runbook: Runbook, ground: TradingGround) {
  const calm = await scrape(ground.worker)
  assert.is(await ground.worker.end(), 0, ground.worker.stderr)
  const named = { MILLRACE_INSTANCE_ID: 'drill', MILLRACE_SESSION_TIMEOUT_MS: '60000' }
  const zombie = await ground.startWorker([], named)
  await ground.send(100)
  zombie.signal('SIGSTOP')
  const successor = await runbook.start('worker', { env: named })
  await ground.send(50)
  await runbook.follow('status', { withinMs: 30_000 })
  zombie.signal('SIGCONT')
  assert.is(await zombie.ended, 6, zombie.stderr)
  assert.is(zombie.log().at(-1)?.code, 'INSTANCE_FENCED')
  await ground.rest()
  assert.is(await successor.end(), 0)
  ground.worker = await ground.startWorker()
  await ground.audit()
  await untilQuiet(calm, ground.worker)
}
