/** When a task stops instead of writing further dead letters: more than `share` of its last `records` have failed. */
export interface BreakerLimits {
  /** From 0 to 1. */
  readonly share: number
  readonly records: number
}

/** The outcomes of the last records of a task; those before its start count as processed. */
export class Breaker {
  readonly limits: BreakerLimits
  readonly #failed: Uint8Array
  #at = 0
  #failures = 0

  constructor(limits: BreakerLimits) {
    this.limits = limits
    this.#failed = new Uint8Array(limits.records)
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

  #add(outcome: 0 | 1): void {
    if (this.limits.records === 0) return
    this.#failures += outcome - (this.#failed[this.#at] as number)
    this.#failed[this.#at] = outcome
    this.#at = (this.#at + 1) % this.limits.records
  }
}
