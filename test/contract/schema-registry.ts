import * as assert from 'uvu/assert'
import { MillraceError } from '../../topology/definition/errors.ts'
import type { AvroSchema, SchemaRegistry } from '../../topology/definition/serde.ts'
import { suite } from '../support/suite.ts'

/** The behaviour that every schema registry shares. `prefix` keeps the subjects of one run apart. */
export function schemaRegistryContract(name: string, open: () => SchemaRegistry, prefix: string): void {
  const field = (fieldName: string, type: AvroSchema, more: object = {}) => ({ name: fieldName, type, ...more })
  const record = (recordName: string, ...fields: object[]): AvroSchema => ({
    type: 'record',
    name: `contract.${recordName}`,
    fields,
  })
  const decimal = (scale: number) => ({ type: 'bytes', logicalType: 'decimal', precision: 38, scale })
  let subjects = 0
  const subject = () => `${prefix}orders${subjects++}-value`

  suite(`schema registry: ${name}`, test => {
    test('a registered schema is found by subject and by id', async () => {
      const registry = open()
      const own = subject()
      const schema = record('Found', field('id', 'string'), field('amount', decimal(18)))
      const id = await registry.register(own, schema)
      assert.is(await registry.idOf(own, schema), id)
      assert.equal(await registry.schemaOf(id), schema)
      assert.equal(await registry.versions(own), [schema])
    })

    test('registering twice is registering once', async () => {
      const registry = open()
      const own = subject()
      const schema = record('Twice', field('id', 'string'))
      assert.is(await registry.register(own, schema), await registry.register(own, schema))
      assert.is((await registry.versions(own)).length, 1)
    })

    test('a schema is the same however its attributes are ordered', async () => {
      const registry = open()
      const own = subject()
      const id = await registry.register(own, { type: 'record', name: 'Same', fields: [{ name: 'a', type: 'int' }] })
      assert.is(await registry.idOf(own, { fields: [{ type: 'int', name: 'a' }], name: 'Same', type: 'record' }), id)
    })

    test('a schema is kept as it was written: docs, defaults, logical types, aliases', async () => {
      const registry = open()
      const schema: AvroSchema = {
        type: 'record',
        name: 'contract.Kept',
        doc: 'What it is.',
        aliases: ['contract.Old'],
        fields: [
          field('limit', ['null', decimal(18)], { default: null, doc: 'At most.' }),
          field('side', { type: 'enum', name: 'Side', symbols: ['BUY', 'SELL'] }),
          field('other', 'Side'),
          field('at', { type: 'long', logicalType: 'timestamp-millis' }),
        ],
      }
      assert.equal(await registry.schemaOf(await registry.register(subject(), schema)), schema)
    })

    test('an unknown subject has no versions, and takes any schema', async () => {
      const registry = open()
      assert.equal(await registry.versions(subject()), [])
      assert.is(await registry.compatible(subject(), record('Any', field('id', 'string'))), true)
    })

    test('a schema that is not registered is refused with what to do', async () => {
      const registry = open()
      const own = subject()
      const schema = record('Missing', field('id', 'string'))
      await refuses(() => registry.idOf(own, schema), 'SCHEMA_MISSING')
      await registry.register(own, record('Missing', field('id', 'long')))
      await refuses(() => registry.idOf(own, schema), 'SCHEMA_MISSING')
    })

    test('an unknown id is a failure of the bytes that name it', async () => {
      await refuses(() => open().schemaOf(987_654_321), 'DECODE_FAILED')
    })

    test('a new field with a default is a new version', async () => {
      const registry = open()
      const own = subject()
      const first = record('Grows', field('id', 'string'))
      const second = record('Grows', field('id', 'string'), field('note', 'string', { default: '' }))
      const ids = [await registry.register(own, first)]
      assert.is(await registry.compatible(own, second), true)
      ids.push(await registry.register(own, second))
      assert.equal(await registry.versions(own), [first, second])
      assert.equal([await registry.idOf(own, first), await registry.idOf(own, second)], ids)
    })

    test('a new field without a default is refused, by name', async () => {
      const registry = open()
      const own = subject()
      await registry.register(own, record('Refused', field('id', 'string')))
      const next = record('Refused', field('id', 'string'), field('note', 'string'))
      assert.is(await registry.compatible(own, next), false)
      const error = await refuses(() => registry.register(own, next), 'SCHEMA_INCOMPATIBLE')
      assert.match(error.message, "field 'note' is new and has no default")
      assert.is((await registry.versions(own)).length, 1)
    })

    test('a schema must fit all versions, not only the latest', async () => {
      const registry = open()
      const own = subject()
      await registry.register(own, record('All', field('id', 'string')))
      await registry.register(own, record('All', field('id', 'string'), field('note', 'string', { default: '' })))
      // The second version's writers always wrote a note; the first one's never did.
      const next = record('All', field('id', 'string'), field('note', 'string'))
      assert.is(await registry.compatible(own, next), false)
      await refuses(() => registry.register(own, next), 'SCHEMA_INCOMPATIBLE')
    })

    test("a decimal's scale is refused when registering, by name", async () => {
      const registry = open()
      const own = subject()
      await registry.register(own, record('Scale', field('amount', decimal(18))))
      const error = await refuses(
        () => registry.register(own, record('Scale', field('amount', decimal(9)))),
        'SCHEMA_INCOMPATIBLE',
      )
      assert.match(error.message, "field 'amount' changed its decimal scale from 18 to 9")
    })
  })
}

async function refuses(ask: () => unknown, code: string): Promise<MillraceError> {
  try {
    await ask()
  } catch (error) {
    assert.instance(error, MillraceError)
    assert.is((error as MillraceError).code, code)
    return error as MillraceError
  }
  assert.unreachable(`it was not refused with ${code}`)
  throw new Error('unreachable')
}
