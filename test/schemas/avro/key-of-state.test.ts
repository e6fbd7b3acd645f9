import * as assert from 'uvu/assert'
import { avroOf } from '../../../schemas/avro/avro.ts'
import { memoryRegistry } from '../../../schemas/registry/memory.ts'
import { TopologyError } from '../../../topology/definition/errors.ts'
import type { AvroSchema, SchemaRegistry } from '../../../topology/definition/serde.ts'
import { suite } from '../../support/suite.ts'

const topic = 'app-totals-changelog'

function word(doc: string) {
  return { type: 'record', name: 'Word', doc, fields: [{ name: 'word', type: 'string' }] } as const
}

function price(scale: number) {
  const type = { type: 'bytes', logicalType: 'decimal', precision: 20, scale } as const
  return { type: 'record', name: 'Price', fields: [{ name: 'price', type }] } as const
}

/** Has these versions, and knows ids of all but the `foreign` ones, as a registry does of a text that it was not given. */
function registryOf(versions: readonly AvroSchema[], foreign: readonly AvroSchema[] = []): SchemaRegistry {
  const registry = memoryRegistry()
  return {
    ...registry,
    versions: async () => versions,
    schemaOf: id => versions[id - 1]!,
    idOf(_, schema) {
      if (foreign.includes(schema)) throw new TopologyError('SCHEMA_MISSING', 'the schema is not registered')
      return versions.indexOf(schema) + 1
    },
  }
}

/** The id in the bytes of a key. */
async function idOf(schema: AvroSchema, value: unknown, registry: SchemaRegistry, ofState: boolean): Promise<number> {
  const codec = await avroOf<unknown>(schema).bind({ topic, part: 'key', registry, ofState })
  return Buffer.from(codec.encode(value)!).readInt32BE(1)
}

suite('the schema id in the key of a changelog', test => {
  const [first, second] = [word('first'), word('second')]

  test('is that of the oldest version that writes the same bytes; a topic of records takes the newest', async () => {
    const registry = registryOf([first, second])
    assert.is(await idOf(second, { word: 'a' }, registry, true), 1)
    assert.is(await idOf(second, { word: 'a' }, registry, false), 2)
  })

  test('another scale is another schema: 1.50 does not become 150', async () => {
    const versions = [price(2), price(4)] as const
    const registry = registryOf(versions)
    assert.is(await idOf(versions[1], { price: 15_000n }, registry, true), 2)
    assert.is(await idOf(versions[1], { price: 15_000n }, registry, false), 2)
  })

  test('a version that is not valid here, or was registered under another text, is passed over', async () => {
    const ambiguous = ['null', { type: 'record', name: 'A', fields: [] }, { type: 'record', name: 'A', fields: [] }]
    assert.is(await idOf(second, { word: 'a' }, registryOf([ambiguous, first, second]), true), 2)
    assert.is(await idOf(second, { word: 'a' }, registryOf([first, second], [first]), true), 2)
  })
})
