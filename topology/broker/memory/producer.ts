import { FatalError, type RetriableError } from '../../definition/errors.ts'
import {
  type Appended,
  type CommitStep,
  type OutgoingRecord,
  type ProducerOptions,
  partitionKey,
  type Transaction,
  type TransactionalProducer,
} from '../port.ts'
import { RecordsRefusedError } from '../record-refusal.ts'
import type { Cluster } from './cluster.ts'
import { commitUnknown, isUnanswered, misused, unavailable } from './errors.ts'
import { produceRounds } from './outgoing.ts'
import { type RequestLine, silence } from './request-line.ts'
import type { ProduceBatch, ProducerIdentity } from './transactions.ts'

/** A transactional producer. Each step of a commit is a request of its own, so that a crash can come between them. */
export class MemoryProducer implements TransactionalProducer {
  readonly #cluster: Cluster
  readonly #line: RequestLine
  readonly #options: ProducerOptions
  #identity: ProducerIdentity | undefined
  /** Once `failed`, only `close` is left. */
  #state: 'idle' | 'busy' | 'failed' = 'idle'
  /** The broker may have an open transaction of ours that no request has ended. */
  #mayBeOpen = false
  #closed = false

  constructor(cluster: Cluster, line: RequestLine, options: ProducerOptions) {
    this.#cluster = cluster
    this.#line = line
    line.parts.add(this)
    this.#options = options
  }

  async init(): Promise<void> {
    const { transactionalId, transactionTimeoutMs } = this.#options
    this.#identity = await this.#line.send('InitProducerId', transactionalId, () =>
      this.#cluster.transactions.init(transactionalId, transactionTimeoutMs ?? 10_000),
    )
  }

  async commit(transaction: Transaction): Promise<Appended> {
    if (this.#line.crashed) return silence()
    const { transactionalId } = this.#options
    if (!this.#identity) throw misused(`producer '${transactionalId}' has no identity`, 'call init first')
    if (this.#state !== 'idle') {
      const why = this.#state === 'failed' ? 'has failed before' : 'is still committing'
      throw misused(`producer '${transactionalId}' ${why}`, 'close it and make another, or await its commit')
    }
    this.#state = 'busy'
    try {
      const appended = await this.#commit(transaction, this.#identity)
      this.#state = 'idle'
      return appended
    } catch (error) {
      this.#state = 'failed'
      // closed meanwhile: its transaction was aborted by that, which is no defect
      throw this.#closed && error instanceof FatalError ? this.#closedError() : error
    }
  }

  /** Aborts the open transaction, if the broker can be reached; one whose EndTxn was sent is left to the next owner. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#line.parts.delete(this)
    const identity = this.#identity
    if (!identity || !this.#mayBeOpen) return
    this.#mayBeOpen = false
    try {
      await this.#line.send('EndTxn', identity.transactionalId, () =>
        this.#cluster.transactions.end(identity, 'aborted'),
      )
    } catch {
      // the producer is fenced or the broker is away: the next owner or the timeout aborts it
    }
  }

  /** The commit's steps 2 and 3: begin, produce, offsets, end. */
  async #commit(transaction: Transaction, identity: ProducerIdentity): Promise<Appended> {
    const { records, offsets } = transaction
    const sendsOffsets = offsets !== undefined && offsets.offsets.length > 0
    if (records.length === 0 && !sendsOffsets) return new Map()

    await this.#reach('begun')
    const appended = new Map<string, number>()
    await this.#append(transaction, records, identity, appended)
    await this.#reach('produced')

    if (sendsOffsets) {
      const group = this.#cluster.group(offsets.group)
      await this.#send('TxnOffsetCommit', () =>
        this.#cluster.transactions.addOffsets(identity, group, offsets.offsets, offsets.generation),
      )
    }
    await this.#reach('offsets-sent')
    await this.#reach('before-end')
    await this.#end(identity)
    return appended
  }

  /** Writes the records, and for those that the broker refuses what the caller gives instead. */
  async #append(
    transaction: Transaction,
    records: readonly OutgoingRecord[],
    identity: ProducerIdentity,
    appended: Map<string, number>,
  ): Promise<void> {
    const { rounds, refusals } = produceRounds(this.#cluster.topics, records, this.#cluster.clock.now())
    await this.#produce(rounds, identity, appended)
    if (refusals.length === 0) return
    const instead = transaction.replaceRefused?.(refusals)
    if (instead === undefined) throw new RecordsRefusedError(refusals)
    await this.#append(transaction, instead, identity, appended)
  }

  async #produce(
    rounds: readonly ProduceBatch[][],
    identity: ProducerIdentity,
    appended: Map<string, number>,
  ): Promise<void> {
    if (rounds.length === 0) return
    const { transactions } = this.#cluster
    // the first round has a batch for every partition
    const logs = rounds[0]!.map(({ log }) => log)
    await this.#send('AddPartitionsToTxn', () => transactions.addPartitions(identity, logs))
    for (const round of rounds) {
      await this.#send('Produce', () => {
        transactions.produce(identity, round)
        for (const { log } of round) appended.set(partitionKey(log.topic, log.partition), log.end)
        this.#cluster.appended()
      })
    }
  }

  async #end(identity: ProducerIdentity): Promise<void> {
    this.#requireOpen()
    const { transactionalId } = identity
    this.#mayBeOpen = false
    try {
      await this.#line.send('EndTxn', transactionalId, () => this.#cluster.transactions.end(identity, 'committed'))
    } catch (error) {
      if (isUnanswered(error)) throw commitUnknown(transactionalId, error)
      this.#mayBeOpen = true
      throw error
    }
    try {
      await this.#reach('end-sent')
    } catch (error) {
      throw commitUnknown(transactionalId, error)
    }
  }

  #send(api: 'AddPartitionsToTxn' | 'Produce' | 'TxnOffsetCommit', work: () => void | Promise<void>): Promise<void> {
    this.#requireOpen()
    this.#mayBeOpen = true
    return this.#line.send(api, this.#options.transactionalId, work)
  }

  async #reach(step: CommitStep): Promise<void> {
    if (!this.#options.onStep) return
    await this.#options.onStep(step)
    if (this.#line.crashed) await silence()
  }

  #requireOpen(): void {
    if (this.#closed) throw this.#closedError()
  }

  #closedError(): RetriableError {
    return unavailable(`a commit of '${this.#options.transactionalId}', which was closed`)
  }
}
