import { isDeepStrictEqual } from 'node:util'
import type { JavaProgram } from '../../vectors/java-program.ts'
import { type NexmarkWorkload, nexmarkEvents } from './generator.ts'
import { javaRuns } from './java-results.ts'
import { type NexmarkCost, type NexmarkResult, ownRun } from './own-results.ts'

/** A query whose results have been compared. */
export interface NexmarkComparison {
  readonly query: string
  readonly results: number
  /** The first difference; undefined: all keys, values, timestamps and their order are equal. */
  readonly difference: string | undefined
  /** Of each round. */
  readonly own: readonly NexmarkCost[]
  /** Of each round in Kafka Streams. */
  readonly theirs: readonly NexmarkCost[]
}

/** Compares the results of queries in both test drivers, one by one in their order, and what they cost. */
export async function compareNexmark(
  program: JavaProgram,
  queries: readonly string[],
  workload: NexmarkWorkload,
  rounds = 1,
): Promise<readonly NexmarkComparison[]> {
  const events = [...nexmarkEvents(workload)]
  const compared: NexmarkComparison[] = []
  const together = await javaRuns(program, queries, events, rounds)
  for (const query of queries) {
    const theirs = together.get(query)!
    const own = await ownRun(query, events, rounds)
    const difference = firstDifference(own.results, theirs.results)
    compared.push({ query, results: own.results.length, difference, own: own.costs, theirs: theirs.costs })
  }
  return compared
}

/** Says how the first result differs, by its place from 1. */
export function firstDifference(own: readonly NexmarkResult[], theirs: readonly NexmarkResult[]): string | undefined {
  const place = own.findIndex((result, index) => !isDeepStrictEqual(result, theirs[index]))
  if (place === -1)
    return own.length === theirs.length ? undefined : `${own.length} results, ${theirs.length} in Kafka Streams`
  const text = (result: NexmarkResult | undefined) => JSON.stringify(result) ?? 'none'
  return `result ${place + 1} is ${text(own[place])}, in Kafka Streams ${text(theirs[place])}`
}
