import { type Awaitable, chain } from '../definition/record.ts'
import type { CommitContent } from './commit.ts'
import type { CommitReport } from './commit-report.ts'
import type { RecordPlace } from './refusals.ts'
import type { CommitCounts } from './task-counts.ts'
import type { TaskHistory } from './task-history.ts'
import { writeOffsetMetadata } from './task-inputs.ts'
import type { TakenOutput } from './task-output.ts'
import type { TaskParts } from './task-parts.ts'

/** The work that one commit takes from a task. Units: ms of event time. */
export interface TakenWork extends Omit<CommitContent, 'group' | 'generation' | 'replaceRefused' | 'tracing'> {
  readonly output: TakenOutput
  /** Records and punctuators. */
  readonly processed: number
  /** The only input record, where it alone can have changed rows: itself, or by the punctuators that it made due. */
  readonly only: RecordPlace | undefined
  /** Rows whose retention is over were looked for, and deleted. */
  readonly expired: boolean
  /** Event time of the last record. */
  readonly timestamp: number
  readonly counts: CommitCounts
  readonly outcomes: CommitReport['outcomes']
  readonly consumed: CommitReport['consumed']
  readonly times: CommitReport['times']
  readonly reads: CommitReport['reads']
}

/** The work that a task has done since its last commit began: it decides the content of a commit, not how it is sent. */
export class Uncommitted {
  readonly #parts: TaskParts
  readonly #history: Pick<TaskHistory, 'refusals' | 'breaker'>
  #processed = 0
  #records = 0
  #expired = false
  #last: RecordPlace | undefined
  #times: number[] = []
  #committedPositions: string

  constructor(parts: TaskParts, history: Pick<TaskHistory, 'refusals' | 'breaker'>) {
    this.#parts = parts
    this.#history = history
    this.#committedPositions = this.#positions()
  }

  /** True if something was processed since the last commit began. */
  get pending(): boolean {
    return this.#processed > 0
  }

  /** True if a commit would record something new: records or punctuators, or at least positions past markers. */
  get any(): boolean {
    return this.pending || this.#positions() !== this.#committedPositions
  }

  /** Outputs and state that no commit has taken. Units: bytes. */
  get bytes(): number {
    return this.#parts.output.bytes + this.#parts.tables.bufferBytes
  }

  /** Records and punctuators since the last commit began. */
  get processed(): number {
    return this.#processed
  }

  /**
   * Counts a record, or without one a punctuator, that was processed. A punctuator that wrote nothing is no work to commit. `tookMs`: where
   * records are timed.
   */
  add(record?: RecordPlace, tookMs?: number): void {
    if (record === undefined && !this.#written) return
    this.#processed++
    if (record === undefined) return
    if (tookMs !== undefined) this.#times.push(tookMs)
    this.#records++
    this.#last = record
  }

  /**
   * Before a commit: nodes hand on their held-back results, and rows are deleted whose retention is over. False when the
   * task was stopped meanwhile: it must not be committed. Errors: as `RecordRunner.flush`.
   */
  complete(): Awaitable<boolean> {
    const { runner, tables, graph } = this.#parts
    return chain(runner.flush(), flushed => {
      if (!flushed) return false
      if (!this.#history.refusals.mayExpire) return true
      return chain(tables.expire(graph.cursor.streamTime), expired => {
        this.#expired ||= expired
        return true
      })
    })
  }

  /** Takes everything processed so far out of the buffers. Between records, and after `complete`. `now`: ms since the epoch. */
  take(now: number): TakenWork {
    const { output, tables, graph, group, counts } = this.#parts
    const metadata = writeOffsetMetadata(graph.cursor.streamTime, Math.round(now))
    const bytes = output.bytes
    const taken = output.take()
    const [processed, only] = [this.#processed, this.#records === 1 && !graph.flushes ? this.#last : undefined]
    const expired = this.#expired
    const times = this.#times
    this.#times = []
    this.#processed = this.#records = 0
    this.#expired = false
    this.#committedPositions = this.#positions()
    return {
      output: taken,
      records: taken.records,
      changes: tables.drain(),
      // Offsets say what was processed, not what was fetched.
      offsets: group.queues.map(({ topic, partition, position: offset }) => ({ topic, partition, offset, metadata })),
      bytes,
      processed,
      only,
      expired,
      timestamp: graph.cursor.timestamp,
      counts: counts.take(),
      outcomes: this.#history.breaker.take(),
      times,
      reads: tables.takeReads(),
      consumed: group.queues.map(queue => ({ topic: queue.topic, records: queue.takeProcessed() })),
    }
  }

  /** True if something was written since the last commit began, or may be by results that nodes hold back. */
  get #written(): boolean {
    const { output, tables, graph } = this.#parts
    return output.length > 0 || tables.changed || graph.flushes
  }

  #positions(): string {
    return this.#parts.group.queues.map(queue => queue.position).join()
  }
}
