import { readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import * as assert from 'uvu/assert'
import { millrace } from '../../support/command.ts'
import type { Runbook } from '../../support/runbook.ts'
import type { TradingGround } from './trading-ground.ts'

const window = '--from-topic=orders.fills --processor'

/** A position that somebody changed by hand is found, and restored from its changelog; and what other limits would have decided. */
export async function replayDrill(runbook: Runbook, ground: TradingGround) {
  const { servers, env, trade } = ground
  const sql = postgres(servers.postgres, { max: 1, onnotice: () => {} })
  try {
    await trade(50)
    await runbook.follow(`replay ${window}`)
    await sql`update positions set quantity = quantity + 1.5
               where (portfolio_id, instrument_key) in (
                 select portfolio_id, instrument_key from positions where fills > 0 order by 1, 2 limit 1)`
    await runbook.follow(`replay ${window}`)
    const early = await millrace(['replay', '--from-topic=orders.fills', '--processor=reconciler', '--apply'], env)
    assert.is(early.code, 3)
    assert.match(early.stderr, /^millrace: group 'trading-reconciler' has a member running: stop the workers/)
    assert.is(await ground.worker.end(), 0, ground.worker.stderr)
    await runbook.follow(`replay ${window}`)
    const reconciler = await runbook.start('worker')
    await runbook.follow(`replay ${window}`, { withinMs: 30_000 })
    assert.is(await reconciler.end(), 0)
    ground.worker = await ground.startWorker()
    await ground.audit()
    await runbook.follow('replay --from-topic=orders.fills')

    const limits = join(tmpdir(), `millrace-limits-${process.pid}.yaml`)
    const halted = readFileSync('processors/limits.yaml', 'utf8').replace(/^ *exposureCap: .*$/m, line =>
      line.replace(/\d[\d_]*/, '1'),
    )
    await writeFile(limits, halted)
    try {
      await runbook.follow('replay --with', { values: { limits } })
    } finally {
      await rm(limits, { force: true })
    }
  } finally {
    await sql.end()
  }
}
