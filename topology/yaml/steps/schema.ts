import { fieldDescription, stepDescriptions } from './descriptions.ts'
import type { FieldTypes } from './fields.ts'
import { stepsByStage } from './run-steps.ts'
import type { Step } from './step.ts'

/** A piece of a JSON schema. */
type Schema = Readonly<Record<string, unknown>>

const fieldSchemas: Readonly<Record<keyof FieldTypes, Schema>> = {
  function: { $ref: '#/definitions/reference' },
  operator: { $ref: '#/definitions/reference' },
  transform: { $ref: '#/definitions/reference' },
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
          before: { ...described('join', 'before'), $ref: '#/definitions/signedDuration' },
          after: { ...described('join', 'after'), $ref: '#/definitions/signedDuration' },
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
  const bare = named.flatMap(([name, steps]) =>
    steps.some(standsAlone) ? [{ const: name, description: stepDescriptions[name] ?? '' }] : [],
  )
  const properties = named.flatMap(([name, steps]) => {
    const anyOf = unique(steps.flatMap(step => argument(name, step)))
    return anyOf.length > 0 ? [[name, { description: stepDescriptions[name] ?? '', anyOf }] as const] : []
  })
  return {
    anyOf: [
      { anyOf: bare },
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

function argument(name: string, step: Step): readonly Schema[] {
  const fields = Object.entries(step.fields)
  const required = requiredFields(step)
  if (step.takesPolicy) return [{ $ref: '#/definitions/onError' }]
  if (step.namesFunctions) return [{ type: 'object', additionalProperties: fieldSchemas.function }]
  if (fields.length === 0) return []
  const properties = Object.fromEntries(
    fields.map(([field, kind]) => [field, { ...described(name, field), ...schemaOf(kind) }]),
  )
  const whole = { type: 'object', additionalProperties: false, ...(required.length > 0 && { required }), properties }
  const [[first, kind] = ['', 'text']] = fields
  const alone = { ...described(name, first), ...schemaOf(kind) }
  return required.every(field => field === first) ? [alone, whole] : [whole]
}

function standsAlone(step: Step): boolean {
  return !step.namesFunctions && !step.takesPolicy && requiredFields(step).length === 0
}

function requiredFields({ fields }: Step): readonly string[] {
  return Object.keys(fields).filter(name => !fields[name]?.endsWith('?'))
}

function described(step: string, field: string): Schema {
  return { description: fieldDescription(step, field) }
}

function schemaOf(kind: string): Schema {
  return fieldSchemas[kind.replace('?', '') as keyof FieldTypes]
}

function unique(schemas: readonly Schema[]): readonly Schema[] {
  return [...new Map(schemas.map(schema => [JSON.stringify(schema), schema])).values()]
}
