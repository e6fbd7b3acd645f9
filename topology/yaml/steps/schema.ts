import type { FieldTypes } from './fields.ts'
import { stepsByStage } from './run-steps.ts'
import type { Step } from './step.ts'

/** A piece of a JSON schema. */
type Schema = Readonly<Record<string, unknown>>

const fieldSchemas: Readonly<Record<keyof FieldTypes, Schema>> = {
  function: { $ref: '#/definitions/reference' },
  operator: { $ref: '#/definitions/reference' },
  serde: { $ref: '#/definitions/serde' },
  text: { type: 'string' },
  duration: { $ref: '#/definitions/duration' },
  count: { type: 'integer', minimum: 1 },
  updates: { enum: ['each', 'per-commit'] },
  full: { enum: ['emit-early', 'stop'] },
  within: {
    anyOf: [
      { $ref: '#/definitions/duration' },
      {
        type: 'object',
        additionalProperties: false,
        required: ['before', 'after'],
        properties: {
          before: { $ref: '#/definitions/signedDuration' },
          after: { $ref: '#/definitions/signedDuration' },
        },
      },
    ],
  },
  topic: { type: 'string' },
  topics: { type: 'array', items: { type: 'string' } },
  stream: { type: 'string' },
  table: { type: 'string' },
  global: { type: 'string' },
}

/** The JSON schema of a step for editors: `definitions.step` of topology.schema.json, made from the operators themselves. */
export function stepSchema(): Schema {
  const variants = new Map<string, Step[]>()
  for (const steps of Object.values(stepsByStage)) {
    for (const [name, step] of Object.entries(steps)) {
      const known = variants.get(name) ?? []
      variants.set(name, known.includes(step) ? known : [...known, step])
    }
  }
  const named = [...variants].sort(([a], [b]) => (a < b ? -1 : 1))
  const bare = named.flatMap(([name, steps]) => (steps.some(standsAlone) ? [name] : []))
  const properties = named.flatMap(([name, steps]) => {
    const anyOf = unique(steps.flatMap(argument))
    return anyOf.length > 0 ? [[name, { anyOf }] as const] : []
  })
  return {
    anyOf: [
      { enum: bare },
      {
        type: 'object',
        additionalProperties: false,
        minProperties: 1,
        maxProperties: 1,
        properties: Object.fromEntries(properties),
      },
    ],
  }
}

function argument(step: Step): readonly Schema[] {
  const fields = Object.entries(step.fields)
  const required = requiredFields(step)
  if (step.namesFunctions) return [{ type: 'object', additionalProperties: fieldSchemas.function }]
  if (fields.length === 0) return []
  const properties = Object.fromEntries(fields.map(([name, kind]) => [name, schemaOf(kind)]))
  const whole = { type: 'object', additionalProperties: false, ...(required.length > 0 && { required }), properties }
  const [[first, kind] = ['', 'text']] = fields
  return required.every(name => name === first) ? [schemaOf(kind), whole] : [whole]
}

function standsAlone(step: Step): boolean {
  return !step.namesFunctions && requiredFields(step).length === 0
}

function requiredFields({ fields }: Step): readonly string[] {
  return Object.keys(fields).filter(name => !fields[name]?.endsWith('?'))
}

function schemaOf(kind: string): Schema {
  return fieldSchemas[kind.replace('?', '') as keyof FieldTypes]
}

function unique(schemas: readonly Schema[]): readonly Schema[] {
  return [...new Map(schemas.map(schema => [JSON.stringify(schema), schema])).values()]
}
