import type { Header } from '../../../topology/definition/record.ts'

/** The headers of a record, one of a name. Shape: `{ trace: 'a1' }`. */
export type VectorHeaders = Readonly<Record<string, string>>

/** A key, a value and an event time, in a topic; headers where there are any. Units: ms. Shape: `['out', 'A@0/11', 1, 8]`. */
export type VectorRecord = readonly [
  topic: string,
  key: string | null,
  value: string | number | null,
  timestamp: number,
  headers?: VectorHeaders,
]

/** One input record, and all outputs that it must cause. */
export interface VectorStep {
  readonly in: readonly [
    topic: string,
    key: string | null,
    value: string | null,
    timestamp: number,
    headers?: VectorHeaders,
  ]
  readonly out: readonly VectorRecord[]
}

/** A case obtained by running Kafka Streams on random inputs: what it emitted, step by step. */
export interface VectorCase {
  readonly name: string
  readonly kind: string
  readonly params: Readonly<Record<string, unknown>>
  readonly steps: readonly VectorStep[]
}

/** The headers as a record has them. */
export function recordHeaders(headers: VectorHeaders = {}): readonly Header[] {
  return Object.entries(headers).map(([key, value]) => ({ key, value: Buffer.from(value) }))
}

/** A number among the case's parameters. Errors: Error when it is missing. Units: as its name says. */
export function parameter(params: VectorCase['params'], name: string): number {
  const value = params[name]
  if (typeof value !== 'number') throw new Error(`parameter '${name}' is ${JSON.stringify(value)}: it must be a number`)
  return value
}

/**
 * The difference of two lists of outputs; undefined when they agree. Records of one key must come in the same order; those of
 * different keys may come in any.
 */
export function difference(expected: readonly VectorRecord[], actual: readonly VectorRecord[]): string | undefined {
  const [left, right] = [byKey(expected), byKey(actual)]
  for (const place of new Set([...left.keys(), ...right.keys()])) {
    const [wanted, found] = [JSON.stringify(left.get(place) ?? []), JSON.stringify(right.get(place) ?? [])]
    if (wanted !== found) return `expected ${wanted}, got ${found}`
  }
  return undefined
}

function byKey(records: readonly VectorRecord[]): Map<string, VectorRecord[]> {
  const lists = new Map<string, VectorRecord[]>()
  for (const record of records) {
    const place = JSON.stringify([record[0], record[1]])
    const known = lists.get(place)
    if (known) known.push(record)
    else lists.set(place, [record])
  }
  return lists
}
