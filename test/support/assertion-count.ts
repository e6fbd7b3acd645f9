/** Shared with assertion-count.mjs, which the runner loads before a test file. */
const counter = Symbol.for('millrace.assertions')

/** How many assertions ran in this process so far; undefined where nobody counts (a file run alone). */
export function assertionsMade(): number | undefined {
  return (globalThis as { [counter]?: { count: number } })[counter]?.count
}
