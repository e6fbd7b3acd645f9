import * as assert from 'uvu/assert'
import type {
  Appended,
  Broker,
  BrokerAdmin,
  CommitStep,
  FetchedPartition,
  OutgoingRecord,
  RawRecord,
  ReaderOptions,
  RecordReader,
  Transaction,
  TransactionalProducer,
} from '../../topology/broker/port.ts'
import { MillraceError } from '../../topology/definition/errors.ts'
import { keptForever } from '../support/kept-forever.ts'

/** One broker, as the suite needs it. Clients made by `connect` share its topics, groups and transactions. */
export interface BrokerUnderTest {
  /** A client of its own, as another process would have. */
  connect(): Promise<Broker>
  /** Ends a client as SIGKILL would: no leave, no abort, no close. */
  crash(client: Broker): Promise<void>
  /** Has the topic compacted, or waits (bounded) until the broker has done so. */
  compact(topic: string): Promise<void>
  /** Moves the log start of a partition. */
  deleteRecords(topic: string, partition: number, before: number): Promise<void>
  close(): Promise<void>
}

/** The differences between adapters. */
export interface ConformanceOptions {
  /** The time that one wait may take before its case fails. Units: ms. Unset: 20,000. */
  readonly patienceMs?: number
  /** Topic configuration under which `compact` works soon. */
  readonly compactConfig?: Readonly<Record<string, string>>
  /** The broker refuses larger records. Units: bytes. Unset: 1 MiB. */
  readonly maxRecordBytes?: number
}

/** One case of the suite. `hazard` describes the fault of an adapter that fails it. */
export interface BrokerCase {
  readonly name: string
  readonly hazard: string
  run(bench: BrokerBench): Promise<void>
}

/** Text as bytes, and back. */
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
export const text = (data: Uint8Array | null): string | null => (data === null ? null : new TextDecoder().decode(data))
/** The values of records as text, in order. */
export const values = (records: readonly RawRecord[]): (string | null)[] => records.map(record => text(record.value))

let cases = 0
const run = process.pid.toString(36) + Date.now().toString(36)

/** A transaction that stops at one of its steps until it is released, failed or left alone. */
export interface HangingTransaction {
  readonly producer: TransactionalProducer
  /** The outcome of the commit: the place of its records, or its error. */
  readonly outcome: Promise<Appended | MillraceError>
  release(): void
  fail(): void
}

/** The tools of a case: unique names, clients that are closed behind it, and waits that end. */
export class BrokerBench {
  readonly under: BrokerUnderTest
  readonly options: ConformanceOptions
  readonly client: Broker
  readonly id = `${run}-${++cases}`
  #names = 0
  #clients: Broker[] = []
  #releases: (() => void)[] = []

  private constructor(under: BrokerUnderTest, options: ConformanceOptions, client: Broker) {
    this.under = under
    this.options = options
    this.client = client
    this.#clients.push(client)
  }

  static async open(under: BrokerUnderTest, options: ConformanceOptions): Promise<BrokerBench> {
    return new BrokerBench(under, options, await under.connect())
  }

  get admin(): BrokerAdmin {
    return this.client.admin
  }

  /** A name no other case uses. */
  name(what: string): string {
    return `${what}-${this.id}-${++this.#names}`
  }

  async connect(): Promise<Broker> {
    const client = await this.under.connect()
    this.#clients.push(client)
    return client
  }

  /** Creates a topic. Shape: `await bench.topic(3)` is `'topic-<run>-4-1'`. */
  async topic(partitions = 1, config: Record<string, string> = {}): Promise<string> {
    const name = this.name('topic')
    await this.admin.createTopics([{ name, partitions, config: { ...keptForever, ...config } }])
    return name
  }

  /** An initialised producer. */
  async producer(transactionalId = this.name('tx')): Promise<TransactionalProducer> {
    const producer = this.client.producer({ transactionalId, transactionTimeoutMs: 30_000 })
    await producer.init()
    return producer
  }

  /** Writes outside transactions. */
  async write(records: readonly OutgoingRecord[]): Promise<void> {
    const writer = await this.client.writer()
    await writer.send(records)
    await writer.close()
  }

  /** Begins a transaction and resolves when it hangs at the step. */
  async hang(
    transactionalId: string,
    transaction: Transaction,
    at: CommitStep = 'before-end',
    transactionTimeoutMs = 30_000,
  ): Promise<HangingTransaction> {
    let reached = () => {}
    const hanging = new Promise<void>(resolve => {
      reached = resolve
    })
    let release = () => {}
    let fail = () => {}
    const gate = new Promise<void>((resolve, reject) => {
      release = resolve
      fail = () => reject(new Error('the test failed this step'))
    })
    gate.catch(() => {})
    this.#releases.push(release)
    const onStep = (step: CommitStep) => {
      if (step !== at) return
      reached()
      return gate
    }
    const producer = this.client.producer({ transactionalId, transactionTimeoutMs, onStep })
    await producer.init()
    const outcome = producer.commit(transaction).catch((error: unknown) => {
      if (error instanceof MillraceError) return error
      return new UnexpectedError('INTERNAL', `the commit failed with ${String(error)}`, { cause: error })
    })
    const early = outcome.then(result => {
      if (result instanceof MillraceError) throw result
    })
    await this.within(Promise.race([hanging, early]), `the transaction to reach '${at}'`)
    return { producer, outcome, release, fail }
  }

