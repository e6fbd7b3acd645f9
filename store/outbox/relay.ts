import {
  type Broker,
  type OutgoingRecord,
  partitionKey,
  type TransactionalProducer,
} from '../../topology/broker/port.ts'
import type { Clock } from '../../topology/definition/clock.ts'
import { FatalError, messageOf, SerdeError, TopologyError } from '../../topology/definition/errors.ts'
import type { SchemaRegistry } from '../../topology/definition/serde.ts'
import type { AnyTopic } from '../../topology/definition/topic.ts'
import { partitionOf } from '../../topology/runtime/partitioner.ts'
import { type BoundTopic, bindTopics } from './bound-topic.ts'
import type { Outbox, OutboxMark, PendingEntry } from './outbox.ts'
import { publishedSince } from './published-since.ts'

/*
 * The invariants by which every entry becomes exactly one record:
 *
 *  O1 One relay leads: it holds the lease in Postgres, and its producer's `init` has fenced every older one. A relay that
 *     was only slow can neither commit (Kafka) nor mark (the epoch) after that.
 *  O2 A record's transaction commits before its entry is marked. So after a crash a published entry may look pending, never
 *     the other way round; the new leader reads the topics from the last marks, after the fence, and marks what it finds.
 *  O3 It reads up to the high watermark of that moment as a read_committed reader, that is, until the LSO has reached it: the
 *     LSO itself may be before the predecessor's last records while some other producer's transaction is open.
 *  O4 Marks exist before the first record of a partition is sent, so none of our records ever comes before them.
 *  O5 Entries go out in their order, one batch at a time, so those of one key stay in order. One that cannot be published is set
 *     apart with the reason, and those of its key wait behind it until it is retried or skipped; other keys go on.
 *  O6 An entry is removed only after it was marked, so (O2) after its record was committed. No mark needs it: catching up
 *     looks for entries that wait. The row that was written with it stays, and prevents a second entry of its event.
 */

/** The parts and times that a relay works with. */
export interface RelayOptions {
  readonly outbox: Outbox
  readonly broker: Broker
  readonly registry: SchemaRegistry
  readonly clock: Clock
  /** Names the producer: one a topology. */
  readonly application: string
  /** Topics that entries may be for. */
  readonly topics: readonly AnyTopic[]
  /** The time that a dead leader is waited for. Unset: 5,000. Units: ms. */
  readonly leaseMs?: number
  /** The time that an empty outbox is left alone. Unset: 50. Units: ms. */
  readonly pollMs?: number
  /** The time that published entries are kept, for people to look at. Unset: 7 days. Units: ms. */
  readonly keepMs?: number
  /** The time between two removals of those past it. Unset: 60,000. Units: ms. */
  readonly pruneMs?: number
  /** Is called with each outage. */
  readonly report?: (error: unknown) => void
  /** Kill point for tests: called between the commit of a batch and its mark. */
  onPublished?(entries: readonly PendingEntry[]): void | Promise<void>
}

/** A relay that runs until it is stopped. Beside another one it is on standby. */
export interface OutboxRelay {
  /**
   * Resolves with the error that ended it: a topic of the topology that does not exist, or, before Postgres has accepted it once, a
   * URL that is refused. Never rejects.
   */
  readonly failed: Promise<unknown>
  /** Ends after the batch under way and gives up the lead. */
  stop(): Promise<void>
}

const batchSize = 500

/** The time that published entries are kept, unless a relay is told otherwise. Units: ms. */
export const usualKeepMs = 7 * 24 * 3_600_000

/** Starts publishing the outbox's entries. */
export function startRelay(options: RelayOptions): OutboxRelay {
  const stopping = new AbortController()
  let fail: (error: unknown) => void = () => {}
  const failed = new Promise<unknown>(resolve => {
    fail = resolve
  })
  const running = relay(options, stopping.signal).catch(fail)
  return {
    failed,
    async stop() {
      stopping.abort()
      await running
    },
  }
}

/** Leads, again and again: an outage or a lost lead costs a pause, not the relay. */
async function relay(options: RelayOptions, signal: AbortSignal): Promise<void> {
  const { outbox, clock, leaseMs = 5_000, pollMs = 50, report = () => {} } = options
  let reached = false
  while (!signal.aborted) {
    try {
      const epoch = await outbox.lead(leaseMs)
      reached = true
      if (epoch !== undefined) await leadAs(epoch, options, signal)
    } catch (error) {
      if (isFinal(error, reached)) throw error
      report(error)
    }
    await clock.sleep(Math.max(pollMs, leaseMs / 10), signal)
  }
}

/**
 * A URL that Postgres refuses is wrong when the relay starts. Once Postgres has accepted it (`reached`) a refusal is an outage: a
 * password that is being changed, a database that is being renamed.
 */
function isFinal(error: unknown, reached: boolean): boolean {
  if (error instanceof TopologyError && error.code === 'CONFIG_INVALID') return !reached
  return error instanceof SerdeError || error instanceof TopologyError || error instanceof FatalError
}

