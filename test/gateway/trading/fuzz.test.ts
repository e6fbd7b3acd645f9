/*
 * Random and hostile requests, made from the gateway's own OpenAPI document: what the document takes is not refused as invalid, what it
 * does not take is, each answer has its documented form, and none is a defect.
 */
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { suite } from '../../support/suite.ts'
import { documentOf, mismatches, type Operation, type Schema, validatorOf } from '../support/documented.ts'
import { steppedClock } from '../support/stub-app.ts'
import { stubTrading } from './support/stub-app.ts'

const { app, defects } = stubTrading({ clock: steppedClock() })
const document = await documentOf(app)
const schemas = (document.components as { readonly schemas: Readonly<Record<string, Schema>> }).schemas
const ajv = validatorOf(document)

/** Values that are of no form, or at the edge of one. */
const hostileText = [
  ...[
    '',
    ' ',
    '0',
    '-1',
    '1.5',
    '1e3',
    '00',
    '+1',
    'null',
    'true',
    '...',
    'a/b',
    'a\\b',
    '\0',
    '\u007f',
    '%2F',
    '%00',
    '?',
    '#',
    '&',
    ';',
  ],
  ...[
    'x'.repeat(200),
    'x'.repeat(201),
    '😀'.repeat(200),
    '😀'.repeat(201),
    'é',
    '١',
    '__proto__',
    'constructor',
    "'; drop table x",
  ],
  ...[
    '9'.repeat(18),
    '9'.repeat(19),
    '9'.repeat(21),
    `0.${'0'.repeat(17)}1`,
    `0.${'0'.repeat(18)}1`,
    '9007199254740993',
    '-0',
  ],
  ...[
    '2010-02-30T00:00:00Z',
    '2010-03-01T00:00:00',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '2010-03-01T00:00:60Z',
    '1/0s',
  ],
]
const hostile = fc.oneof(
  fc.constantFrom<unknown>(...hostileText, null, true, 0, -1, 1.5, 18, 19, 2 ** 53 - 1, 2 ** 53, [], {}, ['x'], {
    a: 1,
  }),
  fc
    .jsonValue({ maxDepth: 2 })
    .filter(value => value === JSON.parse(JSON.stringify(value)) || typeof value === 'object'),
)

/** Values of a schema, most of them valid. */
function valuesOf(given: Schema): fc.Arbitrary<unknown> {
  const schema = given.$ref === undefined ? given : schemas[given.$ref.split('/').at(-1) as string]!
  const types = schema.type === undefined ? [] : [schema.type].flat()
  const kinds = types.flatMap(type => valuesOfType(schema, type))
  const examples = schema.example === undefined ? [] : [fc.constant(schema.example)]
  const listed = schema.enum === undefined ? [] : [fc.constantFrom(...schema.enum)]
  return fc.oneof(
    ...[...examples, ...(listed.length > 0 ? listed : kinds), fc.constant('x')].map(arbitrary => ({
      weight: 4,
      arbitrary,
    })),
  )
}

function valuesOfType(schema: Schema, type: string): readonly fc.Arbitrary<unknown>[] {
  const { pattern, minimum = -10, maximum = 1_000, properties = {}, required = [] } = schema
  if (type === 'string')
    return pattern === undefined ? [fc.string()] : [fc.stringMatching(new RegExp(pattern)), fc.string()]
  if (type === 'integer')
    return [fc.integer({ min: Math.max(minimum, -(2 ** 31)), max: Math.min(maximum, 2 ** 31 - 1) })]
  if (type === 'boolean') return [fc.boolean()]
  if (type === 'null') return [fc.constant(null)]
  if (type !== 'object') return []
  const fields = Object.entries(properties).map(([name, field]) => {
    const value = fc.oneof({ weight: 30, arbitrary: valuesOf(field) }, { weight: 1, arbitrary: hostile })
    return [name, value] as const
  })
  const whole = fc.record(Object.fromEntries(fields), { requiredKeys: [...required] })
  const more = fc.record({ whole, name: fc.constantFrom('admin', 'x', ...required), value: hostile })
  return [whole, whole, whole, more.map(({ whole, name, value }) => ({ ...whole, [name]: value })), hostile]
}

