import * as assert from 'uvu/assert'
import { memoryRegistry } from '../../../schemas/registry/memory.ts'
import { schemaRegistryContract } from '../../contract/schema-registry.ts'
import { suite } from '../../support/suite.ts'

schemaRegistryContract('memory', () => memoryRegistry({ strict: true }), '')

suite('memory registry', test => {
  test('one schema has one id under all subjects', async () => {
    const registry = memoryRegistry({ strict: true })
    assert.is(await registry.register('a-value', 'string'), await registry.register('b-value', 'string'))
    assert.is.not(await registry.register('c-value', 'long'), await registry.register('a-value', 'string'))
  })

  test('registers on look-up unless strict, and still refuses what does not fit', () => {
    const registry = memoryRegistry()
    assert.is(registry.idOf('a-value', 'string'), 1)
    assert.is(registry.schemaOf(1), 'string')
    assert.throws(() => registry.idOf('a-value', 'long'), /changed its type from string to long/)
  })
})
