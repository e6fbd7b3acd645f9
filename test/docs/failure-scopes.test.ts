import { readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { type FailureScope, failureScopes } from '../../topology/runtime/failure-scope.ts'
import { suite } from '../support/suite.ts'

const outcomes: Readonly<Record<string, FailureScope>> = {
  'the task waits and is opened again': 'passing',
  'the task is parked': 'task',
  'the worker ends': 'worker',
}

suite('the table of failures in docs/operating.md', test => {
  test('is the one by which the engine decides', () => {
    const page = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8')
    const said: Record<string, FailureScope> = {}
    for (const [, codes, outcome] of page.matchAll(/^\| (`[A-Z_]+`.*) \| ([a-z ]+) \|$/gm))
      for (const [, code] of codes!.matchAll(/`([A-Z_]+)`/g)) said[code!] = outcomes[outcome!]!
    assert.equal(said, failureScopes)
  })
})
