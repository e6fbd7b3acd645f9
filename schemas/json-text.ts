import { compareText } from '../topology/definition/serdes/sql-types.ts'
import { exactJsonText, parseExactJson } from './exact-json.ts'

/** The treatment of integers beyond 2^53, which a number cannot hold exactly. Refused: neither written nor read. */
type LargeIntegers = 'refused' | 'bigint'

/**
 * JSON of a value that comes back from its text as it was, but for fields of undefined, which are left out, and -0, which is 0.
 * Errors: Error for all else, with the place and the type: NaN and the infinities, functions, what is no plain object or array
 * (Date, Map, a class's instance), and numbers that may have lost digits.
 */
export function jsonText(value: unknown, large: LargeIntegers = 'refused'): string {
  const problem = problemOf(value, large)
  if (problem !== undefined) throw new Error(`is not JSON: ${problem}`)
  return (large === 'bigint' ? exactJsonText(value) : JSON.stringify(value)) as string
}

/**
 * The same JSON with the keys of every object in one order: equal for what jsonb holds equal.
 * Shape: `canonicalJson('{"b":1,"a":2}') === '{"a":2,"b":1}'`.
 */
export function canonicalJson(text: string): string {
  return text.includes('{') ? (exactJsonText(sortKeys(parseExactJson(text))) as string) : text
}

function sortKeys(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(sortKeys)
  const entries = Object.entries(value).map(([key, part]) => [key, sortKeys(part)] as const)
  return Object.fromEntries(entries.sort(([a], [b]) => compareText(a, b)))
}

function problemOf(value: unknown, large: LargeIntegers): string | undefined {
  try {
    return findProblem(value, large, '')
  } catch (error) {
    if (error instanceof RangeError) return 'an object that holds itself, or is nested too deep'
    throw error
  }
}

function findProblem(value: unknown, large: LargeIntegers, path: string): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined
    case 'number':
      return numberProblem(value, large, path)
    case 'bigint':
      return bigintProblem(value, large, path)
    case 'object':
      return value === null ? undefined : objectProblem(value, large, path)
  }
  return `${value === undefined ? 'undefined' : `a ${typeof value}`}${at(path)}`
}

function numberProblem(value: number, large: LargeIntegers, path: string): string | undefined {
  if (!Number.isFinite(value)) return `${value}${at(path)}`
  if (Number.isSafeInteger(value) || !Number.isInteger(value)) return undefined
  if (large === 'bigint') return `a number beyond 2^53${at(path)}; make it a bigint`
  // From here on its text has an exponent, which is read as the same double.
  if (Math.abs(value) >= 1e21) return undefined
  return `a number beyond 2^53${at(path)}; make it a string, or choose { largeIntegers: 'bigint' }`
}

function bigintProblem(value: bigint, large: LargeIntegers, path: string): string | undefined {
  if (large === 'refused')
    return `the bigint ${value}n${at(path)}; JSON has none, so make it a string, or choose int64 or Avro`
  if (!Number.isSafeInteger(Number(value))) return undefined
  return `a bigint within 2^53${at(path)}, which is read as a number; make it one`
}

function objectProblem(value: object, large: LargeIntegers, path: string): string | undefined {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const found = findProblem(value[index], large, join(path, String(index)))
      if (found !== undefined) return found
    }
    return undefined
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
    return `a ${value.constructor?.name ?? 'class instance'}${at(path)}; make it a plain object, text or a number`
  for (const [key, part] of Object.entries(value)) {
    const found = part === undefined ? undefined : findProblem(part, large, join(path, key))
    if (found !== undefined) return found
  }
  return undefined
}

function at(path: string): string {
  return path === '' ? '' : ` at '${path}'`
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}
