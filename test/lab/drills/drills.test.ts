import { readdirSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { suite } from '../../support/suite.ts'
import { drilledRunbooks } from './hold-drills.ts'

/** Runbooks that wait for a drill: a soak within a soak. */
const undrilled = ['soak.md']

suite('drills', test => {
  test('every runbook has a drill but those that are named here, and every drill a runbook', () => {
    const runbooks = readdirSync('ops/runbooks').filter(name => name.endsWith('.md') && name !== 'README.md')
    assert.ok(runbooks.length > 5)
    assert.equal([...drilledRunbooks, ...undrilled].sort(), runbooks.sort())
  })
})
