import { readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { suite } from '../../support/suite.ts'

// `tsc --noEmit` checks the programs themselves: an expectation without an error is one.
const source = readFileSync(new URL('./wrong-programs.ts', import.meta.url), 'utf8')
const reasons = source.split('\n').flatMap(line => /^\s*\/\/ @ts-expect-error(.*)$/.exec(line)?.[1] ?? [])

suite('programs that must not compile', test => {
  test('there are at least thirty', () => {
    assert.ok(reasons.length >= 30, `${reasons.length} programs`)
  })

  test('each has a reason of its own', () => {
    for (const reason of reasons) assert.ok(reason.split(' ').length >= 5, reason)
    assert.is(new Set(reasons).size, reasons.length)
  })
})
