// budget: 900 s
import * as assert from 'uvu/assert'
import { shortDrills } from '../lab/drills/drills.ts'
import { promtoolMissing } from '../lab/drills/scrapes.ts'
import { type TradingGround, tradingGround } from '../lab/drills/trading-ground.ts'
import { ownParts } from '../support/own-parts.ts'
import { skipFile, suite } from '../support/suite.ts'

const missing = promtoolMissing()
if (missing !== undefined) skipFile(missing)

// The trading topology has fixed topic names, so this file takes servers of its own.
const servers = await ownParts()

suite(
  'runbooks, by their own commands',
  test => {
    let ground: TradingGround
    test.before(async () => {
      ground = await tradingGround(servers)
    })
    test.after(async () => {
      await ground?.close()
      await servers.stop()
    })

    for (const [runbook, drill] of Object.entries(shortDrills))
      test(runbook, async () => {
        const { left } = await ground.hold(runbook, drill)
        assert.equal(left, [], `the drill follows every command of ${runbook}`)
      })
  },
  { timeoutMs: 240_000 },
)
