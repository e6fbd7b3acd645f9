import type { AvroSchema } from '../../topology/definition/serde.ts'

/** The schema as JSON with its attributes in one order, so that one schema is one text however it was written. */
export function canonicalText(schema: AvroSchema): string {
  return JSON.stringify(schema, (_key, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}
