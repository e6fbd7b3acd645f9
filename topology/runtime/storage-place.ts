import type { StateStorage } from '../../store/contract.ts'
import type { Clock } from '../definition/clock.ts'

/** The time that a member waits for the answer before it joins its group with the place that it knows. Units: ms. */
const answerMs = 1_000

/**
 * The database of a worker's state, as its groups are told. It is asked for before each join, since a database that was lost and made
 * anew is another one for all workers alike, whichever of them was started before.
 */
export class StoragePlace {
  readonly #storage: StateStorage
  readonly #clock: Clock
  #known: string | undefined

  constructor(storage: StateStorage, clock: Clock) {
    this.#storage = storage
    this.#clock = clock
  }

  /** Shape: as `StateStorage.place`. Undefined: not known yet, or a storage that is the process's own. */
  get known(): string | undefined {
    return this.#known
  }

  /** Asks the storage. One that does not answer is where it was. */
  async refresh(): Promise<void> {
    if (this.#storage.place === undefined) return
    const over = new AbortController()
    const asked = this.#storage.place().then(
      place => {
        this.#known = place ?? this.#known
      },
      () => {},
    )
    await Promise.race([asked, this.#clock.sleep(answerMs, over.signal)])
    over.abort()
  }
}
