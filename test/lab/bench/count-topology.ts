import { bytes, int64, string, topic, topology } from '../../../topology/index.ts'

/** `coalesced`: one update a key in each commit. `every-update`: one for each record. */
export type Variant = 'coalesced' | 'every-update'

export const variants: readonly Variant[] = ['coalesced', 'every-update']

/** One run of one contender: names that no other run has. */
export interface CountRun {
  /** Application id, Postgres schema, and prefix of the topics. Shape: `'bench_k3f9_1'`. */
  readonly application: string
  readonly input: string
  readonly output: string
  readonly variant: Variant
  /** Bootstrap servers. */
  readonly kafka: string
  /** A database. Shape: as `ClusterServer.url`. */
  readonly postgres: string
}

/** Counts the records of each key, as a user of the library would write it. */
export function countTopology({ application, input, output, variant }: CountRun) {
  return topology(application, t => {
    t.stream(topic(input, { key: string, value: bytes }))
      .groupByKey()
      .count('counts', { updates: variant === 'coalesced' ? 'per-commit' : 'each' })
      .toStream()
      .to(topic(output, { key: string, value: int64 }))
  })
}
