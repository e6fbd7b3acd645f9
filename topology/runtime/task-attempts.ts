import type { Clock } from '../definition/clock.ts'

/** A task that has run for this long is healthy: its next failure is the first of a new row. Units: ms. */
const settledMs = 10_000

interface Row {
  failures: number
  /** Units: ms. Undefined: it is not open. */
  openedAt: number | undefined
}

/**
 * The number of failures in a row of each task, by partition: a task that fails as soon as it opens is tried less and less
 * often.
 */
export class TaskAttempts {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #rows = new Map<number, Row>()

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  /** The task runs. */
  opened(partition: number): void {
    const row = this.#rows.get(partition)
    if (row) row.openedAt = this.#clock.monotonic()
  }

  /** The task failed, open or opening. Returns its failures in a row, this one included. */
  failed(partition: number): number {
    const row = this.#rows.get(partition)
    const settled = row?.openedAt !== undefined && this.#clock.monotonic() - row.openedAt >= settledMs
    const failures = row === undefined || settled ? 1 : row.failures + 1
    this.#rows.set(partition, { failures, openedAt: undefined })
    return failures
  }

  /** The task is no longer ours. */
  forget(partition: number): void {
    this.#rows.delete(partition)
  }
}
