import type { CheckpointMove, StoreDelta, TaskStorage } from '../../store/contract.ts'
import { type RowKey, rowKeyOf } from '../../store/row-key.ts'
import type { Broker, FetchedPartition, RawRecord, TopicPartition } from '../broker/port.ts'
import type { Clock } from '../definition/clock.ts'
import { TaskMigratedError } from '../definition/errors.ts'
import { changelogTopic } from '../definition/naming.ts'
import { isPromise } from '../definition/record.ts'
import type { AnyStore } from '../definition/store.ts'
import { checkpointAhead } from './checkpoint-ahead.ts'
import type { Codecs, RecordCodec } from './codecs.ts'

/** The progress of a restore. Units: records, bytes, ms. */
export interface RestoreProgress {
  readonly store: string
  readonly restored: number
  readonly bytes: number
  /** Offsets still to read: an upper bound of records. */
  readonly remaining: number
  readonly elapsedMs: number
}

/** The parts that a restore needs. `aborted` is called between reads, so that a rebalance can interrupt it. */
interface RestoreOptions {
  readonly application: string
  readonly partition: number
  readonly stores: readonly AnyStore[]
  readonly storage: TaskStorage
  readonly broker: Broker
  readonly codecs: Codecs
  readonly clock: Clock
  /** `delete.retention.ms` of a changelog: the time for which its tombstones are kept for certain. */
  deleteRetentionMs(changelog: string): number
  aborted(): boolean
  onProgress?(progress: RestoreProgress): void
}

/**
 * A commit's checkpoint is the offset after its last record, which is that of its transaction's marker: that offset is no
 * record.
 */
const ownMarker = 1

interface Plan extends TopicPartition {
  readonly store: AnyStore
  readonly from: number
  readonly end: number
  readonly wipe: boolean
}

/**
 * Brings the tables of a task up to the end of their changelogs, from their checkpoints. To be called after the producer
 * fence and the store claim (C4): then nobody else writes these changelog partitions, and their end no longer moves.
 *
 * Committed changes that never reached a table are applied before the first record is processed; what was written and not
 * committed is not read. Complete when the *position* reaches the end offset: the tail may be nothing but markers, or compacted
 * away. A checkpoint older than the changelog's `delete.retention.ms` with records after it may have missed tombstones, and one
 * before the log's start has missed records: such a partition is wiped and restored whole.
 *
 * Returns the checkpoints reached, by store name; undefined where a changelog is empty and nothing was ever applied.
 * Errors: TopologyError CHECKPOINT_AHEAD; TaskMigratedError FENCED; any error of the broker or the storage.
 */
export async function restoreTask(options: RestoreOptions): Promise<ReadonlyMap<string, number | undefined>> {
  const reached = new Map(
    options.stores.map(store => [store.name, options.storage.checkpoints.get(store.name)?.offset]),
  )
  const behind = (await plan(options)).filter(({ from, end, wipe }) => wipe || from < end)
  const long = behind.some(({ from, end, wipe }) => wipe || end - from > staleReadLimit)
  const marked = [...options.storage.checkpoints.values()].some(checkpoint => checkpoint.restoring)
  const together = long || marked ? undefined : await restoreTogether(behind, options)
  if (together) return new Map([...reached, ...together])
  if (options.aborted()) return reached
  if (behind.length > 0 && !marked) await options.storage.markRestoring(true)
  for (const one of behind) {
    if (options.aborted()) return reached
    if (one.wipe) await options.storage.wipe(one.store.name)
    reached.set(one.store.name, await restoreStore(one, options))
  }
  if (!options.aborted()) await options.storage.markRestoring(false)
  return reached
}

/** A restore of fewer offsets than this is over before a reader notices: it reads rows that are a commit old, not 503. */
const staleReadLimit = 1_000
/** At most this much is held to be applied at once. Units: bytes. */
const togetherBytes = 32 * 1024 * 1024

/**
 * Brings stores that lack a commit or two up to date in one transaction, as the commits themselves would have: a reader
 * never sees one store with the commit and another without. Undefined: it is too much for that, and nothing was applied.
 */
async function restoreTogether(
  plans: readonly Plan[],
  options: RestoreOptions,
): Promise<ReadonlyMap<string, number | undefined> | undefined> {
  const stores: StoreDelta[] = []
  const checkpoints = new Map<string, { previous: number | undefined; next: number }>()
  let bytes = 0
  for (const plan of plans) {
    const records: RawRecord[] = []
    const { name } = plan.store
    const enough = () => bytes > togetherBytes
    const read = await readChangelog(plan, options, enough, async fetched => {
      for (const record of fetched.records) bytes += bytesOf(record)
      records.push(...fetched.records)
    })
    if (enough() || options.aborted()) return undefined
    stores.push(await deltaOf(plan.store, records, options.codecs.stores.get(name)!))
    checkpoints.set(name, { previous: options.storage.checkpoints.get(name)?.offset, next: read })
  }
  if (stores.length > 0) await options.storage.apply({ stores, checkpoints })
  return new Map([...checkpoints].map(([store, { next }]) => [store, next]))
}

async function plan(options: RestoreOptions): Promise<readonly Plan[]> {
  const { application, partition, stores, storage, broker } = options
  const at = stores.map(store => ({ topic: changelogTopic(application, store.name), partition }))
  const [starts, ends] = await Promise.all([
    broker.admin.listOffsets(at, 'earliest'),
    broker.admin.listOffsets(at, 'committed'),
  ])
  await checkEnds(options, at, ends)
  return stores.map((store, index) => {
    const { topic } = at[index] as TopicPartition
    const start = starts[index] as number
    const end = ends[index] as number
    const checkpoint = storage.checkpoints.get(store.name)
    const offset = checkpoint?.offset
    if (offset === undefined) return { store, topic, partition, from: start, end, wipe: end > start }
    const old = checkpoint!.ageMs >= options.deleteRetentionMs(topic)
    // Its table may have missed a delete.
    const stale = offset + ownMarker < end && old
    const wipe = stale || offset < start
    return { store, topic, partition, from: wipe ? start : offset, end, wipe }
  })
}

