import * as assert from 'uvu/assert'
import { errorReporter } from '../../../topology/app/json-log.ts'
import { RetriableError } from '../../../topology/definition/errors.ts'
import type { LogFields } from '../../../topology/runtime/log.ts'
import { run } from '../../support/command.ts'
import { suite } from '../../support/suite.ts'

suite('log of services', test => {
  test('is one JSON object a line, with the service and the code', async () => {
    const program = [
      "import { jsonLog } from './topology/app/json-log.ts'",
      "jsonLog('info', 'relay').error({ code: 'FENCED' }, 'another relay\\nleads')",
    ].join('\n')
    const { stderr } = await run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program])
    const lines = stderr.trim().split('\n')
    assert.is(lines.length, 1, stderr)
    const { level, service, code, msg } = JSON.parse(lines[0]!)
    assert.equal(
      { level, service, code, msg },
      { level: 50, service: 'relay', code: 'FENCED', msg: 'another relay\nleads' },
    )
  })

  test('says an error that repeats once a minute, with the number of those in between', () => {
    const lines: (LogFields & { readonly message: string })[] = []
    const log = {
      debug() {},
      info() {},
      warn() {},
      error: (fields: LogFields, message: string) => void lines.push({ ...fields, message }),
    }
    let now = 0
    const report = errorReporter(log, { now: () => now })
    const away = new RetriableError('STORE_UNAVAILABLE', 'Postgres is away')
    for (; now < 90_000; now += 1_000) report(away)
    report(new Error('another'))
    assert.equal(lines, [
      { code: 'STORE_UNAVAILABLE', message: 'Postgres is away' },
      { code: 'STORE_UNAVAILABLE', repeats: 59, message: 'Postgres is away' },
      { code: 'INTERNAL', message: 'another' },
    ])
  })
})
