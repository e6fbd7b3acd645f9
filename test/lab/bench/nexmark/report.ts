import type { NexmarkComparison } from './comparison.ts'
import type { NexmarkCost } from './own-results.ts'

/** A line of the table: events a second and processor time an event, as the median of the rounds after the first. */
export function nexmarkLine({ query, results, difference, own, theirs }: NexmarkComparison, events: number): string {
  const [ours, other] = [medianOf(own), medianOf(theirs)]
  const cells = [
    query,
    String(results),
    ...[ours, other].flatMap(({ ms, cpuMs }) => [
      `${Math.round((events * 1_000) / ms)}/s`,
      `${((cpuMs * 1_000) / events).toFixed(1)} µs`,
    ]),
    (other.cpuMs / ours.cpuMs).toFixed(2),
    difference ?? 'equal',
  ]
  return `| ${cells.join(' | ')} |`
}

/** The head of the table. The ratio is Kafka Streams' processor time by millrace's: above 1 millrace needs less. */
export const nexmarkHead = [
  '| query | results | millrace | CPU an event | Kafka Streams | CPU an event | CPU ratio | results of both |',
  '| --- | --- | --- | --- | --- | --- | --- | --- |',
].join('\n')

/** The first round is left out where there are others: it has most of the compiling. */
export function medianOf(costs: readonly NexmarkCost[]): NexmarkCost {
  const warm = costs.length > 1 ? costs.slice(1) : costs
  const middle = (of: (cost: NexmarkCost) => number) => {
    const sorted = warm.map(of).sort((a, b) => a - b)
    return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  }
  return { ms: middle(({ ms }) => ms), cpuMs: middle(({ cpuMs }) => cpuMs) }
}
