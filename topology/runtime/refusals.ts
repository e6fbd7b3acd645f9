import { type GroupOffset, partitionKey, type TopicPartition } from '../broker/port.ts'

/** The place of an input record. */
export interface RecordPlace extends TopicPartition {
  readonly offset: number
}

/**
 * The input records of one task that cannot be committed, because the broker refuses something that came of them. The task that
 * found out is dropped; the next one, which processes the same records again, dead-letters these.
 *
 * An output leads to its record. A row of a changelog does not, since one row holds the writes of many records: then fewer
 * records are taken into a commit, half as many each time, until it is the only one.
 */
export class Refusals {
  readonly #condemned = new Map<string, { readonly place: RecordPlace; readonly error: unknown }>()
  #limit: number | undefined
  #until: readonly GroupOffset[] = []
  /** Refusals in a row of commits that deleted expired rows, and the commits left that are to delete none. */
  #expiriesRefused = 0
  #withoutExpiry = 0

  /** At most this many records and punctuators go into one commit; undefined: any number. */
  get limit(): number | undefined {
    return this.#limit
  }

  /** Has the record dead-lettered when it is its turn again, for this error. */
  condemn(place: RecordPlace, error: unknown): void {
    this.#condemned.set(keyOf(place), { place, error })
  }

  /** The error for which a record is to be dead-lettered; undefined: there is none. */
  of(place: RecordPlace): unknown {
    return this.#condemned.size === 0 ? undefined : this.#condemned.get(keyOf(place))?.error
  }

  /** Forgets the records that are to be dead-lettered: it has turned out that none is at fault. */
  acquit(): void {
    this.#condemned.clear()
  }

  /** Whether a commit may delete expired rows: those deletes belong to no record, and would be taken for the fault of one. */
  get mayExpire(): boolean {
    return this.#limit === undefined && this.#withoutExpiry === 0
  }

  /** A commit that deleted expired rows was refused: some commits do without that, twice as many each time. */
  refuseExpiry(): void {
    this.#withoutExpiry = 2 ** Math.min(++this.#expiriesRefused, 10)
  }

  /**
   * Takes half as many records into a commit as the one that was refused had, or was allowed, until the offsets are reached. False
   * when it could not have fewer. A commit may hold punctuators beyond its limit.
   */
  narrow(processed: number, offsets: readonly GroupOffset[]): boolean {
    if (processed <= 1) return false
    const half = Math.min(processed, this.#limit ?? processed) / 2
    const limit = Math.max(1, Math.floor(half))
    if (this.#limit !== undefined && limit >= this.#limit) return false
    if (this.#limit === undefined) this.#until = offsets
    this.#limit = limit
    return true
  }

  /** To be called when Kafka has the offsets: what stands before them is over. `expired`: expired rows were deleted with them. */
  committed(offsets: readonly GroupOffset[], expired = false): void {
    if (expired) this.#expiriesRefused = 0
    else if (this.#withoutExpiry > 0) this.#withoutExpiry--
    if (this.#limit === undefined && this.#condemned.size === 0) return
    const reached = new Map(offsets.map(({ topic, partition, offset }) => [partitionKey(topic, partition), offset]))
    const past = ({ topic, partition, offset }: RecordPlace) =>
      (reached.get(partitionKey(topic, partition)) ?? 0) >= offset
    for (const [key, { place }] of this.#condemned)
      if (past({ ...place, offset: place.offset + 1 })) this.#condemned.delete(key)
    if (this.#until.every(past)) this.#limit = undefined
  }
}

function keyOf({ topic, partition, offset }: RecordPlace): string {
  return `${topic}/${partition}/${offset}`
}
