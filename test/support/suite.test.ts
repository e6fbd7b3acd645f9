import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { runFile } from './run-file.ts'
import { suite } from './suite.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-suite-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

const run = (hole: string, budgetMs = 20_000) => {
  const file = { path: 'test/support/fixtures/holes.ts', needsParts: false, alone: false, budgetMs }
  return runFile(process.cwd(), folder, file, undefined, [hole])
}

suite(
  'suite closes what uvu leaves open',
  test => {
    test('a sound file passes, with its skips', async () => {
      const result = await run('none')
      assert.equal([result.passed, result.failures], [1, []], result.output)
      assert.equal(result.skipped, [{ name: 'sound: not now', reason: 'test.skip' }])
    })

    test('a before that throws fails the tests after it', async () => {
      const result = await run('before')
      assert.equal([result.passed, result.failures], [0, ['broken: never runs: no server']])
      assert.match(result.output, 'no server')
    })

    test('an after that throws is a failure', async () => {
      const result = await run('after')
      assert.equal([result.passed, result.failures], [1, ['broken: after: cannot close']])
    })

    test('a left .only is a failure', async () => {
      assert.equal((await run('only')).failures, ['broken: left: a .only was left: it hides the other tests'])
    })

    test('a test that hangs is named', async () => {
      const result = await run('hang')
      assert.equal(result.failures, ["broken: waits for ever: 'waits for ever' did not end within 0.1 s"])
    })

    test('a suite without tests is a failure', async () => {
      assert.equal((await run('nothing')).failures, ['broken: the suite has no tests'])
    })

    test('a test without an assertion is a failure', async () => {
      const result = await run('silent')
      assert.equal(result.failures, ['broken: asserts nothing: no assertion ran: the test cannot fail'])
    })

    test('a file that ends with another exit code is a failure', async () => {
      assert.equal((await run('early')).failures, ['the file itself: it ended with exit code 3'])
    })

    test('a file that defines no suite is a failure', async () => {
      assert.equal((await run('no such hole')).failures, ['it ran no test'])
    })

    test('a file that does not end says what is left open', async () => {
      const result = await run('linger')
      assert.equal([result.passed, result.failed], [1, 1])
      assert.match(
        result.failures[0]!,
        /^the file itself: it does not end: left open are .*TCPServerWrap; server \{.*"port":\d+/,
      )
    })

    test('a process left behind is a failure', async () => {
      assert.equal((await run('leftover')).failures, ['it left processes behind'])
    })

    test('a file run alone fails too, without a runner', () => {
      const alone = (hole: string) =>
        spawnSync(process.execPath, ['--import', 'tsx', 'test/support/fixtures/holes.ts', hole], {
          env: { ...process.env, MILLRACE_TEST_REPORT: '' },
        }).status
      assert.is(alone('before'), 1)
      assert.is(alone('none'), 0)
    })
  },
  { timeoutMs: 30_000 },
)
