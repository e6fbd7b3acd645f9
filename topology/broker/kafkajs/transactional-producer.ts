import { FatalError, MillraceError, RetriableError, TaskMigratedError } from '../../definition/errors.ts'
import {
  type Appended,
  type CommitStep,
  type GroupOffset,
  type ProducerOptions,
  partitionKey,
  type TopicPartition,
  type Transaction,
  type TransactionalProducer,
} from '../port.ts'
import { type RecordRefusal, RecordsRefusedError } from '../record-refusal.ts'
import { Appender } from './appender.ts'
import { brokerError } from './broker-error.ts'
import type { Cluster } from './cluster.ts'
import type { ConnectionSet } from './connection-set.ts'
import { Coordinator } from './coordinator.ts'
import { retryFor } from './patience.ts'
import { isFenced, kafka } from './protocol/error-code.ts'
import {
  addOffsetsRequest,
  addPartitionsRequest,
  endTxnRequest,
  initProducerIdRequest,
  type ProducerIdentity,
  txnOffsetCommitRequest,
} from './protocol/transaction.ts'

const defaultTransactionTimeoutMs = 10_000
const abortTimeoutMs = 2_000

type State = 'new' | 'ready' | 'committing' | 'dead'

/**
 * A transactional producer of our own: kafkajs' leaves the outcome unknown and its state machine stuck on an error, reuses
 * sequence numbers, and knows no generations.
 *
 * One commit is, in this order: AddPartitionsToTxn and AddOffsetsToTxn, sent together; Produce to every leader;
 * TxnOffsetCommit to the group's coordinator; EndTxn. Errors that may pass are retried for a bounded time: registrations
 * and numbered batches freely, offsets unless one is unanswered. After EndTxn was written, only its own answer tells
 * whether the transaction is committed.
 *
 * new -> ready (init) -> committing -> ready (acknowledged) or dead (anything else).
 */
export class KafkaTransactionalProducer implements TransactionalProducer {
  readonly #cluster: Cluster
  readonly #connections: ConnectionSet
  readonly #coordinator: Coordinator
  readonly #appender: Appender
  readonly #options: ProducerOptions
  readonly #retryForMs: number
  #state: State = 'new'
  /** The coordinator has a transaction that was neither ended by us nor taken from us. */
  #open = false
  #identity: ProducerIdentity = { producerId: -1n, epoch: -1 }

  constructor(cluster: Cluster, options: ProducerOptions, retryForMs: number) {
    this.#cluster = cluster
    this.#connections = cluster.connections()
    this.#coordinator = new Coordinator(cluster, this.#connections, 'transaction', options.transactionalId)
    this.#appender = new Appender(cluster, this.#connections, options.transactionalId, retryForMs)
    this.#options = options
    this.#retryForMs = retryForMs
  }

  async init(): Promise<void> {
    const { transactionalId, transactionTimeoutMs = defaultTransactionTimeoutMs } = this.#options
    if (this.#state !== 'new') throw this.#misused('init')
    // InitProducerId is repeated until the predecessor's transaction is settled: within its own timeout, so this is long enough.
    const patience = Math.max(this.#retryForMs, transactionTimeoutMs)
    this.#identity = await this.#retry(patience, async () => {
      const answer = await this.#coordinator.send(initProducerIdRequest(transactionalId, transactionTimeoutMs))
      this.#coordinator.check(answer.errorCode, 'InitProducerId')
      return answer.identity
    })
    this.#appender.restart()
    this.#state = 'ready'
  }

