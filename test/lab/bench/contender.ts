import type { BenchCommand } from './bench-process.ts'
import type { CountRun } from './count-topology.ts'

/** One of the two that are compared. */
export interface Contender {
  readonly name: ContenderName
  /** The command for a run. `profileFolder`: the folder for a CPU profile, written at the end if it can. */
  command(run: CountRun & { readonly memoryEveryMs?: number }, profileFolder?: string): BenchCommand
  /** The consumer group whose committed offsets show its progress. */
  groupOf(run: CountRun): string
  /** Removes what was made for it. */
  close(): Promise<void>
}

export type ContenderName = 'millrace' | 'kafka-streams'
