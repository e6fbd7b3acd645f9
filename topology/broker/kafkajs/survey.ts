import { MillraceError } from '../../definition/errors.ts'
import type { TopicPartition } from '../port.ts'
import { brokerError } from './broker-error.ts'
import type { Cluster } from './cluster.ts'
import { Coordinator } from './coordinator.ts'
import { retryFor } from './patience.ts'
import { kafka } from './protocol/error-code.ts'
import {
  type ActiveProducer,
  abortMarkersRequest,
  describeProducersRequest,
  describeTransactionsRequest,
  groupRightsRequest,
  listTransactionsRequest,
  type Placement,
  placementRequest,
  type TransactionState,
} from './protocol/survey.ts'
import { addOffsetsRequest, endTxnRequest, initProducerIdRequest } from './protocol/transaction.ts'

/** The operations that a client may be authorised to, by their bit. Source: `org.apache.kafka.common.acl.AclOperation`. */
const operations = {
  read: 3,
  write: 4,
  create: 5,
  delete: 6,
  describe: 8,
  describeConfigs: 10,
} as const

/** An operation on a topic, a group or the cluster. */
export type KafkaOperation = keyof typeof operations

/** An open transaction that holds readers of a partition back. */
export interface OpenTransaction extends TopicPartition, Pick<ActiveProducer, 'epoch' | 'coordinatorEpoch'> {
  /** The first offset that a read_committed reader does not get. */
  readonly from: number
  readonly producerId: bigint
  /** Undefined: no coordinator knows it, so that nobody will ever end it. */
  readonly transactionalId: string | undefined
  /** Its age by its coordinator's clock, else that of its last record by its broker's. Units: ms. Undefined: not known. */
  readonly ageMs: number | undefined
}

/** The difference between two clocks: positive where the other one is ahead. Units: ms. */
export interface ClockDifference {
  readonly aheadMs: number
  /** It may be wrong by so much either way: half of the time that the question took. */
  readonly withinMs: number
}

/**
 * Looks at a cluster as an operator does: replicas, rights, transactions, the clock. It is for tools; the engine needs none of it.
 * Errors: RetriableError BROKER_UNAVAILABLE; FatalError UNSUPPORTED of brokers before Kafka 3.0; TopologyError CONFIG_INVALID without a right.
 */
export class KafkaSurvey {
  readonly #cluster: Cluster
  readonly #retryForMs: number

  constructor(cluster: Cluster, retryForMs: number) {
    this.#cluster = cluster
    this.#retryForMs = retryForMs
  }

  /** Nodes, replicas of the topics that exist, and rights. A topic that the client may not see has an error code. */
  placement(topics: readonly string[]): Promise<Placement> {
    return this.#retry(() => this.#cluster.askAny(placementRequest(topics)))
  }

