import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { suite } from '../support/suite.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

/** The output of each example when it is run by itself. */
const shown: Readonly<Record<string, RegExp>> = {
  'word-count': /'be' +│ 2n/,
  'page-views': /'\/ \/cart \/shoes'/,
  'paid-orders': /'o-1'.*unpaid.*'o-2'/s,
  candlesticks: /'ACME' │ 0 +│ 60000/,
  'serdes/own-serdes': /'ann'.*6300n/s,
  'in-app': /'be' +│ 2n/,
  'services/fastify': /{"word":"be","count":"2"}/,
  'services/nest': /{"word":"be","count":"2"}/,
  fraud: /'blocked'.*'unblocked'/s,
}

suite('examples as programs', test => {
  for (const [name, pattern] of Object.entries(shown)) {
    test(name, async () => {
      const { stdout } = await run(process.execPath, ['--import', 'tsx', `examples/${name}.ts`], { cwd: root })
      assert.match(stdout, pattern)
    })
  }
})
