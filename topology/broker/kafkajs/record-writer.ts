import { FatalError } from '../../definition/errors.ts'
import type { OutgoingRecord, RecordWriter } from '../port.ts'
import { type RecordRefusal, RecordsRefusedError } from '../record-refusal.ts'
import { Appender } from './appender.ts'
import { brokerError } from './broker-error.ts'
import type { Cluster } from './cluster.ts'
import type { ConnectionSet } from './connection-set.ts'
import { retryFor } from './patience.ts'
import { initProducerIdRequest, type ProducerIdentity } from './protocol/transaction.ts'

/**
 * A plain idempotent producer. Sends go one after another, so order is kept across them. After a failed send it takes a new
 * identity; it is not known which records of that send were stored, and sending them again may store them twice.
 */
export class KafkaRecordWriter implements RecordWriter {
  readonly #cluster: Cluster
  readonly #connections: ConnectionSet
  readonly #appender: Appender
  readonly #retryForMs: number
  #identity: ProducerIdentity | undefined
  #last: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(cluster: Cluster, retryForMs: number) {
    this.#cluster = cluster
    this.#connections = cluster.connections()
    this.#appender = new Appender(cluster, this.#connections, null, retryForMs)
    this.#retryForMs = retryForMs
  }

  send(records: readonly OutgoingRecord[]): Promise<void> {
    if (this.#closed) return Promise.reject(new FatalError('INTERNAL', 'send on a closed writer: make a new one'))
    const sent = this.#last.then(() => this.#append(records))
    this.#last = sent.catch(() => {})
    return sent
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#last
    this.#cluster.release(this.#connections)
  }

  async #append(records: readonly OutgoingRecord[]): Promise<void> {
    if (records.length === 0) return
    this.#identity ??= await this.#identify()
    const refusals: RecordRefusal[] = []
    await this.#appender.append(records, this.#identity, refusals).catch(error => {
      this.#identity = undefined
      throw error
    })
    if (refusals.length > 0) throw new RecordsRefusedError(refusals)
  }

  async #identify(): Promise<ProducerIdentity> {
    this.#appender.restart()
    return retryFor(this.#cluster.context.clock, this.#retryForMs, async () => {
      const { errorCode, identity } = await this.#cluster.askAny(initProducerIdRequest(null, 0))
      if (errorCode !== 0) throw brokerError(errorCode, 'InitProducerId', 'an idempotent producer')
      return identity
    })
  }
}
