import { partitionKey, type TopicPartition } from '../port.ts'
import type { Metadata, TopicMetadata } from './protocol/metadata.ts'

/** The leader of a partition: its node, and its epoch, which rises with every election; -1: not known. */
export interface Leader {
  readonly node: number
  readonly epoch: number
}

interface Known {
  /** Undefined: it has failed, and is looked up again. */
  node: number | undefined
  readonly epoch: number
}

/**
 * The leaders of partitions as metadata tells them (KIP-320). A node that has lost its controller goes on answering with what it
 * knew: an answer with an older epoch, or of a topic that was deleted since, never takes the place of a newer one.
 */
export class Leaders {
  readonly #known = new Map<string, Known>()
  readonly #topicIds = new Map<string, string>()
  /** Topics that were deleted and made anew under their name. */
  readonly #gone = new Set<string>()

  /** Remembers the leaders that an answer names. */
  learn({ topics }: Metadata): void {
    for (const topic of topics) {
      if (!this.#isCurrent(topic)) continue
      for (const { partition, leader, leaderEpoch } of topic.partitions) {
        const key = partitionKey(topic.name, partition)
        const known = this.#known.get(key)
        if (known !== undefined && leaderEpoch < known.epoch) continue
        this.#known.set(key, { node: leader < 0 ? undefined : leader, epoch: leaderEpoch })
      }
    }
  }

  /** The leader; undefined when there is none, or it is to be looked up. */
  of({ topic, partition }: TopicPartition): Leader | undefined {
    const known = this.#known.get(partitionKey(topic, partition))
    return known?.node === undefined ? undefined : { node: known.node, epoch: known.epoch }
  }

  /** Forgets the leader, which failed or moved, but not its epoch: only a leader as new as that is taken. */
  forget({ topic, partition }: TopicPartition): void {
    const known = this.#known.get(partitionKey(topic, partition))
    if (known) known.node = undefined
  }

  /** Topics whose leaders are known. */
  get topics(): readonly string[] {
    return [...new Set([...this.#known.keys()].map(key => key.slice(0, key.lastIndexOf('/'))))]
  }

  /** False for an answer about a topic that is gone. A topic made anew begins with new epochs. */
  #isCurrent({ name, id }: TopicMetadata): boolean {
    if (id === undefined) return true
    if (this.#gone.has(id)) return false
    const known = this.#topicIds.get(name)
    if (known !== undefined && known !== id) {
      this.#gone.add(known)
      for (const key of this.#known.keys()) if (key.startsWith(`${name}/`)) this.#known.delete(key)
    }
    this.#topicIds.set(name, id)
    return true
  }
}
