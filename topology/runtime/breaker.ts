/** When a task stops instead of writing further dead letters: more than `share` of its last `records` have failed. */
export interface BreakerLimits {
  /** From 0 to 1. */
  readonly share: number
  readonly records: number
}

/** The outcomes of the last records: 1 for each that failed, in a ring that begins at `at`. */
export interface Outcomes {
  readonly failed: Uint8Array
  readonly at: number
  readonly failures: number
}

/**
 * The outcomes of the last records of a partition; those before its first task count as processed. It outlives the tasks that are
 * opened again. An outcome stands once its record is committed: a record that is processed again counts once.
 */
export class Breaker {
  readonly limits: BreakerLimits
  #failed: Uint8Array
  #at = 0
  #failures = 0
  #kept: Outcomes

  constructor(limits: BreakerLimits) {
    this.limits = limits
    this.#failed = new Uint8Array(limits.records)
    this.#kept = { failed: new Uint8Array(limits.records), at: 0, failures: 0 }
  }

  /** Failures among the last records. */
  get failures(): number {
    return this.#failures
  }

  /** Counts a record that was processed. */
  passed(): void {
    // without failures every place says 0 already
    if (this.#failures > 0) this.#add(0)
  }

  /** Counts a record that failed. True when they are too many now. */
  failed(): boolean {
    this.#add(1)
    return this.#failures > this.limits.share * this.limits.records
  }

  /** The outcomes up to now, for a commit that begins; undefined when there is nothing to keep. */
  take(): Outcomes | undefined {
    if (this.#failures === 0 && this.#kept.failures === 0) return undefined
    return { failed: this.#failed.slice(), at: this.#at, failures: this.#failures }
  }

  /** The commit that took these outcomes has succeeded. */
  keep(outcomes: Outcomes | undefined): void {
    if (outcomes !== undefined) this.#kept = outcomes
  }

  /** A task begins again after the last commit: what was counted since then is counted anew. */
  restart(): void {
    this.#failed = this.#kept.failed.slice()
    this.#at = this.#kept.at
    this.#failures = this.#kept.failures
  }

  #add(outcome: 0 | 1): void {
    if (this.limits.records === 0) return
    this.#failures += outcome - (this.#failed[this.#at] as number)
    this.#failed[this.#at] = outcome
    this.#at = (this.#at + 1) % this.limits.records
  }
}
