import * as assert from 'uvu/assert'
import { errorReporter } from '../../../topology/app/json-log.ts'
import { prettyLine } from '../../../topology/app/pretty-line.ts'
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

  test('has no secret of the configuration, in no field, message or stack', async () => {
    const program = [
      "import { readEnvironment } from './topology/app/environment.ts'",
      "import { connectParts } from './topology/app/connections.ts'",
      "import { jsonLog } from './topology/app/json-log.ts'",
      "import { finalLine } from './ops/command-line/exit-codes.ts'",
      'readEnvironment()',
      "await connectParts({ registry: { url: 'http://127.0.0.1:1', password: process.env.REG } })",
      "const held = [process.env.DATABASE_URL, 'pa:ss/word', 'k4fka-pass', 'a-token-of-16-letters', process.env.REG]",
      "const error = new Error('no answer to ' + held.join(' '))",
      "jsonLog('info', 'worker').error({ code: 'INTERNAL', stack: error.stack, url: held[0] }, error.message)",
      'console.error(finalLine(error))',
    ].join('\n')
    const env = {
      DATABASE_URL: 'postgres://app:pa%3Ass%2Fword@db:5432/books',
      REG: 'reg-"quoted"',
      KAFKA_PASSWORD: 'k4fka-pass',
      MILLRACE_TOKEN: 'a-token-of-16-letters',
    }
    const args = ['--import', 'tsx', '--input-type=module', '-e', program]
    const { stderr } = await run(process.execPath, args, env)
    for (const secret of ['pa:ss/word', 'pa%3Ass%2Fword', 'k4fka-pass', 'a-token-of-16-letters', 'quoted'])
      assert.not.ok(stderr.includes(secret), `${secret} is in ${stderr}`)
    assert.match(stderr, 'postgres://app:***@db:5432/books')
    assert.match(stderr, 'millrace: no answer to ')
  })

  test('is for a person in a terminal', () => {
    const json = JSON.stringify({
      level: 40,
      time: 0,
      pid: 1,
      service: 'worker',
      task: 'add_0',
      code: 'FENCED',
      msg: 'it waits',
    })
    // ANSI: 33 is yellow, 90 grey.
    assert.is(
      prettyLine(json),
      '00:00:00.000 \u001b[33mwarn \u001b[0m worker  it waits  \u001b[90mtask=add_0 code=FENCED\u001b[0m\n',
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
    const report = errorReporter(log, { monotonic: () => now })
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
