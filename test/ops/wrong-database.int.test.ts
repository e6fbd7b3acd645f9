import * as assert from 'uvu/assert'
import { openGateway } from '../../gateway/gateway.ts'
import { tradingGateway } from '../../gateway/trading/extension.ts'
import trading from '../../processors/trading.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { endIn, millrace } from '../support/command.ts'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'

const { database } = await realParts({ postgres: true })

suite('a database that does not let us in', test => {
  let url: string
  test.before(async () => {
    const wrong = new URL(await database())
    wrong.password = 'not-this-one'
    url = wrong.href
  })

  for (const command of [
    ['gateway', '--port=0'],
    ['outbox', 'status'],
  ])
    test(`${command.join(' ')} ends with 3 and a line that names the variable`, async () => {
      const { code, stdout, stderr } = await millrace(command, { DATABASE_URL: url })
      assert.equal([code, stdout], [3, ''])
      assert.match(
        command[0] === 'gateway' ? endIn(stderr).said : stderr,
        /^millrace: Postgres refuses user, password or database .*: correct DATABASE_URL, or DATABASE_PASSWORD\n$/,
      )
    })

  test('a gateway that is locked out while it runs answers 503 and tells its own log', async () => {
    const reported: unknown[] = []
    const report = (error: unknown) => reported.push(error)
    const gateway = openGateway({
      databaseUrl: url,
      topology: trading,
      extension: tradingGateway,
      clock: systemClock,
      report,
    })
    for (const path of ['/v1/portfolios', '/readyz', '/v1/portfolios/alpha-01']) {
      const response = await gateway.app.request(path)
      assert.is(response.status, 503, path)
      assert.is(((await response.json()) as { type: string }).type, '/problems/unavailable')
    }
    assert.is(reported.length, 3)
    assert.match(String(reported[0]), /correct DATABASE_URL/)
    await gateway.close()
  })
})
