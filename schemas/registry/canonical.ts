import type { AvroSchema } from '../../topology/definition/serde.ts'
import { exactJsonText } from '../exact-json.ts'

/** The schema as JSON with its attributes in one order, so that one schema is one text however it was written. */
export function canonicalText(schema: AvroSchema): string {
  return exactJsonText(sorted(schema)) as string
}

function sorted(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(sorted)
  const entries = Object.entries(value).map(([key, part]) => [key, sorted(part)] as const)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}
