import {
  type Broker,
  type FetchedPartition,
  partitionKey,
  type RawRecord,
  type TopicPartition,
} from '../broker/port.ts'
import { backoffMs, backoffs } from '../definition/backoff.ts'
import type { Clock } from '../definition/clock.ts'
import type { TaskId } from '../definition/definition.ts'
import { FatalError, type MillraceError, TaskMigratedError } from '../definition/errors.ts'
import type { GlobalTableSource } from '../definition/graph.ts'
import type { TaskTable } from '../definition/store.ts'
import type { Codecs } from './codecs.ts'
import { GlobalRows } from './global-rows.ts'
import { InputReader } from './input-reader.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import { Outages } from './outages.ts'
import { outageOf } from './retry.ts'

interface OpenEnvironment {
  readonly broker: Broker
  readonly codecs: Codecs
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
  partitionsOf(topic: string): number
  fatal(error: unknown): void
}

/** A global table that is being opened or is open: it can be closed at any time, whether it has caught up or not. */
interface Opening {
  readonly rows: GlobalRows
  /** Resolves when the table has reached the end that its topic had; rejects when it cannot, or was closed before. */
  readonly caughtUp: Promise<void>
  close(): Promise<void>
}

/**
 * The global tables of one worker: each is its topic, all partitions, read whole before the first task opens, and kept up to
 * date from then on. One read-only copy a worker, without an epoch and without a group.
 */
export class GlobalTables {
  readonly #env: OpenEnvironment
  readonly #tables = new Map<string, Opening>()
  #closed = false

  constructor(env: OpenEnvironment) {
    this.#env = env
  }

  get byName(): ReadonlyMap<string, TaskTable<unknown, unknown>> {
    return new Map([...this.#tables].map(([name, { rows }]) => [name, rows]))
  }

  /**
   * Resolves when every table has reached the end that its topic had. When it rejects, `close` closes the tables that it
   * has opened.
   * Errors: those that `fatal` is called with meanwhile; TaskMigratedError when `close` is called before.
   */
  async open(tables: readonly GlobalTableSource[]): Promise<void> {
    await Promise.all(tables.map(table => this.#open(table)))
  }

  async #open(table: GlobalTableSource): Promise<void> {
    const env = this.#env
    const partitions = table.source.topics.flatMap(topic =>
      Array.from({ length: env.partitionsOf(topic) }, (_, partition) => ({ topic, partition })),
    )
    const starts = await env.broker.admin.listOffsets(partitions, 'earliest')
    const ends = await env.broker.admin.listOffsets(partitions, 'committed')
    const { name } = table.store
    if (this.#closed) throw wasClosed(name)
    const spans = partitions.map((at, index) => ({ ...at, start: starts[index]!, end: ends[index]! }))
    const opening = openOne(table, spans, env)
    this.#tables.set(name, opening)
    await opening.caughtUp
  }

  /** Ends the reading, and an `open` that has not finished. */
  async close(): Promise<void> {
    this.#closed = true
    const tables = [...this.#tables.values()]
    this.#tables.clear()
    await Promise.all(tables.map(table => table.close()))
  }
}

function wasClosed(table: string): TaskMigratedError {
  return new TaskMigratedError('GENERATION_ENDED', `global table '${table}' was closed`)
}

/** The reader of a global table in the metrics, which tell by task: it reads all partitions. */
function readerOf({ source }: GlobalTableSource): TaskId {
  return { subtopology: source.name, partition: 0 }
}

interface Span extends TopicPartition {
  readonly start: number
  readonly end: number
}

function openOne(table: GlobalTableSource, partitions: readonly Span[], env: OpenEnvironment): Opening {
  const { name } = table.source
  const rows = new GlobalRows(table.store, reason => env.metrics.skipped?.(readerOf(table), name, reason))
  const over = new AbortController()
  const behind = new Map<string, number>()
  for (const { topic, partition, start, end } of partitions)
    if (start < end) behind.set(partitionKey(topic, partition), end)
  let caughtUp = () => {}
  let refused: (error: unknown) => void = () => {}
  const ready = new Promise<void>((resolve, reject) => {
    caughtUp = resolve
    refused = reject
  })
  // Once the table is open nobody waits for this promise any more: `env.fatal` has been called.
  ready.catch(() => {})
  const fatal = (error: unknown) => {
    if (over.signal.aborted) return
    refused(error)
    env.fatal(error)
  }
  const hold = (held: boolean) => {
    if (over.signal.aborted) throw wasClosed(table.store.name)
    for (const at of partitions) held ? reader.reader.pause(at) : reader.reader.resume(at)
  }
  let installing: Promise<void> = Promise.resolve()
  const install = async (fetched: FetchedPartition) => {
    await installAll(rows, fetched, env, hold, over.signal)
    const key = partitionKey(fetched.topic, fetched.partition)
    if (fetched.position >= (behind.get(key) ?? 0)) behind.delete(key)
    if (behind.size === 0) caughtUp()
  }
  const listener = {
    deliver: (fetched: FetchedPartition) => {
      installing = installing.then(() => install(fetched)).catch(fatal)
    },
    failed: (topic: string, partition: number, error: MillraceError) =>
      fatal(
        new FatalError(
          'OFFSET_OUT_OF_RANGE',
          `global table '${table.store.name}' cannot read ${topic}/${partition}: the topic was truncated or made anew. Start again`,
          { cause: error },
        ),
      ),
    allFailed(error: unknown) {
      fatal(error)
      return false
    },
  }
  const reader = new InputReader(env.broker.reader({ isolation: 'read_committed' }), listener, env.clock, env.log)
  for (const at of partitions) reader.reader.seek(at, at.start)
  reader.start()
  if (behind.size === 0) caughtUp()
  const close = () => {
    over.abort()
    refused(wasClosed(table.store.name))
    return reader.close()
  }
  return { rows, caughtUp: ready, close }
}

/**
 * Installs the records. While the registry is away, so that a schema cannot be looked up, it waits and reading is paused.
 * Errors: those of records that cannot be decoded.
 */
async function installAll(
  rows: GlobalRows,
  { topic, records }: FetchedPartition,
  { codecs, clock, log }: Pick<OpenEnvironment, 'codecs' | 'clock' | 'log'>,
  hold: (held: boolean) => void,
  over: AbortSignal,
): Promise<void> {
  const codec = codecs.topics.get(topic)!
  const outages = new Outages(log)
  const name = `the global table of topic '${topic}'`
  for (let index = 0, failures = 0; index < records.length; ) {
    const record = records[index] as RawRecord
    try {
      await rows.install(record, codec)
      if (failures > 0) hold(false)
      outages.over(name, { topic })
      failures = 0
      index++
    } catch (error) {
      const outage = outageOf(error)
      if (outage === undefined) throw error
      failures++
      outages.note(name, outage.code, outage.message, { topic })
      hold(true)
      await clock.sleep(backoffMs(backoffs.outage, failures, clock), over)
    }
  }
}
