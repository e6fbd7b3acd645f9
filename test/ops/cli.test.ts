import * as assert from 'uvu/assert'
import { exitCodeOf, finalLine } from '../../ops/command-line/exit-codes.ts'
import { FatalError, RetriableError, TopologyError } from '../../topology/definition/errors.ts'
import { millrace } from '../support/command.ts'
import { suite } from '../support/suite.ts'

suite('command line', test => {
  test('exit codes follow the class of the error', () => {
    assert.is(exitCodeOf(new TopologyError('CONFIG_INVALID', 'x')), 3)
    assert.is(exitCodeOf(new RetriableError('BROKER_UNAVAILABLE', 'x')), 4)
    assert.is(exitCodeOf(new FatalError('UNSUPPORTED', 'x')), 5)
    assert.is(exitCodeOf(new TypeError('x')), 5)
    assert.match(finalLine(new TypeError('x')), /^millrace: x \(test\/ops\/cli\.test\.ts:\d+:\d+\)$/)
    assert.is(finalLine(new FatalError('UNSUPPORTED', 'x')), 'millrace: x')
  })

  test('--help names the commands and ends with 0', async () => {
    const { code, stdout } = await millrace(['--help'])
    assert.is(code, 0)
    assert.match(stdout, /^ {2}worker .*run processors/m)
    assert.match(stdout, /^ {2}cluster /m)
  })

  test('an unknown command or option ends with 2', async () => {
    const [command, option] = await Promise.all([millrace(['clutser']), millrace(['cluster', 'up', '--fast'])])
    assert.is(command.code, 2)
    assert.match(command.stderr, "unknown command 'clutser'")
    assert.is(option.code, 2)
    assert.match(option.stderr, "unknown option '--fast'")
  })

  test('a malformed environment ends with 3 and one line for each variable, without a stack', async () => {
    const { code, stderr } = await millrace(['cluster', 'up'], { KAFKA_BROKERS: 'x', DATABASE_URL: 'y' })
    assert.is(code, 3)
    assert.equal(
      stderr
        .trim()
        .split('\n')
        .map(line => line.replace('millrace: ', '').split(' ')[0]),
      ['KAFKA_BROKERS', 'DATABASE_URL'],
    )
  })

  test('an error that nobody catches, and whatever a module throws, is one line without a stack', async () => {
    const validate = (file: string) => millrace(['topology', 'validate', `test/ops/fixtures/${file}`])
    const [late, rejected, nothing] = await Promise.all(
      ['throws-later.ts', 'rejects.ts', 'throws-null.ts'].map(validate),
    )
    assert.match(late!.stderr, /^millrace: later \(test\/ops\/fixtures\/throws-later\.ts:\d+:\d+\)\n$/)
    assert.match(rejected!.stderr, /^millrace: nobody waits \(test\/ops\/fixtures\/rejects\.ts:\d+:\d+\)\n$/)
    assert.match(nothing!.stderr, /^millrace: module '.*throws-null\.ts' cannot be loaded: null\n$/)
    assert.equal([late!.code, rejected!.code, nothing!.code], [5, 5, 3])
  })

  test('LOG_LEVEL=debug logs the stack of the error that ends a command', async () => {
    const { stderr } = await millrace(['topology', 'validate', 'test/ops/fixtures/rejects.ts'], {
      LOG_LEVEL: 'debug',
    })
    const lines = stderr.trim().split('\n')
    assert.is(lines.length, 2)
    assert.ok(lines.some(line => line.startsWith('millrace: nobody waits ')))
    const logged = lines.find(line => line.startsWith('{')) ?? '{}'
    assert.match(JSON.parse(logged).stack, /^Error: nobody waits\n +at .*rejects\.ts/)
  })

  test('config prints the table of the documentation', async () => {
    const { code, stdout } = await millrace(['config'])
    assert.is(code, 0)
    assert.match(stdout, '| `DATABASE_URL` |')
  })
})
