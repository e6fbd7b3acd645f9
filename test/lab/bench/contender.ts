import type { BenchCommand } from './bench-process.ts'
import type { CountRun } from './count-topology.ts'

/** One of the two that are compared. */
export interface Contender {
  readonly name: ContenderName
  /** How to start it for a run. `profileFolder`: where it leaves a CPU profile when it ends, if it can. */
  command(run: CountRun & { readonly memoryEveryMs?: number }, profileFolder?: string): BenchCommand
  /** The consumer group whose offsets tell how far it is. */
  groupOf(run: CountRun): string
  /** Removes what was made for it. */
  close(): Promise<void>
}

export type ContenderName = 'millrace' | 'kafka-streams'