async function leadAs(epoch: number, options: RelayOptions, signal: AbortSignal): Promise<void> {
  const { outbox, broker, application, leaseMs = 5_000, pollMs = 50, pruneMs = 60_000, clock } = options
  const producer = broker.producer({ transactionalId: `${application}-outbox-relay` })
  try {
    await producer.init()
    await outbox.renew(epoch, leaseMs)
    const topics = await bindTopics(options.topics, broker, options.registry)
    await catchUp(epoch, topics, options)
    let renewedAt = clock.monotonic()
    let prunedAt = Number.NEGATIVE_INFINITY
    while (!signal.aborted) {
      const entries = await outbox.pending(batchSize, epoch)
      if (entries.length > 0) await publish(epoch, producer, topics, entries, options)
      else await clock.sleep(pollMs, signal)
      // One batch per turn, so that many old entries delay no new one.
      if (clock.monotonic() - prunedAt >= pruneMs) {
        const removed = await outbox.prune(options.keepMs ?? usualKeepMs, batchSize)
        if (removed < batchSize) prunedAt = clock.monotonic()
      }
      if (clock.monotonic() - renewedAt < leaseMs / 3) continue
      await outbox.renew(epoch, leaseMs)
      renewedAt = clock.monotonic()
    }
    await outbox.release(epoch)
  } finally {
    await producer.close()
  }
}

/**
 * O2: marks entries that a predecessor published and could not mark. O4: moves the marks to the ends that were read. If no entry
 * waits, there is nothing to look for: an entry that is not visible yet was not visible to a predecessor either.
 */
async function catchUp(epoch: number, topics: ReadonlyMap<string, BoundTopic>, options: RelayOptions): Promise<void> {
  const { outbox, broker, leaseMs = 5_000 } = options
  const [waiting] = await outbox.pending(1, epoch)
  const from = waiting === undefined ? [] : await outbox.marks()
  const found = await publishedSince(from, topics, broker, () => outbox.renew(epoch, leaseMs))
  for (let at = 0; at < found.eventIds.length; at += batchSize)
    await outbox.settleEvents(epoch, found.eventIds.slice(at, at + batchSize))
  await outbox.settle(epoch, [], found.ends)
}

async function publish(
  epoch: number,
  producer: TransactionalProducer,
  topics: ReadonlyMap<string, BoundTopic>,
  entries: readonly PendingEntry[],
  { outbox, onPublished, report = () => {} }: RelayOptions,
): Promise<void> {
  const sent: { readonly entry: PendingEntry; readonly record: OutgoingRecord }[] = []
  const stuck = new Set<string>()
  for (const entry of entries) {
    const place = JSON.stringify([entry.topic, entry.key])
    if (stuck.has(place)) continue
    try {
      sent.push({ entry, record: recordOf(entry, topics) })
    } catch (error) {
      stuck.add(place)
      await outbox.setApart(epoch, entry.id, messageOf(error))
      report(error)
    }
  }
  if (sent.length === 0) return
  const appended = await producer.commit({ records: sent.map(({ record }) => record) })
  await onPublished?.(sent.map(({ entry }) => entry))
  await outbox.settle(
    epoch,
    sent.map(({ entry }) => entry.id),
    marksOf(appended, topics),
  )
}

/** The fields of an event that a relay reads. */
interface PostedEvent {
  readonly eventId?: unknown
  /** Units: ms. */
  readonly occurredAt?: number | null
}

/**
 * The record of an entry, by computation alone: whatever it throws belongs to the entry, also an event that the serde cannot even look
 * at. Errors: TopologyError TOPIC_MISSING; SerdeError ENCODE_FAILED.
 */
function recordOf(
  { topic, key, event, eventId, headers: given, postedAt }: PendingEntry,
  topics: ReadonlyMap<string, BoundTopic>,
): OutgoingRecord {
  const bound = topics.get(topic)
  if (!bound)
    throw new TopologyError(
      'TOPIC_MISSING',
      `outbox entry '${eventId}' is for topic '${topic}', which the relay does not know`,
    )
  const value = readEvent(bound, event, eventId)
  // O2: by this field a successor finds the record of an entry that was not marked.
  if (value.eventId !== eventId)
    throw new SerdeError(
      'ENCODE_FAILED',
      `the event of outbox entry '${eventId}' does not name it, topic '${topic}': give its field eventId the entry's id`,
    )
  const keyBytes = bound.key.encode(key)
  if (keyBytes === null) throw new SerdeError('ENCODE_FAILED', `outbox entry '${eventId}' has no key: fix the entry`)
  const partition = partitionOf(keyBytes, bound.partitions)
  const timestamp = value.occurredAt ?? postedAt
  const headers = Object.entries(given).map(([name, text]) => ({ key: name, value: Buffer.from(text) }))
  return { topic, partition, timestamp, key: keyBytes, value: bound.value.encode(value), headers }
}

function readEvent({ topic }: BoundTopic, event: unknown, eventId: string): PostedEvent {
  try {
    const value = topic.value.sql.fromSql(event) as PostedEvent | null
    if (value !== null) return value
  } catch (cause) {
    throw unreadable(topic.name, eventId, cause)
  }
  throw unreadable(topic.name, eventId, undefined)
}

function unreadable(topic: string, eventId: string, cause: unknown): SerdeError {
  const said = cause === undefined ? 'it is null' : messageOf(cause)
  return new SerdeError(
    'ENCODE_FAILED',
    `the event of outbox entry '${eventId}' is not one of topic '${topic}' (${said}): another version of the gateway wrote it`,
    { cause },
  )
}

function marksOf(
  appended: ReadonlyMap<string, number>,
  topics: ReadonlyMap<string, BoundTopic>,
): readonly OutboxMark[] {
  const marks: OutboxMark[] = []
  for (const [topic, { partitions }] of topics)
    for (let partition = 0; partition < partitions; partition++) {
      const position = appended.get(partitionKey(topic, partition))
      if (position !== undefined) marks.push({ topic, partition, position })
    }
  return marks
}
