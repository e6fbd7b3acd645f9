import * as assert from 'uvu/assert'
import { memoryRegistry } from '../../../schemas/registry/memory.ts'
import { schemaRegistryContract } from '../../contract/schema-registry.ts'
import { suite } from '../../support/suite.ts'

schemaRegistryContract('memory', () => memoryRegistry(), '')

suite('memory registry', test => {
  test('one schema has one id under all subjects', async () => {
    const registry = memoryRegistry()
    assert.is(await registry.register('a-value', 'string'), await registry.register('b-value', 'string'))
    assert.is.not(await registry.register('c-value', 'long'), await registry.register('a-value', 'string'))
  })
})
