/** Texts of one generation. Two are kept, so that up to twice as many are known. */
const generation = 1_024

/**
 * Values of the texts that were read or written last, so that they are seldom computed: most texts of rows are read soon after they were
 * written. `compute` must be pure, and its values must not change.
 */
export class KnownTexts<T> {
  readonly #compute: (text: string) => T
  #newer = new Map<string, T>()
  #older = new Map<string, T>()

  constructor(compute: (text: string) => T) {
    this.#compute = compute
  }

  /** The value of a text. Errors: those of `compute`. */
  valueOf(text: string): T {
    const newer = this.#newer.get(text)
    if (newer !== undefined) return newer
    const value = this.#older.get(text) ?? this.#compute(text)
    this.note(text, value)
    return value
  }

  /** Remembers the value of a text that was made of it. */
  note(text: string, value: T): void {
    if (this.#newer.size >= generation) {
      this.#older = this.#newer
      this.#newer = new Map()
    }
    this.#newer.set(text, value)
  }
}