  /** Writes records in a transaction that is aborted because a successor of the same id takes over. */
  async abort(transactionalId: string, records: readonly OutgoingRecord[]): Promise<void> {
    const zombie = await this.hang(transactionalId, { records })
    const successor = await this.producer(transactionalId)
    await successor.close()
    zombie.release()
    await this.within(zombie.outcome, 'the fenced commit to fail')
    await zombie.producer.close()
  }

  /** Reads one partition from a position to the end of its isolation level as it is now, and checks each poll's promises. */
  async read(
    topic: string,
    partition = 0,
    options: Partial<ReaderOptions> & { from?: number } = {},
  ): Promise<{ records: RawRecord[]; position: number; polls: number }> {
    const { from, ...rest } = options
    const isolation = options.isolation ?? 'read_committed'
    const at = { topic, partition }
    const [end] = await this.admin.listOffsets([at], isolation === 'read_committed' ? 'committed' : 'latest')
    const start = from ?? (await this.admin.listOffsets([at], 'earliest'))[0]!
    const reader = this.client.reader({ ...rest, isolation })
    reader.seek(at, start)
    const records: RawRecord[] = []
    let position = start
    let polls = 0
    try {
      await this.until(async () => {
        polls++
        for (const fetched of await reader.poll()) {
          checkFetched(fetched, position)
          records.push(...fetched.records)
          position = fetched.position
        }
        return position >= end!
      }, `position ${end} of ${topic}/${partition}`)
    } finally {
      await reader.close()
    }
    return { records, position, polls }
  }

  /** Polls until the answer for a partition satisfies the test; returns all records seen on the way. */
  async pollUntil(reader: RecordReader, done: (fetched: FetchedPartition) => boolean): Promise<RawRecord[]> {
    const records: RawRecord[] = []
    await this.until(async () => {
      let found = false
      for (const fetched of await reader.poll()) {
        records.push(...fetched.records)
        found ||= done(fetched)
      }
      return found
    }, 'a poll to find what was written')
    return records
  }

  /** Tries until the test holds or the time is up. */
  async until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const end = Date.now() + this.patienceMs
    let held = await this.within(Promise.resolve(holds()), what)
    while (!held && Date.now() <= end) {
      await new Promise(resolve => setTimeout(resolve, 5))
      held = await this.within(Promise.resolve(holds()), what)
    }
    assert.ok(held, `waited ${this.patienceMs} ms for ${what}`)
  }

  /** Waits for a promise, but not for ever. */
  async within<T>(promise: Promise<T>, what: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`waited ${this.patienceMs} ms for ${what}`)), this.patienceMs)
    })
    return Promise.race([promise, deadline]).finally(() => clearTimeout(timer))
  }

  get patienceMs(): number {
    return this.options.patienceMs ?? 20_000
  }

  async close(): Promise<void> {
    for (const release of this.#releases) release()
    for (const client of this.#clients) await client.close()
  }
}

/** A commit failed with an error that is no MillraceError: a defect of the adapter. */
class UnexpectedError extends MillraceError {}

function checkFetched(fetched: FetchedPartition, position: number): void {
  const where = `${fetched.topic}/${fetched.partition}`
  let last = position - 1
  for (const record of fetched.records) {
    if (record.offset <= last) throw new Error(`offset ${record.offset} of ${where} came after ${last}`)
    last = record.offset
  }
  if (fetched.position <= last) throw new Error(`position ${fetched.position} of ${where} is not past record ${last}`)
  if (fetched.position < position) throw new Error(`position of ${where} went from ${position} to ${fetched.position}`)
}

/** A record for a partition. Shape: `record(topic, 'a')` has key `k`, timestamp 1,000. */
export function record(
  topic: string,
  value: string | null,
  rest: Partial<OutgoingRecord> & { text?: string } = {},
): OutgoingRecord {
  const { text: key, ...fields } = rest
  return {
    topic,
    partition: 0,
    timestamp: 1_000,
    key: bytes(key ?? 'k'),
    value: value === null ? null : bytes(value),
    headers: [],
    ...fields,
  }
}

/** The MillraceError that a promise rejects with; fails when it resolves or rejects with anything else. */
export async function refused(promise: Promise<unknown>): Promise<MillraceError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof MillraceError) return error
    throw new Error('rejected with an error that is no MillraceError', { cause: error })
  }
  throw new Error('was expected to be refused, but succeeded')
}
