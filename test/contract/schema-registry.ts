import * as assert from 'uvu/assert'
import { canonicalText } from '../../schemas/registry/canonical.ts'
import type { RegistryAnswer, RegistryTransport } from '../../schemas/registry/transport.ts'
import { MillraceError } from '../../topology/definition/errors.ts'
import type { AvroSchema, SchemaRegistry } from '../../topology/definition/serde.ts'
import { suite } from '../support/suite.ts'

/** A registry, and the requests that others make of it: `ask` goes past the port. */
type OpenRegistry = SchemaRegistry & RegistryTransport

/**
 * The behaviour that every schema registry shares. `prefix` keeps the subjects of one run apart. `codes` false: the way to the registry
 * keeps its codes to itself, and refusals must have none.
 */
export function schemaRegistryContract(name: string, open: () => OpenRegistry, prefix: string, codes = true): void {
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

    test('refusals carry the code of the registry, where it is told', async () => {
      const registry = open()
      const told = (code: number) => (codes ? code : undefined)
      const own = subject()
      const schema = record('Coded', field('id', 'string'))
      assert.is((await refuses(() => registry.idOf(own, schema), 'SCHEMA_MISSING')).context.registryCode, told(40401))
      await registry.register(own, record('Coded', field('id', 'long')))
      // Another schema: a refusal is not asked for again at once.
      const other = record('Coded', field('id', 'bytes'))
      assert.is((await refuses(() => registry.idOf(own, other), 'SCHEMA_MISSING')).context.registryCode, told(40403))
      assert.is(
        (await refuses(() => registry.schemaOf(987_654_322), 'DECODE_FAILED')).context.registryCode,
        told(40403),
      )
      await registry.ask('PUT', `/config/${own}`, { compatibility: 'FULL_TRANSITIVE' })
      const error = await refuses(
        () => registry.register(own, record('Coded', field('id', 'double'))),
        'SCHEMA_INCOMPATIBLE',
      )
      assert.is(error.context.registryCode, told(409))
    })

    test('a schema that is under another subject is not registered under this one', async () => {
      const registry = open()
      const [own, other] = [subject(), subject()]
      const schema = record('Elsewhere', field('id', 'string'))
      const id = await registry.register(other, schema)
      await refuses(() => registry.idOf(own, schema), 'SCHEMA_MISSING')
      assert.is(await registry.register(own, schema), id)
    })

    test('a look-up registers nothing', async () => {
      const registry = open()
      const own = subject()
      const schema = record('Looked', field('id', 'string'))
      await refuses(() => registry.idOf(own, schema), 'SCHEMA_MISSING')
      await refuses(() => registry.idOf(own, schema), 'SCHEMA_MISSING')
      assert.equal(await registry.versions(own), [])
      assert.is((await registry.ask('GET', `/subjects/${own}/versions`)).status, 404)
    })

    const grown = record('Level', field('id', 'string'), field('note', 'string', { default: '' }))
    const first = record('Level', field('id', 'string'))
    const required = record('Level', field('id', 'string'), field('must', 'string'))
    const levels: [level: string, required: boolean, less: boolean][] = [
      ['NONE', true, true],
      ['BACKWARD', false, true],
      ['BACKWARD_TRANSITIVE', false, true],
      ['FORWARD', true, false],
      ['FORWARD_TRANSITIVE', true, false],
      ['FULL', false, false],
      ['FULL_TRANSITIVE', false, false],
    ]
    for (const [level, takesRequired, takesLess] of levels)
      test(`level ${level} is kept`, async () => {
        const registry = open()
        const own = subject()
        await registry.register(own, first)
        await registry.ask('PUT', `/config/${own}`, { compatibility: level })
        assert.is((await registry.ask('GET', `/config/${own}`)).body.compatibilityLevel, level)
        assert.is(await registry.compatible(own, required), takesRequired)
        assert.is(await registry.compatible(own, record('Level')), takesLess)
        assert.is(await registry.compatible(own, grown), true)
        assert.is((await post(registry, own, required)).status, takesRequired ? 200 : 409)
      })

    test('only the latest version counts where the level is not transitive', async () => {
      for (const [level, status] of [
        ['BACKWARD', 200],
        ['BACKWARD_TRANSITIVE', 409],
      ] as const) {
        const registry = open()
        const own = subject()
        await post(registry, own, first)
        await registry.ask('PUT', `/config/${own}`, { compatibility: level })
        await post(registry, own, grown)
        const next = record('Level', field('id', 'string'), field('note', 'string'))
        assert.is((await post(registry, own, next)).status, status, level)
      }
    })

    test('registering leaves a stricter level, and makes a weaker one BACKWARD_TRANSITIVE', async () => {
      const registry = open()
      for (const [level, after] of [
        ['NONE', 'BACKWARD_TRANSITIVE'],
        ['FULL_TRANSITIVE', 'FULL_TRANSITIVE'],
      ]) {
        const own = subject()
        await post(registry, own, first)
        await registry.ask('PUT', `/config/${own}`, { compatibility: level })
        await registry.register(own, grown)
        assert.is((await registry.ask('GET', `/config/${own}`)).body.compatibilityLevel, after)
      }
    })

    test('types of another subject are put in where a schema names them', async () => {
      const registry = open()
      const [money, order] = [subject(), subject()]
      await post(registry, money, record('Money', field('amount', 'long')))
      const schema = record('Order', field('price', 'contract.Money'), field('fee', 'contract.Money'))
      const references = [{ name: 'contract.Money', subject: money, version: 1 }]
      const { body } = await post(registry, order, schema, references)
      const whole = { type: 'record', name: 'Money', namespace: 'contract', fields: [field('amount', 'long')] }
      assert.equal(await registry.schemaOf(body.id), {
        ...(schema as object),
        fields: [field('price', whole), field('fee', 'contract.Money')],
      })
      const stored = (await registry.ask('GET', `/subjects/${order}/versions/latest`)).body
      assert.equal(stored.references, references)
      assert.equal(code(await registry.ask('DELETE', `/subjects/${money}`)), [422, 42206])
      const lost = [{ name: 'contract.Money', subject: money, version: 9 }]
      assert.equal(code(await post(registry, subject(), schema, lost)), [422, 42201])
      assert.equal(code(await post(registry, subject(), schema)), [422, 42201])
    })

    test('a deleted subject has no versions, and its ids stay', async () => {
      const registry = open()
      const own = subject()
      const { body } = await post(registry, own, first)
      await post(registry, own, grown)
      assert.equal((await registry.ask('DELETE', `/subjects/${own}`)).body, [1, 2])
      assert.equal(await registry.versions(own), [])
      await refuses(() => registry.idOf(own, first), 'SCHEMA_MISSING')
      assert.equal(await registry.schemaOf(body.id), first)
      assert.equal(code(await registry.ask('GET', `/subjects/${own}/versions`)), [404, 40401])
      assert.equal(code(await registry.ask('DELETE', `/subjects/${own}`)), [404, 40404])
      assert.is(await registry.register(own, first), body.id)
      assert.equal((await registry.ask('GET', `/subjects/${own}/versions`)).body, [3])
    })

    test('a deleted version is not found, and others keep their numbers', async () => {
      const registry = open()
      const own = subject()
      await post(registry, own, first)
      await post(registry, own, grown)
      assert.is((await registry.ask('DELETE', `/subjects/${own}/versions/1`)).body, 1)
      assert.equal(await registry.versions(own), [grown])
      await refuses(() => registry.idOf(own, first), 'SCHEMA_MISSING')
      assert.equal(code(await registry.ask('GET', `/subjects/${own}/versions/1`)), [404, 40402])
      assert.is((await registry.ask('GET', `/subjects/${own}/versions/latest`)).body.version, 2)
    })

    test('requests of no effect are answered with the codes of the API', async () => {
      const registry = open()
      const [own, none] = [subject(), subject()]
      await post(registry, own, first)
      const sent = { schema: JSON.stringify(grown) }
      const cases: [Parameters<RegistryTransport['ask']>, [status: number, code: number]][] = [
        [
          ['GET', `/subjects/${none}/versions`],
          [404, 40401],
        ],
        [
          ['GET', `/subjects/${none}/versions/1`],
          [404, 40401],
        ],
        [
          ['POST', `/subjects/${none}`, sent],
          [404, 40401],
        ],
        [
          ['GET', `/config/${none}`],
          [404, 40401],
        ],
        [
          ['DELETE', `/subjects/${none}`],
          [404, 40401],
        ],
        [
          ['GET', `/subjects/${own}/versions/7`],
          [404, 40402],
        ],
        [
          ['DELETE', `/subjects/${own}/versions/7`],
          [404, 40402],
        ],
        [
          ['POST', `/compatibility/subjects/${own}/versions/9`, sent],
          [404, 40402],
        ],
        [
          ['POST', `/subjects/${own}`, sent],
          [404, 40403],
        ],
        [
          ['GET', '/schemas/ids/987654321'],
          [404, 40403],
        ],
        [
          ['POST', `/subjects/${own}/versions`, { schema: '{"type":"nope"}' }],
          [422, 42201],
        ],
        [
          ['POST', `/subjects/${own}/versions`, { schema: '{' }],
          [422, 42201],
        ],
      ]
      for (const [request, expected] of cases) {
        const answer = await registry.ask(...request)
        assert.equal(code(answer), expected, request.slice(0, 2).join(' '))
      }
    })

    test('a schema that is none is refused, not said to be incompatible with others', async () => {
      const error = await refuses(
        () => open().register(subject(), { type: 'record', name: 'contract.Bad', fields: [field('x', 'nope')] }),
        'SCHEMA_INCOMPATIBLE',
      )
      assert.match(error.message, /nope|no Avro schema/)
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

/** Registers past the port, whose own rules are stricter. */
function post(registry: OpenRegistry, subject: string, schema: AvroSchema, references: object[] = []) {
  return registry.ask('POST', `/subjects/${subject}/versions`, { schema: canonicalText(schema), references })
}

function code({ status, body }: RegistryAnswer): [status: number, code: number] {
  return [status, body.error_code]
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
