import type { AbortedTransaction } from '../protocol/fetch.ts'

/** The facts about a batch that the filter needs. */
interface BatchKind {
  readonly lastOffset: number
  readonly producerId: bigint
  readonly transactional: boolean
  readonly control: boolean
  /** The key of its first record; a control batch has one record, whose key is its type. */
  firstKey(): Buffer | null
}

const abortMarker = 0

/**
 * Decides for each batch of a fetch, in order, whether its records are for a read_committed reader.
 *
 * The broker answers with the aborted transactions that touch the range, in no order that may be relied on: it collects them
 * by log segment as their markers were written. A transaction is active from its first offset to its producer's abort marker;
 * several producers' may be active at once, and one producer may abort several times in a range. One that is active at the
 * beginning of the range began before it. Source: CompletedFetch.nextFetchedRecord of Kafka's Java consumer.
 */
export class AbortedFilter {
  readonly #pending: readonly AbortedTransaction[]
  readonly #active = new Set<bigint>()
  #next = 0

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#pending = aborted.toSorted((left, right) => left.firstOffset - right.firstOffset)
  }

  /** True when the batch holds records of a committed transaction, or of none. */
  admits(batch: BatchKind): boolean {
    this.#activate(batch.lastOffset)
    // Known by the batch's attribute, not by how its key looks.
    if (batch.control) {
      // The marker ends its producer's aborted transaction: later ones of it may commit.
      if (batch.firstKey()?.readInt16BE(2) === abortMarker) this.#active.delete(batch.producerId)
      return false
    }
    return !(batch.transactional && this.#active.has(batch.producerId))
  }

  /** Every aborted transaction that began by the batch's end becomes active, not one a batch. */
  #activate(lastOffset: number): void {
    while (this.#next < this.#pending.length && this.#pending[this.#next]!.firstOffset <= lastOffset) {
      this.#active.add(this.#pending[this.#next++]!.producerId)
    }
  }
}
