import * as assert from 'uvu/assert'
import { checkSchema } from '../../schemas/check.ts'
import { memoryRegistry } from '../../schemas/registry/memory.ts'
import { suite } from '../support/suite.ts'

const subject = 'app-totals-changelog-key'
const schema = (doc: string, ...more: readonly string[]) => ({
  type: 'record',
  name: 'Word',
  doc,
  fields: [{ name: 'word', type: 'string' }, ...more.map(name => ({ name, type: 'string', default: '' }))],
})

/** The problems that a check finds in the schema after the first version. */
async function problems(next: ReturnType<typeof schema>, keyOfState: boolean): Promise<readonly string[]> {
  const registry = memoryRegistry()
  await registry.register(subject, schema('first'))
  return (await checkSchema({ subject, schema: next, keyOfState }, registry)).problems
}

suite('check of a schema', test => {
  test('the key of a store may be documented anew, and writes the same bytes', async () => {
    assert.equal(await problems(schema('second'), true), [])
  })

  test('the key of a store may take no field, though any other schema may: its rows would not be found', async () => {
    const [problem, ...others] = await problems(schema('first', 'language'), true)
    assert.match(
      String(problem),
      /store's key and writes other bytes than an older version: .*give the store a new name/,
    )
    assert.equal(others, [])
    assert.equal(await problems(schema('first', 'language'), false), [])
  })
})
