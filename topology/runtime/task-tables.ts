import type { TaskStorage } from '../../store/contract.ts'
import type { StoreReads } from '../../store/row-cache.ts'
import { WriteBackTable } from '../../store/write-back-table.ts'
import type { Subtopology } from '../definition/graph.ts'
import { changelogTopic } from '../definition/naming.ts'
import { type Awaitable, chain, isPromise, together } from '../definition/record.ts'
import type { StoreChange } from './commit.ts'
import type { PartitionGroup } from './partition-group.ts'
import type { ProcessingEnvironment } from './task-environment.ts'
import type { TaskGraph } from './task-graph.ts'

// biome-ignore lint/suspicious/noExplicitAny: the stores of a task have different types
type AnyTable = WriteBackTable<any, any>

/** Rows past their retention that are deleted in one commit, at most, for each store. */
const expirePerCommit = 1_000

/** The stores of one task as write-back buffers: opened, prefetched, expired and drained together. */
export class TaskTables {
  readonly byName: ReadonlyMap<string, AnyTable>
  readonly #tables: readonly AnyTable[]
  readonly #application: string
  readonly #prefetched = new Map<string, number>()
  readonly #expiring: readonly AnyTable[]
  #expiredAt = Number.NEGATIVE_INFINITY

  private constructor(tables: readonly AnyTable[], application: string) {
    this.#tables = tables
    this.byName = new Map(tables.map(table => [table.definition.name, table]))
    this.#application = application
    this.#expiring = tables.filter(table => table.definition.retentionMs !== undefined)
  }

  /** Makes the buffers over the task's storage; small stores are loaded whole. */
  static async open(
    subtopology: Subtopology,
    partition: number,
    storage: TaskStorage,
    env: ProcessingEnvironment,
    time: { timestamp(): number; streamTime(): number },
  ): Promise<TaskTables> {
    const application = env.graph.definition.name
    const tables = subtopology.stores.map(definition => {
      const codec = env.codecs.stores.get(definition.name)!
      const changelog = { topic: changelogTopic(application, definition.name), partition }
      const maxRecordBytes = env.maxRecordBytes(changelog.topic)
      return new WriteBackTable({
        definition,
        storage,
        changelog,
        codec,
        ...time,
        cacheBytes: env.settings.cacheBytes,
        maxRecordBytes,
      })
    })
    await Promise.all(tables.map(table => table.open()))
    return new TaskTables(tables, application)
  }

  /** True if there are writes that no commit has taken. */
  get changed(): boolean {
    return this.#tables.some(table => table.changed)
  }

  /** Writes that Postgres does not have yet. Units: bytes. */
  get bufferBytes(): number {
    let bytes = 0
    for (const table of this.#tables) bytes += table.bufferBytes
    return bytes
  }

  /** State in memory that Postgres has too. Units: bytes. */
  get cacheBytes(): number {
    let bytes = 0
    for (const table of this.#tables) bytes += table.cleanBytes
    return bytes
  }

  /** The reads of each store since this was last asked. */
  takeReads(): readonly { readonly store: string; readonly reads: StoreReads }[] {
    return this.#tables.map(table => ({ store: table.definition.name, reads: table.takeReads() }))
  }

  /** Asks for the rows that the next records will read, one query a store; no promise when all is in memory. */
  prefetch(graph: TaskGraph, group: PartitionGroup, limit: number): Awaitable<void> {
    if (!graph.prefetches || this.#tables.every(table => table.resident)) return
    const pending: Promise<void>[] = []
    for (const queue of group.queues) {
      if (queue.position < (this.#prefetched.get(queue.key) ?? 0)) continue
      const records = group.decodeAhead(queue, limit)
      const last = records.at(-1)
      if (last === undefined) continue
      this.#prefetched.set(queue.key, last.offset + 1)
      for (const [store, keys] of graph.wanted(queue.topic, records)) {
        const loading = this.byName.get(store)?.prefetch(keys)
        if (isPromise(loading)) pending.push(loading)
      }
    }
    if (pending.length > 0) return Promise.all(pending).then(() => {})
  }

  /**
   * Deletes rows whose retention is over, when stream time has moved on by a tenth of it or some were left. Between records. False
   * when it was not time for that.
   */
  expire(streamTime: number): Awaitable<boolean> {
    const due = this.#expiring.filter(table => streamTime - this.#expiredAt >= table.definition.retentionMs! / 10)
    if (due.length === 0) return false
    this.#expiredAt = streamTime
    return chain(together(due.map(table => table.expire(streamTime, expirePerCommit))), more => {
      if (more.includes(true)) this.#expiredAt = Number.NEGATIVE_INFINITY
      return true
    })
  }

  /** Takes the writes since the last drain: changelog records and rows of every store that changed. */
  drain(): readonly StoreChange[] {
    const changes: StoreChange[] = []
    for (const [store, table] of this.byName) {
      const drained = table.drain()
      if (drained.changes.length === 0) continue
      const changelog = changelogTopic(this.#application, store)
      changes.push({ store, changelog, records: drained.changes, delta: drained.delta, applied: drained.applied })
    }
    return changes
  }
}
