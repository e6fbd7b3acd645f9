import { readFileSync } from 'node:fs'
import { z } from '../../index.ts'

/** Answers that the API's documentation shows; a test asks for each and compares. */
export const sampleNames = [
  'portfolio',
  'portfolios',
  'positions',
  'orders',
  'order',
  'order-command',
  'posted-cancel',
  'posted-replace',
  'fills',
  'trades',
  'history',
  'instrument',
  'posted-signal',
  'posted-price',
  'signal-status',
  'trace',
  'limits',
  'control',
  'trading-state',
] as const

/** A name out of `sampleNames`. */
export type SampleName = (typeof sampleNames)[number]

/** The body of a documented answer. */
export function sample(name: SampleName): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8'))
}

/** The content of a documented answer: its schema, with the sample as the example. */
export function sampled<S extends z.ZodType>(name: SampleName, schema: S) {
  return { 'application/json': { schema, example: completed(schema, sample(name)) } }
}

/** The sample with null in each field that may be null and that it leaves out: fields are added to rows as null. */
function completed(schema: z.core.$ZodType, sample: unknown): unknown {
  if (schema instanceof z.ZodNullable && sample !== null) return completed(schema.unwrap() as z.ZodType, sample)
  if (schema instanceof z.ZodArray && Array.isArray(sample)) return sample.map(item => completed(schema.element, item))
  if (!(schema instanceof z.ZodObject) || sample === null || typeof sample !== 'object') return sample
  const given = sample as Readonly<Record<string, unknown>>
  const fields = Object.entries(schema.shape as Readonly<Record<string, z.ZodType>>)
    .filter(([name, field]) => name in given || field instanceof z.ZodNullable)
    .map(([name, field]) => [name, name in given ? completed(field, given[name]) : null])
  return { ...given, ...Object.fromEntries(fields) }
}
