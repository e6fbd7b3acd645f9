import { messageOf, RetriableError } from '../../definition/errors.ts'
import type { TopicPartition } from '../port.ts'
import { brokerError } from './broker-error.ts'
import type { Address, ConnectionContext } from './connection.ts'
import { ConnectionSet } from './connection-set.ts'
import { Leaders } from './leaders.ts'
import { codeName, isCoordinatorMoved } from './protocol/error-code.ts'
import type { Message } from './protocol/message.ts'
import {
  type CoordinatorKind,
  findCoordinatorRequest,
  type Metadata,
  metadataRequest,
  type NodeAddress,
} from './protocol/metadata.ts'

/** A look-up is sent to another node after this. Units: ms. */
const lookUpTimeoutMs = 3_000

/** Leaders in use are asked for again after this, of the next node. Units: ms. */
const metadataMaxAgeMs = 5_000

/**
 * Everything known of the cluster: its nodes, the leader of each partition, the coordinator of each group and transactional
 * id.
 */
export class Cluster {
  readonly context: ConnectionContext
  readonly #bootstrap: readonly Address[]
  readonly #sets = new Set<ConnectionSet>()
  readonly #own: ConnectionSet
  readonly #lookUps: ConnectionSet
  readonly #suspects = new Set<string>()
  #nodes = new Map<number, NodeAddress>()
  readonly #leaders = new Leaders()
  readonly #coordinators = new Map<string, NodeAddress>()
  #turn = 0
  /** Units: ms. */
  #refreshedAt = Number.NEGATIVE_INFINITY
  #closed = false

