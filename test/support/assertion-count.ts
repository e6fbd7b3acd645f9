/** Shared with assertion-count.mjs, which the runner loads before a test file. */
const counter = Symbol.for('millrace.assertions')

/** The number of assertions that ran in this process so far; undefined where none are counted (a file run alone). */
export function assertionsMade(): number | undefined {
  return (globalThis as { [counter]?: { count: number } })[counter]?.count
}
