import type { RandomTopology } from './random-topology.ts'

/** What a run has come to: what can be compared with another run's. */
export interface Outcome {
  /** By topic and key, in order. Shape: `{ 'out A': ['"x" 12', 'null 20'] }`. */
  readonly outputs: Readonly<Record<string, readonly string[]>>
  /** By store, its rows in the order of their text. */
  readonly stores: Readonly<Record<string, readonly string[]>>
}

interface Written {
  readonly key: unknown
  readonly value: unknown
  readonly timestamp: number
}

/** Makes an outcome of decoded records and rows. Rows that a store may let go of at any time are left out. */
export function outcomeOf(
  { outputs, graph }: RandomTopology,
  records: (topic: string) => readonly Written[],
  rows: (store: string) => readonly Written[],
): Outcome {
  const byKey: Record<string, string[]> = {}
  for (const { name } of outputs)
    for (const { key, value, timestamp } of records(name)) {
      const place = `${name} ${key}`
      byKey[place] ??= []
      byKey[place].push(`${text(value)} ${timestamp}`)
    }
  const kept = [...graph.stores.values()].filter(store => store.retentionMs === undefined || store.type !== 'join')
  const stores = kept.map(({ name }): [string, string[]] => [
    name,
    rows(name).map(({ key, value, timestamp }) => `${text(key)} ${text(value)} ${timestamp}`),
  ])
  return {
    outputs: byKey,
    stores: Object.fromEntries(stores.map(([name, written]) => [name, written.sort()])),
  }
}

/** Where the second differs from the first, in words; undefined when they agree. */
export function disagreement(expected: Outcome, found: Outcome): string | undefined {
  for (const part of ['outputs', 'stores'] as const)
    for (const place of new Set([...Object.keys(expected[part]), ...Object.keys(found[part])])) {
      const [left, right] = [expected[part][place] ?? [], found[part][place] ?? []]
      if (left.join('\n') !== right.join('\n')) return `${place}: expected ${text(left)}, got ${text(right)}`
    }
  return undefined
}

/** Text that tells bigints from numbers. */
function text(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part)) ?? 'nothing'
}