  constructor(bootstrap: readonly Address[], context: ConnectionContext) {
    this.context = context
    this.#bootstrap = bootstrap
    this.#own = this.connections()
    this.#lookUps = this.connections()
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
   * The answer of any node: another one each time, so that none is believed for ever; then those given at the start. Those that
   * failed last time, or are in doubt, come last.
   *
   * Errors: RetriableError BROKER_UNAVAILABLE when none answers.
   */
  async askAny<Answer>(message: Message<Answer>): Promise<Answer> {
    let last: unknown
    for (const address of this.#candidates()) {
      try {
        return await this.#ask(address, message)
      } catch (error) {
        if (!(error instanceof RetriableError)) throw error
        last = error
      }
    }
    const tried = this.#bootstrap.map(({ host, port }) => `${host}:${port}`).join(', ')
    const why = last instanceof Error && last.cause ? messageOf(last.cause) : messageOf(last)
    throw new RetriableError('BROKER_UNAVAILABLE', `no broker answers, ${tried}, ${why}: try again`, {
      cause: last,
    })
  }

  /**
   * A look-up is given up sooner than a request of work, and goes over a connection of its own: behind a slow request it would seem
   * unanswered.
   */
  async #ask<Answer>(address: Address, message: Message<Answer>): Promise<Answer> {
    try {
      const looksUp = message.api === 'Metadata' || message.api === 'FindCoordinator'
      const connection = await (looksUp ? this.#lookUps : this.#own).to(address)
      const { requestTimeoutMs } = this.context
      const timeoutMs = looksUp ? Math.min(requestTimeoutMs, lookUpTimeoutMs) : requestTimeoutMs
      const answer = await connection.send(message, { timeoutMs })
      this.#suspects.delete(keyOf(address))
      return answer
    } catch (error) {
      if (error instanceof RetriableError) this.#suspects.add(keyOf(address))
      throw error
    }
  }

  #candidates(): Address[] {
    const nodes = [...this.#nodes.values()]
    const turn = nodes.length === 0 ? 0 : this.#turn++ % nodes.length
    const all = new Map<string, Address>()
    for (const address of [...nodes.slice(turn), ...nodes.slice(0, turn), ...this.#bootstrap])
      all.set(keyOf(address), address)
    const suspect = (key: string) => (this.#suspects.has(key) ? 1 : 0)
    return Array.from(all)
      .sort(([left], [right]) => suspect(left) - suspect(right))
      .map(([, address]) => address)
  }

  /** Asks other nodes before this one, which did not do what a healthy one does. */
  doubt(node: Address): void {
    this.#suspects.add(keyOf(node))
  }

  /** Asks one node for the topics' metadata (all topics when null) and remembers the leaders. */
  async refresh(topics: readonly string[] | null): Promise<Metadata> {
    this.#refreshedAt = this.context.clock.monotonic()
    const metadata = await this.askAny(metadataRequest(topics))
    this.#learn(metadata)
    return metadata
  }

  /**
   * Asks all nodes for the topics' metadata, until most of them have answered: then the leaders known are as new as any that has
   * acknowledged a write. A node that has lost the others is not believed alone.
   *
   * Errors: RetriableError BROKER_UNAVAILABLE when most nodes do not answer.
   */
  async refreshFromMost(topics: readonly string[]): Promise<void> {
    if (this.#nodes.size === 0) await this.refresh(topics)
    const request = metadataRequest(topics)
    const needed = this.#most
    let answered = 0
    await this.#askAll(request, metadata => {
      this.#learn(metadata)
      return ++answered === needed
    })
  }

  /** More than half of the nodes. */
  get #most(): number {
    return Math.floor(this.#nodes.size / 2) + 1
  }

  /** Asks all nodes at once, until an answer is `enough`. Errors: RetriableError BROKER_UNAVAILABLE when none is. */
  async #askAll<Answer>(message: Message<Answer>, enough: (answer: Answer) => boolean): Promise<void> {
    const nodes = this.nodes()
    let open = nodes.length
    let last: unknown
    await new Promise<void>((resolve, reject) => {
      for (const node of nodes) {
        this.#ask(node, message)
          .then(answer => {
            if (enough(answer)) resolve()
          })
          .catch(error => {
            last = error
            if (!(error instanceof RetriableError)) reject(error)
          })
          .finally(() => {
            if (--open === 0) reject(tooFewAgree(message.api, nodes.length, last))
          })
      }
    })
  }

  #learn(metadata: Metadata): void {
    // A node that has just started may know no others yet.
    if (metadata.nodes.length > 0) this.#nodes = new Map(metadata.nodes.map(node => [node.id, node]))
    this.#leaders.learn(metadata)
  }

  /**
   * Asks the next node now and then for the leaders that are in use. A leader that has lost its controller, and its leadership with
   * it, answers as before, only that nothing new comes: it is found out by what another node says.
   */
  keepFresh(): void {
    const { clock } = this.context
    if (this.#closed || clock.monotonic() - this.#refreshedAt < metadataMaxAgeMs) return
    this.refresh(this.#leaders.topics).catch(() => {})
  }

  /** The leader as last reported; undefined when there is none. */
  leaderOf(partition: TopicPartition): NodeAddress | undefined {
    const leader = this.#leaders.of(partition)
    return leader && this.#nodes.get(leader.node)
  }

  /** The epoch of the leader as last reported; -1: not known. */
  leaderEpochOf(partition: TopicPartition): number {
    return this.#leaders.of(partition)?.epoch ?? -1
  }

  /** Forgets a leader that failed or moved, so that `groupByLeader` asks again. */
  forgetLeader(partition: TopicPartition): void {
    this.#leaders.forget(partition)
  }

  /**
   * The items by their partitions' leaders. Leaders not known are asked for once.
   *
   * Errors: RetriableError BROKER_UNAVAILABLE when a partition has no leader or is not known to the cluster.
   */
  async groupByLeader<T extends TopicPartition>(items: readonly T[]): Promise<Map<NodeAddress, T[]>> {
    const unknown = new Set(items.filter(item => this.leaderOf(item) === undefined).map(item => item.topic))
    if (unknown.size > 0) await this.refresh([...unknown])
    else this.keepFresh()
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
    if (errorCode !== 0) throw noCoordinator(errorCode, kind, key)
    this.#coordinators.set(cacheKey, node)
    return node
  }

  /**
   * Looks the coordinator up again, at all nodes: the one that most of them name is it. A node that has lost its controller goes on
   * naming itself, and would answer with offsets of the past.
   *
   * Errors: RetriableError BROKER_UNAVAILABLE while most do not agree.
   */
  async coordinatorFromMost(kind: CoordinatorKind, key: string): Promise<NodeAddress> {
    if (this.#nodes.size === 0) await this.refresh([])
    const votes = new Map<string, number>()
    let named: NodeAddress | undefined
    const needed = this.#most
    await this.#askAll(findCoordinatorRequest(kind, key), ({ errorCode, node }) => {
      if (errorCode !== 0) return false
      const count = (votes.get(keyOf(node)) ?? 0) + 1
      votes.set(keyOf(node), count)
      if (count < needed) return false
      this.#coordinators.set(`${kind} ${key}`, node)
      named = node
      return true
    })
    return named!
  }

  /** Whether a node answers a look-up within its time. */
  async answers(node: Address): Promise<boolean> {
    return this.#ask(node, metadataRequest([])).then(
      () => true,
      () => false,
    )
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

function keyOf({ host, port }: Address): string {
  return `${host}:${port}`
}

function tooFewAgree(api: string, nodes: number, cause: unknown): RetriableError {
  return new RetriableError(
    'BROKER_UNAVAILABLE',
    `most of the ${nodes} brokers have to answer ${api} alike, since a few may be out of date, and they do not: wait for them`,
    { cause },
  )
}

function noCoordinator(errorCode: number, kind: CoordinatorKind, key: string): Error {
  if (!isCoordinatorMoved(errorCode)) return brokerError(errorCode, 'FindCoordinator', `${kind} '${key}'`)
  return new RetriableError(
    'BROKER_UNAVAILABLE',
    `there is no coordinator yet, ${kind} '${key}', ${codeName(errorCode)}: try again`,
  )
}

function noLeader({ topic, partition }: TopicPartition): RetriableError {
  return new RetriableError(
    'BROKER_UNAVAILABLE',
    `the partition has no leader, topic '${topic}' partition ${partition}: wait for one, or create the topic`,
    { context: { topic, partition } },
  )
}
