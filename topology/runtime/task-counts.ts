import type { SkipReason, TaskId } from '../definition/definition.ts'
import type { Metrics } from './metrics.ts'

/** One thing that is counted once its commit is acknowledged. */
export type Count =
  | { readonly kind: 'skipped'; readonly node: string; readonly reason: SkipReason }
  | { readonly kind: 'dead-lettered'; readonly topic: string; readonly stage: string; readonly code: string }
  | { readonly kind: 'punctuated'; readonly node: string }
  | { readonly kind: 'retried'; readonly node: string; readonly attempts: number }

/** The counts of one commit. */
export type CommitCounts = readonly Count[]

/**
 * The counts of a task since its last commit: records left out, dead letters, attempts again. Nothing is reported before Kafka has
 * acknowledged the commit, so that metrics say what the topics hold. The counts of a record that fails are undone with its writes.
 */
export class TaskCounts {
  #counts: Count[] = []
  #mark = 0

  add(count: Count): void {
    this.#counts.push(count)
  }

  /** Begins a record: its counts can be undone. */
  mark(): void {
    this.#mark = this.#counts.length
  }

  /** Undoes the counts since `mark`. */
  rollback(): void {
    if (this.#counts.length > this.#mark) this.#counts.length = this.#mark
  }

  /** Hands over the counts and begins anew. */
  take(): CommitCounts {
    const counts = this.#counts
    this.#counts = []
    this.#mark = 0
    return counts
  }
}

/** Reports the counts of a commit that Kafka has acknowledged. */
export function reportCounts(counts: CommitCounts, task: TaskId, metrics: Metrics): void {
  for (const count of counts) {
    if (count.kind === 'skipped') metrics.skipped?.(task, count.node, count.reason)
    else if (count.kind === 'punctuated') metrics.punctuated?.(task, count.node)
    else if (count.kind === 'retried') metrics.retried?.(task, count.node, count.attempts)
    else metrics.deadLettered?.(task, count.topic, count.stage, count.code)
  }
}