  async commit(transaction: Transaction): Promise<Appended> {
    if (this.#state !== 'ready') throw this.#misused('commit')
    if (transaction.records.length === 0 && !transaction.offsets?.offsets.length) return new Map()
    this.#state = 'committing'
    try {
      const appended = await this.#run(transaction)
      this.#state = 'ready'
      return appended
    } catch (error) {
      // A producer that failed inside a transaction refuses to go on.
      this.#state = 'dead'
      const cause = error instanceof RecordsRefusedError ? error.interruption : error
      if (cause instanceof TaskMigratedError && cause.code === 'FENCED') this.#open = false
      throw error
    }
  }

  /** A transaction that failed here is aborted, so that readers need not wait out its timeout; if that fails, they do. */
  async close(): Promise<void> {
    if (this.#state === 'dead' && this.#open) await this.#abort().catch(() => {})
    this.#state = 'dead'
    this.#open = false
    this.#cluster.release(this.#connections)
  }

  async #abort(): Promise<void> {
    const { transactionalId } = this.#options
    const connection = await this.#coordinator.connection()
    await connection.send(endTxnRequest(transactionalId, this.#identity, false), { timeoutMs: abortTimeoutMs })
  }

  async #run(transaction: Transaction): Promise<Appended> {
    const { records, offsets } = transaction
    await this.#step('begun')
    const group = offsets?.offsets.length ? offsets : undefined
    this.#open = true
    // Both are waited for: one still under way could open the transaction again after `close` has aborted it.
    const registered = await Promise.allSettled([this.#addPartitions(records), group && this.#addOffsets(group.group)])
    const refused = registered.find(result => result.status === 'rejected')
    if (refused) throw refused.reason
    const appended = await this.#produce(transaction)
    await this.#step('produced')
    if (group) await this.#commitOffsets(group)
    await this.#step('offsets-sent')
    await this.#step('before-end')
    await this.#end()
    return appended
  }

  /** Writes the records, and for those that the broker refuses what the caller gives instead. */
  async #produce(transaction: Transaction): Promise<Appended> {
    const appended = new Map<string, number>()
    for (let { records } = transaction; ; ) {
      const refusals: RecordRefusal[] = []
      const written = await this.#appender.append(records, this.#identity, refusals).catch(error => {
        // The time may be over while refused records are looked for: those found are not looked for again.
        throw refusals.length > 0 && error instanceof MillraceError ? new RecordsRefusedError(refusals, error) : error
      })
      for (const [partition, end] of written) appended.set(partition, end)
      if (refusals.length === 0) return appended
      const instead = transaction.replaceRefused?.(refusals)
      if (instead === undefined) throw new RecordsRefusedError(refusals)
      await this.#addPartitions(instead)
      records = instead
    }
  }

  /** Registers every partition at the transaction coordinator, so that markers reach them. */
  async #addPartitions(records: readonly TopicPartition[]): Promise<void> {
    if (records.length === 0) return
    const { transactionalId } = this.#options
    const waiting = new Map<string, TopicPartition>()
    let last: TopicPartition | undefined
    for (const record of records) {
      // Records of one partition are mostly next to each other.
      if (last?.partition === record.partition && last.topic === record.topic) continue
      last = record
      const { topic, partition } = record
      waiting.set(partitionKey(topic, partition), { topic, partition })
    }
    await this.#retry(this.#retryForMs, async () => {
      const answers = await this.#coordinator.send(
        addPartitionsRequest(transactionalId, this.#identity, [...waiting.values()]),
      )
      for (const { topic, partition, errorCode } of answers) {
        // The answer for the valid partitions when another one of the request is not.
        if (errorCode === kafka.OPERATION_NOT_ATTEMPTED) continue
        this.#coordinator.check(errorCode, 'AddPartitionsToTxn')
        waiting.delete(partitionKey(topic, partition))
      }
      if (waiting.size > 0) throw incomplete('AddPartitionsToTxn', transactionalId)
    })
  }

  async #addOffsets(group: string): Promise<void> {
    const { transactionalId } = this.#options
    await this.#retry(this.#retryForMs, async () => {
      const answer = await this.#coordinator.send(addOffsetsRequest(transactionalId, this.#identity, group))
      this.#coordinator.check(answer.errorCode, 'AddOffsetsToTxn')
    })
  }

  async #commitOffsets({ group, generation, offsets }: NonNullable<Transaction['offsets']>): Promise<void> {
    const { transactionalId } = this.#options
    const waiting = new Map<string, GroupOffset>()
    for (const offset of offsets) waiting.set(partitionKey(offset.topic, offset.partition), offset)
    // Offsets have no sequence numbers: a request that was written and not answered may still arrive, in the next transaction
    // and after its newer offsets. So it is repeated on an answer only.
    let unanswered = false
    const onWritten = () => {
      unanswered = true
    }
    const coordinator = new Coordinator(this.#cluster, this.#connections, 'group', group)
    const attempt = async () => {
      const answers = await coordinator.send(
        // With the member's generation, so that the broker can refuse a zombie's (KIP-447).
        txnOffsetCommitRequest(transactionalId, this.#identity, group, generation, [...waiting.values()]),
        { onWritten },
      )
      unanswered = false
      for (const { topic, partition, errorCode } of answers) {
        coordinator.check(errorCode, 'TxnOffsetCommit')
        waiting.delete(partitionKey(topic, partition))
      }
      if (waiting.size > 0) throw incomplete('TxnOffsetCommit', group)
    }
    await this.#retry(this.#retryForMs, attempt, () => unanswered)
  }

  /**
   * An answer that sends us to another node is not a verdict, and may even follow a decision already logged: EndTxn is then
   * repeated, which the coordinator takes as the same decision. Without any answer it is not repeated: the task opens again.
   */
  async #end(): Promise<void> {
    const { transactionalId } = this.#options
    let inDoubt = false
    let stepped = false
    await this.#retry(this.#retryForMs, async () => {
      const connection = await this.#coordinator.connection().catch(error => {
        throw inDoubt ? this.#unknown(error) : error
      })
      let written = false
      const answer = connection.send(endTxnRequest(transactionalId, this.#identity, true), {
        onWritten: () => {
          written = true
        },
      })
      if (!stepped && written) {
        stepped = true
        this.#open = false
        answer.catch(() => {})
        await this.#step('end-sent').catch((error: unknown) => {
          throw this.#unknown(error)
        })
      }
      const { errorCode } = await answer.catch(error => {
        this.#coordinator.doubt(error)
        // Without an answer the commit is unknown: neither a failure to repeat nor a success.
        throw written || inDoubt ? this.#unknown(error) : error
      })
      if (inDoubt && isFenced(errorCode)) throw this.#unknown(brokerError(errorCode, 'EndTxn', transactionalId))
      inDoubt ||= errorCode !== 0
      this.#coordinator.check(errorCode, 'EndTxn')
    }).catch(error => {
      throw inDoubt && error instanceof RetriableError ? this.#unknown(error) : error
    })
  }

  async #step(step: CommitStep): Promise<void> {
    await this.#options.onStep?.(step)
  }

  /** Errors that heal are retried, inside a transaction too: coordinators load and move. */
  #retry<T>(forMs: number, attempt: () => Promise<T>, isOver?: () => boolean): Promise<T> {
    return retryFor(this.#cluster.context.clock, forMs, attempt, isOver)
  }

  #unknown(cause: unknown): TaskMigratedError {
    return new TaskMigratedError(
      'COMMIT_UNKNOWN',
      `EndTxn got no verdict, transactional id '${this.#options.transactionalId}': a new producer's init settles it`,
      { cause },
    )
  }

  #misused(call: string): FatalError {
    return new FatalError(
      'INTERNAL',
      `${call} on a producer that is ${this.#state}, transactional id '${this.#options.transactionalId}': make a new one`,
    )
  }
}

function incomplete(api: string, where: string): RetriableError {
  return new RetriableError('BROKER_UNAVAILABLE', `${api} was answered in part, '${where}': it is sent again`)
}
