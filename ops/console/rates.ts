/** Counts are compared with those of so long ago. Units: ms. */
const windowMs = 6_000

/** The rates at which counts grow, over a few seconds. */
export class Rates {
  readonly #seen: { readonly at: number; readonly counts: ReadonlyMap<string, number> }[] = []

  /** Takes the counts of a moment. Units: `at` in ms. */
  note(at: number, counts: ReadonlyMap<string, number>): void {
    this.#seen.push({ at, counts })
    while (this.#seen.length > 2 && at - this.#seen[1]!.at >= windowMs) this.#seen.shift()
  }

  /** The growth of a count a second; null before there are two moments to compare. */
  of(name: string): number | null {
    const [first, last] = [this.#seen[0], this.#seen.at(-1)]
    if (first === undefined || last === undefined || last.at <= first.at) return null
    const grown = (last.counts.get(name) ?? 0) - (first.counts.get(name) ?? last.counts.get(name) ?? 0)
    return Math.max(0, grown) / ((last.at - first.at) / 1_000)
  }

  /** Forgets everything: after a pause the old counts would give a mean over the pause. */
  clear(): void {
    this.#seen.length = 0
  }
}
