import type { StoreDelta } from '../../store/contract.ts'
import type { StoreReads } from '../../store/row-cache.ts'
import { type GroupOffset, type OutgoingRecord, partitionKey, type TopicPartition } from '../broker/port.ts'
import type { TaskId } from '../definition/definition.ts'
import type { Outcomes } from './breaker.ts'
import { type CommitCounts, reportCounts } from './task-counts.ts'
import type { ProcessingEnvironment } from './task-environment.ts'

/** The content of a commit that is counted once the commit is known to have succeeded. Units: ms of event time. */
export interface CommitReport {
  /** Records and punctuators. */
  readonly processed: number
  /** Event time of the last record. */
  readonly timestamp: number
  readonly counts: CommitCounts
  /** Records of each input. */
  readonly consumed: readonly { readonly topic: string; readonly records: number }[]
  readonly outputs: readonly OutgoingRecord[]
  /** Rows that were put and keys that were deleted, by store. */
  readonly deltas: readonly StoreDelta[]
  /** The processing time of each record; empty where records are not timed. Units: ms. */
  readonly times: readonly number[]
  readonly reads: readonly { readonly store: string; readonly reads: StoreReads }[]
  /** The outcomes of the records up to this commit, as `Breaker.take` gave them. */
  readonly outcomes: Outcomes | undefined
  readonly offsets: readonly GroupOffset[]
}

/** Counts a commit that Kafka has accepted. */
export function reportCommit(
  { processed, timestamp, counts, consumed, outputs, deltas, times, reads }: CommitReport,
  task: TaskId,
  { metrics, clock }: Pick<ProcessingEnvironment, 'metrics' | 'clock'>,
): void {
  metrics.processed?.(task, processed)
  for (const { topic, records } of consumed) if (records > 0) metrics.consumed?.(task, topic, records)
  metrics.wrote?.(task, outputs, clock.now())
  for (const { store, puts } of deltas) if (puts.length > 0) metrics.stored?.(task, store, puts)
  if (times.length > 0) metrics.took?.(task, times)
  for (const { store, reads: of } of reads) metrics.read?.(task, store, of)
  if (processed > 0) metrics.latency?.(task, clock.now() - timestamp)
  reportCounts(counts, task, metrics)
}

/** Whether a commit without an answer has succeeded, by the positions from which its task is opened again. */
export function isSettledBy(
  { processed, offsets }: CommitReport,
  positions: readonly (TopicPartition & { readonly position: number })[],
): boolean {
  const at = new Map(positions.map(({ topic, partition, position }) => [partitionKey(topic, partition), position]))
  return (
    processed > 0 && offsets.every(({ topic, partition, offset }) => at.get(partitionKey(topic, partition)) === offset)
  )
}
