import { messageOf, RetriableError } from '../../definition/errors.ts'
import { partitionKey, type TopicPartition } from '../port.ts'
import { brokerError } from './broker-error.ts'
import type { Address, ConnectionContext } from './connection.ts'
import { ConnectionSet } from './connection-set.ts'
import { codeName, isCoordinatorMoved } from './protocol/error-code.ts'
import type { Message } from './protocol/message.ts'
import {
  type CoordinatorKind,
  findCoordinatorRequest,
  type Metadata,
  metadataRequest,
  type NodeAddress,
} from './protocol/metadata.ts'

/**
 * Everything known of the cluster: its nodes, the leader of each partition, the coordinator of each group and transactional
 * id.
 */
export class Cluster {
  readonly context: ConnectionContext
  readonly #bootstrap: readonly Address[]
  readonly #sets = new Set<ConnectionSet>()
  readonly #own: ConnectionSet
  readonly #suspects = new Set<string>()
  #nodes = new Map<number, NodeAddress>()
  readonly #leaders = new Map<string, number>()
  readonly #coordinators = new Map<string, NodeAddress>()
  #closed = false

  constructor(bootstrap: readonly Address[], context: ConnectionContext) {
    this.context = context
    this.#bootstrap = bootstrap
    this.#own = this.connections()
  }

  /** Connections for one purpose; ended with `release`, or with the cluster: those of a closed cluster are closed. */
  connections(): ConnectionSet {
    const set = new ConnectionSet(this.context)
    if (this.#closed) set.close()
    else this.#sets.add(set)
    return set
  }

  release(set: ConnectionSet): void {
    set.close()
    this.#sets.delete(set)
  }

  /** The connections shared by look-ups and administration. Nothing sent on them may park. */
  get shared(): ConnectionSet {
    return this.#own
  }

  nodes(): readonly NodeAddress[] {
    return Array.from(this.#nodes.values())
  }

  /**
   * The answer of any node: those known first, then those given at the start; those that failed last time come last.
   *
   * Errors: RetriableError BROKER_UNAVAILABLE when none answers.
   */
  async askAny<Answer>(message: Message<Answer>): Promise<Answer> {
    let last: unknown
    for (const address of this.#candidates()) {
      const key = `${address.host}:${address.port}`
      try {
        const connection = await this.#own.to(address)
        const answer = await connection.send(message)
        this.#suspects.delete(key)
        return answer
      } catch (error) {
        if (!(error instanceof RetriableError)) throw error
        this.#suspects.add(key)
        last = error
      }
    }
    const tried = this.#bootstrap.map(({ host, port }) => `${host}:${port}`).join(', ')
    const why = last instanceof Error && last.cause ? messageOf(last.cause) : messageOf(last)
    throw new RetriableError('BROKER_UNAVAILABLE', `no broker answers, ${tried}, ${why}: try again`, {
      cause: last,
    })
  }

  #candidates(): Address[] {
    const all = new Map<string, Address>()
    for (const address of [...this.#nodes.values(), ...this.#bootstrap]) {
      all.set(`${address.host}:${address.port}`, address)
    }
    const suspect = (key: string) => (this.#suspects.has(key) ? 1 : 0)
    return Array.from(all)
      .sort(([left], [right]) => suspect(left) - suspect(right))
      .map(([, address]) => address)
  }

  /** Asks for the topics' metadata (all topics when null) and remembers the leaders. */
  async refresh(topics: readonly string[] | null): Promise<Metadata> {
    const metadata = await this.askAny(metadataRequest(topics))
    this.#nodes = new Map(metadata.nodes.map(node => [node.id, node]))
    for (const topic of metadata.topics) {
      for (const { partition, leader } of topic.partitions) {
        this.#leaders.set(partitionKey(topic.name, partition), leader)
      }
    }
    return metadata
  }

  /** The leader as last reported; undefined when there is none. */
  leaderOf({ topic, partition }: TopicPartition): NodeAddress | undefined {
    const leader = this.#leaders.get(partitionKey(topic, partition))
    return leader === undefined ? undefined : this.#nodes.get(leader)
  }

  /** Forgets a leader that failed or moved, so that `groupByLeader` asks again. */
  forgetLeader({ topic, partition }: TopicPartition): void {
    this.#leaders.delete(partitionKey(topic, partition))
  }

  /**
   * The items by their partitions' leaders. Leaders not known are asked for once.
   *
   * Errors: RetriableError BROKER_UNAVAILABLE when a partition has no leader or is not known to the cluster.
   */
  async groupByLeader<T extends TopicPartition>(items: readonly T[]): Promise<Map<NodeAddress, T[]>> {
    const unknown = new Set(items.filter(item => this.leaderOf(item) === undefined).map(item => item.topic))
    if (unknown.size > 0) await this.refresh([...unknown])
    const groups = new Map<NodeAddress, T[]>()
    for (const item of items) {
      const leader = this.leaderOf(item)
      if (leader === undefined) throw noLeader(item)
      const group = groups.get(leader)
      if (group) group.push(item)
      else groups.set(leader, [item])
    }
    return groups
  }

  /** The node that coordinates a group or a transactional id. Errors: RetriableError BROKER_UNAVAILABLE while there is none. */
  async coordinator(kind: CoordinatorKind, key: string): Promise<NodeAddress> {
    const cacheKey = `${kind} ${key}`
    const known = this.#coordinators.get(cacheKey)
    if (known) return known
    const { errorCode, node } = await this.askAny(findCoordinatorRequest(kind, key))
    if (isCoordinatorMoved(errorCode)) {
      throw new RetriableError(
        'BROKER_UNAVAILABLE',
        `there is no coordinator yet, ${kind} '${key}', ${codeName(errorCode)}: try again`,
      )
    }
    if (errorCode !== 0) throw brokerError(errorCode, 'FindCoordinator', `${kind} '${key}'`)
    this.#coordinators.set(cacheKey, node)
    return node
  }

  forgetCoordinator(kind: CoordinatorKind, key: string): void {
    this.#coordinators.delete(`${kind} ${key}`)
  }

  close(): void {
    this.#closed = true
    for (const set of this.#sets) set.close()
    this.#sets.clear()
  }
}

function noLeader({ topic, partition }: TopicPartition): RetriableError {
  return new RetriableError(
    'BROKER_UNAVAILABLE',
    `the partition has no leader, topic '${topic}' partition ${partition}: wait for one, or create the topic`,
    { context: { topic, partition } },
  )
}
