import { type CommittedOffset, type GroupOffset, partitionKey, type TopicPartition } from '../port.ts'
import type { LogTransaction } from './partition-log.ts'

/** The committed offsets of one group, and those of open transactions, which are pending until their verdict. */
export class GroupOffsets {
  readonly #committed = new Map<string, CommittedOffset>()
  readonly #pending = new Map<LogTransaction, GroupOffset[]>()
  #waiting: (() => void)[] = []

  get size(): number {
    return this.#committed.size
  }

  commit(offsets: readonly GroupOffset[]): void {
    for (const { topic, partition, offset, metadata } of offsets) {
      this.#committed.set(partitionKey(topic, partition), { offset, metadata })
    }
  }

  /** Adds offsets to a transaction. */
  stage(transaction: LogTransaction, offsets: readonly GroupOffset[]): void {
    const staged = this.#pending.get(transaction)
    if (staged) staged.push(...offsets)
    else this.#pending.set(transaction, [...offsets])
  }

  /** Applies or drops the offsets that the transaction staged, by its verdict. */
  settle(transaction: LogTransaction): void {
    const staged = this.#pending.get(transaction)
    if (!staged) return
    this.#pending.delete(transaction)
    if (transaction.verdict === 'committed') this.commit(staged)
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }

  /** Offsets of the partitions, after every pending commit to one of them has settled. Source: KIP-447, require_stable. */
  async stable(partitions: readonly TopicPartition[]): Promise<readonly (CommittedOffset | undefined)[]> {
    const keys = partitions.map(({ topic, partition }) => partitionKey(topic, partition))
    while (this.#isPending(new Set(keys))) await new Promise<void>(resolve => this.#waiting.push(resolve))
    return keys.map(key => this.#committed.get(key))
  }

  #isPending(keys: ReadonlySet<string>): boolean {
    for (const offsets of this.#pending.values()) {
      if (offsets.some(({ topic, partition }) => keys.has(partitionKey(topic, partition)))) return true
    }
    return false
  }
}