  /** Whether the client may read a group's offsets and be its member. */
  mayUseGroup(group: string): Promise<boolean> {
    return this.#unlessForbidden(async () => {
      const coordinator = new Coordinator(this.#cluster, this.#cluster.shared, 'group', group)
      const found = await coordinator.send(groupRightsRequest(group))
      if (found === undefined || found.errorCode === kafka.GROUP_ID_NOT_FOUND) return true
      coordinator.check(found.errorCode, 'DescribeGroups')
      return may(found.operations, 'read')
    })
  }

  /** The transaction of an id; undefined if none was ever begun, or the client may not see it. */
  async transaction(transactionalId: string): Promise<TransactionState | undefined> {
    let found: TransactionState | undefined
    await this.#unlessForbidden(async () => {
      found = await this.#describe(transactionalId)
      return true
    })
    return found
  }

  /** Whether the client may see the transactions of an id, without which it can begin none. */
  mayUseTransactionalId(transactionalId: string): Promise<boolean> {
    return this.#unlessForbidden(async () => {
      await this.#describe(transactionalId)
      return true
    })
  }

  /** The transactions that are open in the partitions, whoever began them. */
  async openTransactions(partitions: readonly TopicPartition[]): Promise<readonly OpenTransaction[]> {
    if (partitions.length === 0) return []
    const groups = await this.#cluster.groupByLeader(partitions)
    const asked = Array.from(groups, async ([node, theirs]) => {
      const connection = await this.#cluster.shared.to(node)
      return connection.send(describeProducersRequest(theirs))
    })
    const open = (await Promise.all(asked)).flat().filter(({ openFrom }) => openFrom >= 0)
    const ids = await this.#idsOf([...new Set(open.map(({ producerId }) => producerId))])
    return Promise.all(
      open.map(async ({ topic, partition, producerId, epoch, coordinatorEpoch, lastAt, openFrom }) => {
        const transactionalId = ids.get(producerId)
        const state = transactionalId === undefined ? undefined : await this.transaction(transactionalId)
        const began = [state?.startedAt, lastAt].find(at => at !== undefined && at >= 0)
        const ageMs = began === undefined ? undefined : this.#cluster.context.clock.now() - began
        return { topic, partition, from: openFrom, producerId, epoch, coordinatorEpoch, transactionalId, ageMs }
      }),
    )
  }

  /**
   * Ends a transaction, aborted. One that its coordinator knows is fenced, in all its partitions; of one that nobody knows the markers are
   * written, in this partition. Errors: as for all, and TaskMigratedError FENCED when it has ended or moved on meanwhile.
   */
  async abort(open: OpenTransaction): Promise<void> {
    const { transactionalId, topic, partition } = open
    if (transactionalId !== undefined) {
      await this.#retry(async () => {
        const coordinator = new Coordinator(this.#cluster, this.#cluster.shared, 'transaction', transactionalId)
        const answer = await coordinator.send(initProducerIdRequest(transactionalId, 10_000))
        coordinator.check(answer.errorCode, 'InitProducerId')
      })
      return
    }
    await this.#retry(async () => {
      const place = { topic, partition }
      const [node] = (await this.#cluster.groupByLeader([place])).keys()
      const connection = await this.#cluster.shared.to(node!)
      for (const { errorCode } of await connection.send(abortMarkersRequest(open, [place])))
        if (errorCode !== kafka.NONE) throw brokerError(errorCode, 'WriteTxnMarkers', `${topic}/${partition}`, place)
    })
  }

  /**
   * Compares the clock of a broker with this one: begins a transaction that holds nothing, asks its coordinator when it began, and aborts it.
   * The id and the group belong to the caller alone.
   */
  async clock(transactionalId: string, group: string): Promise<ClockDifference> {
    const { clock } = this.#cluster.context
    const coordinator = new Coordinator(this.#cluster, this.#cluster.shared, 'transaction', transactionalId)
    const identity = await this.#retry(async () => {
      const answer = await coordinator.send(initProducerIdRequest(transactionalId, 10_000))
      coordinator.check(answer.errorCode, 'InitProducerId')
      return answer.identity
    })
    const before = clock.now()
    await this.#retry(async () => {
      const added = await coordinator.send(addOffsetsRequest(transactionalId, identity, group))
      coordinator.check(added.errorCode, 'AddOffsetsToTxn')
    })
    const after = clock.now()
    try {
      const { startedAt } = await this.#describe(transactionalId)
      return { aheadMs: Math.round(startedAt - (before + after) / 2), withinMs: Math.ceil((after - before) / 2) }
    } finally {
      await coordinator.send(endTxnRequest(transactionalId, identity, false))
    }
  }

  async close(): Promise<void> {
    this.#cluster.close()
  }

  async #idsOf(producers: readonly bigint[]): Promise<ReadonlyMap<bigint, string>> {
    if (producers.length === 0) return new Map()
    const asked = this.#cluster.nodes().map(async node => {
      const connection = await this.#cluster.shared.to(node)
      return connection.send(listTransactionsRequest(producers))
    })
    const found = (await Promise.all(asked)).flat()
    return new Map(found.map(({ producerId, transactionalId }) => [producerId, transactionalId]))
  }

  async #describe(transactionalId: string): Promise<TransactionState> {
    return this.#retry(async () => {
      const coordinator = new Coordinator(this.#cluster, this.#cluster.shared, 'transaction', transactionalId)
      const [found] = await coordinator.send(describeTransactionsRequest([transactionalId]))
      if (found === undefined) throw brokerError(kafka.NONE, 'DescribeTransactions', transactionalId)
      if (found.errorCode !== kafka.TRANSACTIONAL_ID_NOT_FOUND)
        coordinator.check(found.errorCode, 'DescribeTransactions')
      return found
    })
  }

  /** False where the broker answers that the client is not authorised. */
  async #unlessForbidden(look: () => Promise<boolean>): Promise<boolean> {
    try {
      return await this.#retry(look)
    } catch (error) {
      const code = error instanceof MillraceError ? error.context.kafkaError : undefined
      if (code === kafka.GROUP_AUTHORIZATION_FAILED || code === kafka.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
        return false
      throw error
    }
  }

  #retry<T>(attempt: () => Promise<T>): Promise<T> {
    return retryFor(this.#cluster.context.clock, this.#retryForMs, attempt)
  }
}

/** Whether a bit field of operations has this one. A cluster without an authoriser allows all. */
export function may(field: number, operation: KafkaOperation): boolean {
  return (field & (1 << operations[operation])) !== 0
}
