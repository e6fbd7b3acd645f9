import { readFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import { suite } from '../../support/suite.ts'
import { plantedSteps } from './faults.ts'

suite('model of the commit protocol', test => {
  test('each fault that the specification can plant is in the list that has to be refuted, and no other', async () => {
    const specification = await readFile(new URL('./ExactlyOnce.tla', import.meta.url), 'utf8')
    const named = [...specification.matchAll(/Fault (?:=|#) "([a-z-]+)"/g)].map(([, name]) => name!)
    assert.equal([...new Set(named)].sort(), plantedSteps.map(step => step.name).sort())
  })
})