/**
 * A table may hold a commit whose markers are still to be written: it was applied when the coordinator had decided it. The fence of
 * this opening waited for no such commit, so it is that of a later owner, which has fenced this one.
 * Errors: TopologyError CHECKPOINT_AHEAD when a table holds more than the log has; TaskMigratedError FENCED.
 */
async function checkEnds(
  { stores, storage, broker, partition }: RestoreOptions,
  at: readonly TopicPartition[],
  ends: readonly number[],
): Promise<void> {
  const offsets = stores.map(store => storage.checkpoints.get(store.name)?.offset ?? 0)
  if (offsets.every((offset, index) => offset <= ends[index]!)) return
  const logEnds = await broker.admin.listOffsets(at, 'latest')
  for (const [index, offset] of offsets.entries())
    if (offset > logEnds[index]!) throw checkpointAhead(stores[index]!.name, at[index]!, offset, logEnds[index]!)
  const names = stores.filter((_, index) => offsets[index]! > ends[index]!).map(({ name }) => `'${name}'`)
  throw new TaskMigratedError(
    'FENCED',
    `partition ${partition} of ${names.join(', ')} holds a commit that is not yet complete in its changelog: another owner has taken the task`,
    { context: { partition } },
  )
}

/**
 * Returns the checkpoint reached. While a stretch is applied the next one is read and decoded. The checkpoint stays undefined while
 * nothing but aborted records and markers was read, so that a changelog whose first transaction never committed does not look like
 * state without offsets.
 */
async function restoreStore(plan: Plan, options: RestoreOptions): Promise<number | undefined> {
  const { name } = plan.store
  let checkpoint = plan.wipe ? undefined : options.storage.checkpoints.get(name)?.offset
  let applying: Promise<void> = Promise.resolve()
  // Rows are loaded as long as each comes once, as in a changelog that was compacted. From the first that does not they are applied.
  let fresh = plan.wipe
  const write = async (delta: StoreDelta, move: CheckpointMove) => {
    const loadable = fresh && delta.puts.length > 0
    const loaded = loadable && (await options.storage.load(delta, move))
    if (loadable) fresh = loaded
    if (!loaded) await options.storage.apply({ stores: [delta], checkpoints: new Map([[name, move]]) })
  }
  await readChangelog(
    plan,
    options,
    () => false,
    async ({ records }, position) => {
      const delta = await deltaOf(plan.store, records, options.codecs.stores.get(name)!)
      if (checkpoint === undefined && records.length === 0) return
      const move = { previous: checkpoint, next: position }
      await applying
      // Nothing is begun after an interruption: the next owner reads this stretch again.
      if (options.aborted()) return
      applying = write(delta, move)
      // Its failure is thrown where it is awaited: by the next stretch, or at the end.
      applying.catch(() => {})
      checkpoint = position
    },
  ).finally(() => applying.catch(() => {}))
  await applying
  return checkpoint
}

/** Hands over the changelog stretch by stretch, up to its end or until it is `enough`; returns the position reached. */
async function readChangelog(
  { store, topic, partition, from, end }: Plan,
  options: RestoreOptions,
  enough: () => boolean,
  take: (fetched: FetchedPartition, position: number) => Promise<void>,
): Promise<number> {
  const began = options.clock.monotonic()
  const reader = options.broker.reader({ isolation: 'read_committed', maxWaitMs: 50 })
  let position = from
  let restored = 0
  let bytes = 0
  try {
    reader.seek({ topic, partition }, from)
    while (position < end && !enough() && !options.aborted()) {
      for (const fetched of await reader.poll()) {
        position = fetched.position
        await take(fetched, position)
        restored += fetched.records.length
        for (const record of fetched.records) bytes += bytesOf(record)
      }
      const elapsedMs = Math.round(options.clock.monotonic() - began)
      const remaining = Math.max(0, end - position)
      options.onProgress?.({ store: store.name, restored, bytes, remaining, elapsedMs })
    }
    return position
  } finally {
    await reader.close()
  }
}

function bytesOf({ key, value }: RawRecord): number {
  return (key?.length ?? 0) + (value?.length ?? 0)
}

/**
 * The rows that result from a stretch of changelog: the last record of each row counts. A row may have had keys of other
 * bytes, under an older version of its key's schema. Nothing is awaited for serdes that decode at once.
 */
async function deltaOf(store: AnyStore, records: readonly RawRecord[], codec: RecordCodec): Promise<StoreDelta> {
  const rowKey = rowKeyOf(store.key.columns)
  const last = new Map<RowKey, { readonly key: readonly unknown[]; readonly record: RawRecord }>()
  for (const record of records) {
    const decoded = codec.key.decode(record.key)
    const key = store.key.split(isPromise(decoded) ? await decoded : decoded)
    last.set(rowKey(key), { key, record })
  }
  const puts: StoreDelta['puts'][number][] = []
  const deletes: (readonly unknown[])[] = []
  for (const { key, record } of last.values()) {
    if (record.value === null) {
      deletes.push(key)
      continue
    }
    const decoded = codec.value.decode(record.value)
    const value = store.value.split(isPromise(decoded) ? await decoded : decoded)
    puts.push({ key, value, timestamp: record.timestamp })
  }
  return { store: store.name, puts, deletes }
}
