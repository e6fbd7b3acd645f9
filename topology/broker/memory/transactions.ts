import type { Clock, Timer } from '../../definition/clock.ts'
import type { Generation, GroupOffset, OutgoingRecord } from '../port.ts'
import { fenced, generationEnded, misused } from './errors.ts'
import type { Group } from './group.ts'
import type { LogTransaction, PartitionLog } from './partition-log.ts'

/** The identity of a producer. A newer epoch of the same id fences it. */
export interface ProducerIdentity {
  readonly transactionalId: string
  readonly producerId: number
  readonly epoch: number
}

/** The records that a producer sends to one partition in one request. */
export interface ProduceBatch {
  readonly log: PartitionLog
  readonly records: readonly OutgoingRecord[]
  readonly bytes: number
}

interface OpenTransaction extends LogTransaction {
  readonly startedAt: number
  readonly logs: Set<PartitionLog>
  readonly groups: Set<Group>
}

interface TransactionalId {
  readonly id: string
  producerId: number
  epoch: number
  timeoutMs: number
  transaction: OpenTransaction | undefined
  /** The verdict has been given and its markers are on their way: until then nothing new begins. */
  settling: Promise<void> | undefined
  timer: Timer | undefined
}

/** The highest epoch before an id gets a new producer id. Source: Kafka's TransactionMetadata. */
const lastEpoch = 32_766

/**
 * The coordinator of all transactions: the owner of each transactional id, the partitions of its open transaction, and its
 * verdict.
 *
 * A verdict is given in one step, by EndTxn, a newer producer or the timeout; only then are the markers written and
 * the offsets settled. A producer that initialises waits for that, so its later reads cannot change (C4).
 */
export class Transactions {
  readonly #clock: Clock
  readonly #markerDelayMs: (transactionalId: string) => number
  readonly #fenceGenerations: boolean
  readonly #ids = new Map<string, TransactionalId>()
  #producers = 1_000

  constructor(options: {
    readonly clock: Clock
    readonly fenceGenerations: boolean
    /** The time that the markers of a transaction are on their way. */
    markerDelayMs(transactionalId: string): number
  }) {
    this.#clock = options.clock
    this.#fenceGenerations = options.fenceGenerations
    this.#markerDelayMs = options.markerDelayMs
  }

  /** Transactional ids whose transaction has no verdict yet. */
  open(): readonly string[] {
    return [...this.#ids.values()].filter(({ transaction }) => transaction).map(({ id }) => id)
  }

  epochOf(id: string): number {
    return this.#ids.get(id)?.epoch ?? -1
  }

  /** Fences the predecessor at once, settles its transaction, and makes the caller the owner. */
  async init(id: string, timeoutMs: number): Promise<ProducerIdentity> {
    const state = this.#stateOf(id, timeoutMs)
    if (state.transaction) {
      this.#bump(state)
      this.#conclude(state, 'aborted')
    }
    while (state.settling) await state.settling
    if (state.transaction) return this.init(id, timeoutMs)
    this.#bump(state)
    state.timeoutMs = timeoutMs
    return { transactionalId: id, producerId: state.producerId, epoch: state.epoch }
  }

  /** Opens a transaction with its first partitions, or adds to the open one. */
  async addPartitions(identity: ProducerIdentity, logs: Iterable<PartitionLog>): Promise<void> {
    await this.#unsettled(identity)
    const { logs: known } = this.#begun(identity)
    for (const log of logs) known.add(log)
  }

  /** Appends to partitions that were added before. */
  produce(identity: ProducerIdentity, batches: readonly ProduceBatch[]): void {
    const { transaction } = this.#owned(identity)
    for (const { log } of batches) {
      if (transaction?.logs.has(log)) continue
      throw misused(
        `${log.topic}/${log.partition} is not in the transaction of '${identity.transactionalId}'`,
        'add it',
      )
    }
    for (const { log, records, bytes } of batches) log.append(records, bytes, transaction)
  }

  /** Offsets that will be the group's when the transaction commits. */
  async addOffsets(
    identity: ProducerIdentity,
    group: Group,
    offsets: readonly GroupOffset[],
    generation: Generation | undefined,
  ): Promise<void> {
    await this.#unsettled(identity)
    const transaction = this.#begun(identity)
    if (this.#fenceGenerations && generation && group.refusalOf(generation)) throw generationEnded(group.id)
    transaction.groups.add(group)
    group.offsets.stage(transaction, offsets)
  }

  /** Commits or aborts. Without an open transaction there is nothing to abort, and a commit is a mistake. */
  end(identity: ProducerIdentity, verdict: 'committed' | 'aborted'): void {
    const state = this.#owned(identity)
    if (state.transaction) this.#conclude(state, verdict)
    else if (verdict === 'committed') throw misused(`'${state.id}' has no open transaction to commit`, 'begin one')
  }

  /** Waits for the markers of the producer's previous transaction. Kafka: CONCURRENT_TRANSACTIONS. */
  async #unsettled(identity: ProducerIdentity): Promise<void> {
    for (let state = this.#owned(identity); state.settling; state = this.#owned(identity)) await state.settling
  }

  /** The open transaction, begun if needed. Do not keep it over an await: its verdict may be given meanwhile. */
  #begun(identity: ProducerIdentity): OpenTransaction {
    const state = this.#owned(identity)
    if (!state.transaction) {
      const startedAt = this.#clock.monotonic()
      state.transaction = { ...identity, verdict: 'open', startedAt, logs: new Set(), groups: new Set() }
      if (!state.timer) this.#watch(state, state.timeoutMs)
    }
    return state.transaction
  }

  /** Checks the transaction when it could be over its timeout: one timer for many transactions. */
  #watch(state: TransactionalId, ms: number): void {
    state.timer = this.#clock.after(ms, () => {
      state.timer = undefined
      if (!state.transaction) return
      const left = state.transaction.startedAt + state.timeoutMs - this.#clock.monotonic()
      if (left > 0) return this.#watch(state, left)
      this.#bump(state)
      this.#conclude(state, 'aborted')
    })
  }

  #conclude(state: TransactionalId, verdict: 'committed' | 'aborted'): void {
    const transaction = state.transaction!
    state.transaction = undefined
    const settle = () => {
      transaction.verdict = verdict
      for (const log of transaction.logs) log.mark(transaction, this.#clock.now())
      for (const group of transaction.groups) group.offsets.settle(transaction)
      state.settling = undefined
    }
    const delayMs = this.#markerDelayMs(state.id)
    if (delayMs === 0) {
      settle()
      return
    }
    state.settling = new Promise(resolve => {
      this.#clock.after(delayMs, () => {
        settle()
        resolve()
      })
    })
  }

  #owned(identity: ProducerIdentity): TransactionalId {
    const state = this.#ids.get(identity.transactionalId)
    if (state?.producerId !== identity.producerId || state.epoch !== identity.epoch) {
      throw fenced(identity.transactionalId)
    }
    return state
  }

  #stateOf(id: string, timeoutMs: number): TransactionalId {
    let state = this.#ids.get(id)
    if (!state) {
      const producerId = this.#producers++
      state = { id, producerId, epoch: -1, timeoutMs, transaction: undefined, settling: undefined, timer: undefined }
      this.#ids.set(id, state)
    }
    return state
  }

  #bump(state: TransactionalId): void {
    if (state.epoch < lastEpoch) state.epoch++
    else {
      state.producerId = this.#producers++
      state.epoch = 0
    }
  }
}
