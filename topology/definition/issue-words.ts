import type { z } from 'zod'

/** A problem of one field of a request or a file. `at` is its path; empty: the whole. */
export interface FieldProblem {
  readonly at: string
  readonly problem: string
}

/** Shape: `quantity: must be text`; `side is missing`. */
export function problemText({ at, problem }: FieldProblem): string {
  if (at === '') return problem
  return problem === missing ? `${at} ${problem}` : `${at}: ${problem}`
}

const missing = 'is missing'

/**
 * The problem that a schema found, in words for the person who wrote the input: what the field must be, never the checker's own
 * term for it. Messages written in the schema itself are kept. `input` is the value that was checked.
 */
export function fieldProblem(issue: z.core.$ZodIssue, input: unknown): FieldProblem {
  return { at: issue.path.join('.'), problem: wordsOf(issue, valueAt(input, issue.path)) }
}

function wordsOf(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'unrecognized_keys') return `takes no field '${issue.keys.join("', '")}'`
  if (issue.code === 'custom') return issue.message
  if (value === undefined && issue.path.length > 0) return missing
  if (!/^(Invalid|Too (big|small)|Unrecognized)/.test(issue.message)) return issue.message
  switch (issue.code) {
    case 'invalid_type':
      if (Array.isArray(value) && issue.expected === 'string') return 'must be one value'
      return `must be ${kinds[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `must be ${issue.values.map(String).join(' or ')}`
    case 'too_big':
      return issue.origin === 'string' ? `may have ${issue.maximum} characters` : `must be at most ${issue.maximum}`
    case 'too_small':
      if (issue.origin !== 'string') return `must be ${issue.inclusive ? 'at least' : 'above'} ${issue.minimum}`
      return issue.minimum === 1 ? 'must not be empty' : `must have ${issue.minimum} characters`
    case 'invalid_format':
      return issue.format === 'datetime'
        ? "must be ISO 8601 with its zone, such as '2010-03-01T14:30:00Z'"
        : 'is not of its form'
    default:
      return 'is not of its form'
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text in quotes',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  record: 'an object',
  map: 'an object',
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Readonly<Record<PropertyKey, unknown>>)[part]
  }
  return value
}
