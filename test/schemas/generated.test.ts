import * as assert from 'uvu/assert'
import { updateTypes } from '../../ops/schemas/schema-types.ts'
import { suite } from '../support/suite.ts'

suite('generated types of the trading schemas', test => {
  test("are what the .avsc files give: run 'npm run schemas -- types' after a change", async () => {
    assert.equal(await updateTypes('schemas/trading', { write: false }), [])
  })
})