/** The text of a parameter, and whether the document takes it. */
function parametersOf({ parameters = [] }: Operation) {
  const texts = parameters.map(parameter => {
    const { schema, required = false } = parameter
    const some = fc.oneof(
      { weight: 6, arbitrary: valuesOf(schema) },
      { weight: 1, arbitrary: fc.oneof(fc.constantFrom(...hostileText), fc.string({ unit: 'binary' })) },
    )
    const text = some.map(value => (Array.isArray(value) ? value.map(String) : [String(value)]))
    const isThere = parameter.in === 'path' ? text.filter(([one = '']) => one !== '' && !/^\.{1,2}$/.test(one)) : text
    return (required ? isThere : fc.option(isThere, { nil: undefined, freq: 1 })).map(texts => ({ parameter, texts }))
  })
  return fc.tuple(...texts)
}

type Given = {
  readonly parameter: NonNullable<Operation['parameters']>[number]
  readonly texts: readonly string[] | undefined
}

/** Whether the document takes a parameter, as it is read from its text. */
function isTaken({ parameter: { schema }, texts }: Given): boolean {
  if (texts === undefined) return true
  const types = [schema.type].flat()
  if (types.includes('array')) return ajv.validate(schema, texts)
  const [text = ''] = texts
  if (texts.length !== 1) return false
  return ajv.validate(schema, types.includes('integer') && /^[0-9]+$/.test(text) ? Number(text) : text)
}

function requestOf(path: string, method: string, given: readonly Given[], body: unknown): Request {
  const at = (where: string) => given.filter(({ parameter, texts }) => parameter.in === where && texts !== undefined)
  const url = at('path').reduce(
    (to, { parameter, texts }) => to.replace(`{${parameter.name}}`, encodeURIComponent(texts![0]!)),
    path,
  )
  const query = at('query').flatMap(({ parameter, texts }) =>
    texts!.map(text => `${parameter.name}=${encodeURIComponent(text)}`),
  )
  const headers = body === undefined ? {} : { 'Content-Type': 'application/json' }
  return new Request(`http://gateway${url}${query.length > 0 ? `?${query.join('&')}` : ''}`, {
    ...{ method: method.toUpperCase(), headers, signal: AbortSignal.timeout(1_000) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

/** A stream of updates has no end, so its answers are left to other tests. */
const endless = '/v1/portfolios/{portfolioId}/updates'

suite('random requests from the document', test => {
  for (const [path, operations] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(operations)) {
      if (path === endless) continue
      const schema = operation.requestBody?.content['application/json']?.schema
      const bodies = schema === undefined ? fc.constant(undefined) : valuesOf(schema)
      test(`${method} ${path}`, async () => {
        const run = async (given: readonly Given[], body: unknown) => {
          const request = requestOf(path, method, given, body)
          const sent = `${method} ${request.url} ${JSON.stringify(body)}`
          const response = await app.request(request)
          const text = await response.text()
          const { status } = response
          const type = response.headers.get('Content-Type')?.split(';')[0] ?? ''
          const shown = type.endsWith('json') ? JSON.parse(text) : text
          assert.equal(defects.splice(0), [], sent)
          assert.is(
            mismatches(ajv, document, { operation: `${method} ${path}`, status, type }, shown),
            '',
            `${sent}: ${status} ${text}`,
          )
          const taken = given.every(isTaken) && (schema === undefined || ajv.validate(referred(schema), body))
          assert.is(
            status !== 400,
            taken,
            `${sent}: the document ${taken ? 'takes' : 'refuses'} it, and it is answered ${status} ${text}`,
          )
        }
        await fc.assert(fc.asyncProperty(parametersOf(operation), bodies, run), { numRuns: 20 })
      })
    }
})

/** A schema of the document, for the validator that knows the document as `api`. */
function referred(schema: Schema): object {
  return schema.$ref === undefined ? schema : { $ref: `api${schema.$ref}` }
}
