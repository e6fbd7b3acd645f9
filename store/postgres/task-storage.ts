import { taskName } from '../../topology/definition/definition.ts'
import { FatalError } from '../../topology/definition/errors.ts'
import type { AnyStore } from '../../topology/definition/store.ts'
import { refusal, type StandingCheckpoint } from '../checkpoint-verdict.ts'
import type {
  Checkpoint,
  CheckpointMove,
  StoreDelta,
  StoredRow,
  TaskClaim,
  TaskDelta,
  TaskStorage,
} from '../contract.ts'
import { KnownPrefixes } from '../known-prefixes.ts'
import { ApplyStatement } from './apply-statement.ts'
import { type Bookkeeping, bookkeeping } from './bookkeeping.ts'
import type { PostgresClient } from './client.ts'
import type { Clients } from './clients.ts'
import { isRefused, readError, writeError } from './errors.ts'
import { storeTable } from './identifiers.ts'
import { textsLiteral } from './literals.ts'
import { LoadStatement } from './load-statement.ts'
import { RowStatements, type Statement } from './row-statements.ts'
import { lacksPartition, makePartitions } from './time-partitions.ts'

/** Deletes of a whole partition may take long. Units: ms. */
const wipeTimeoutMs = 600_000

/** The tables of one task, under the epoch that `claimTask` took. */
export class PostgresTaskStorage implements TaskStorage {
  readonly epoch: number
  readonly checkpoints: ReadonlyMap<string, Checkpoint>
  readonly #clients: Clients
  readonly #writer: PostgresClient
  readonly #claim: TaskClaim
  readonly #tables: Bookkeeping
  readonly #rows: ReadonlyMap<string, RowStatements>
  readonly #apply: ApplyStatement

  constructor(clients: Clients, claim: TaskClaim, epoch: number, checkpoints: ReadonlyMap<string, Checkpoint>) {
    this.#clients = clients
    this.#writer = clients.writer(claim.task)
    this.#claim = claim
    this.epoch = epoch
    this.checkpoints = checkpoints
    this.#tables = bookkeeping(clients.schema)
    this.#rows = new Map(claim.stores.map(store => [store.name, new RowStatements(clients.schema, store)]))
    this.#apply = new ApplyStatement(clients.schema, claim.stores)
  }

  async get(store: string, keys: readonly (readonly unknown[])[]): Promise<readonly (StoredRow | undefined)[]> {
    const statements = this.#statements(store)
    const found = new Array<StoredRow | undefined>(keys.length)
    for (const raw of await this.#read(store, statements.get(this.#partition, keys)))
      found[Number(raw[0]) - 1] = statements.row(raw, 1)
    return found
  }

  async scan(store: string, range: Parameters<TaskStorage['scan']>[1]): Promise<readonly StoredRow[]> {
    const statements = this.#statements(store)
    const { from = [], to = [], reverse = false, limit } = range
    const rows = await this.#read(store, statements.scan(this.#partition, from, to, reverse, limit))
    return rows.map(raw => statements.row(raw))
  }

  async scanPrefixes(store: string, prefixes: readonly (readonly unknown[])[]): Promise<readonly StoredRow[]> {
    const statements = this.#statements(store)
    const found: StoredRow[] = []
    for (const group of this.#byWidth(store, prefixes))
      for (const raw of await this.#read(store, statements.prefixes(this.#partition, group)))
        found.push(statements.row(raw))
    return found
  }

  async expired(store: string, until: number, limit: number): Promise<readonly (readonly unknown[])[]> {
    const statements = this.#statements(store)
    const rows = await this.#read(store, statements.expired(this.#partition, until, limit))
    return rows.map(raw => statements.key(raw))
  }

  async apply(delta: TaskDelta): Promise<void> {
    const { text, parameters } = this.#apply.of(this.#owner, delta)
    const send = () => this.#writer.request(text, parameters)
    const [row] = await this.#writing('apply a commit', () =>
      send().catch(async error => {
        if (!lacksPartition(error)) throw error
        await this.#makePartitions(delta)
        return send()
      }),
    )
    if (row?.[0] === true) return this.#note(delta)
    await this.#refuse(new Set([...delta.checkpoints.keys(), ...delta.stores.map(one => one.store)]), delta.checkpoints)
  }

  async load(delta: StoreDelta, checkpoint: CheckpointMove): Promise<boolean> {
    const store = this.#store(delta.store)
    // Rows to be deleted are an apply's, and partitions by time are made when one refuses a row.
    if (delta.deletes.length > 0 || store.partitionedBy) return false
    const { schema } = this.#clients
    const { text, rows, check } = new LoadStatement(schema, store, this.#owner, delta, checkpoint)
    const moved = await this.#writing('load rows', () =>
      this.#writer.load(text, rows, check).catch(error => {
        if (isRefused(error)) return undefined
        throw error
      }),
    )
    if (moved?.length !== 1) return false
    this.#note({ stores: [delta], checkpoints: new Map([[delta.store, checkpoint]]) })
    return true
  }

  async markRestoring(restoring: boolean): Promise<void> {
    const names = this.#claim.stores.map(store => store.name)
    const moved = await this.#write(
      'mark its restore',
      `update ${this.#tables.checkpoints} set restoring = $5::boolean
        where application = $1::text and partition = $2::int and epoch = $3::bigint and store = any($4::text::text[])
        returning store`,
      [this.#claim.application, this.#partition, this.epoch, textsLiteral(names), restoring],
    )
    if (moved.length !== names.length) await this.#refuse(names, new Map())
    if (restoring) return
    const { statistics, schema } = this.#clients
    for (const store of this.#claim.stores) statistics.restored(schema, store)
  }

  async wipe(store: string): Promise<void> {
    const definition = this.#store(store)
    const moved = await this.#write(
      'wipe a store',
      `with owned as (
        update ${this.#tables.checkpoints} set changelog_offset = null
        where application = $1::text and partition = $2::int and epoch = $3::bigint and store = $4::text returning 1),
      wiped as (
        delete from ${storeTable(this.#clients.schema, definition)}
        where partition = $2::int and (select count(*) from owned) = 1)
      select 1 from owned`,
      [this.#claim.application, this.#partition, this.epoch, store],
      wipeTimeoutMs,
    )
    if (moved.length !== 1) await this.#refuse([store], new Map())
  }

  /** Nothing is held between requests: the connections are the worker's. */
  async release(): Promise<void> {}

  get #partition(): number {
    return this.#claim.task.partition
  }

  get #owner() {
    return { application: this.#claim.application, partition: this.#partition, epoch: this.epoch }
  }

  #note({ stores }: TaskDelta): void {
    const { statistics, schema } = this.#clients
    for (const { store, puts } of stores) if (puts.length > 0) statistics.wrote(schema, this.#store(store), puts.length)
  }

  #store(name: string): AnyStore {
    return this.#claim.stores.find(store => store.name === name) as AnyStore
  }

  #statements(store: string): RowStatements {
    return this.#rows.get(store) as RowStatements
  }

  /** Prefixes of one width in one group, without those that a shorter one includes. */
  #byWidth(store: string, prefixes: readonly (readonly unknown[])[]): Iterable<readonly (readonly unknown[])[]> {
    const definition = this.#store(store)
    const covered = new KnownPrefixes(definition.key.columns)
    const groups = new Map<number, (readonly unknown[])[]>()
    for (const prefix of [...prefixes].sort((a, b) => a.length - b.length)) {
      if (covered.covers(prefix)) continue
      covered.add(prefix)
      const group = groups.get(prefix.length)
      if (group) group.push(prefix)
      else groups.set(prefix.length, [prefix])
    }
    return groups.values()
  }

  async #read(store: string, { text, parameters }: Statement): Promise<readonly (readonly unknown[])[]> {
    try {
      return await this.#clients.reader().request(text, parameters)
    } catch (error) {
      throw readError(error, `read store '${store}' for task ${taskName(this.#claim.task)}`)
    }
  }

  /** The partitions that the delta's rows need, in the stores that are split by time. */
  async #makePartitions({ stores }: TaskDelta): Promise<void> {
    const { schema } = this.#clients
    for (const delta of stores) {
      const store = this.#claim.stores.find(one => one.name === delta.store)
      if (store?.partitionedBy && delta.puts.length > 0)
        await this.#writer.request(makePartitions(schema, store, delta), [])
    }
  }

  #write(what: string, text: string, parameters: readonly unknown[], timeoutMs?: number) {
    return this.#writing(what, () => this.#writer.request(text, parameters, timeoutMs))
  }

  async #writing<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw writeError(error, `${what} of task ${taskName(this.#claim.task)}`)
    }
  }

  /** Handles a write whose guard did not hold: throws the reason (C5). Nothing was written. */
  async #refuse(stores: Iterable<string>, checkpoints: TaskDelta['checkpoints']): Promise<void> {
    const names = [...stores]
    const rows = await this.#write(
      'read its checkpoints',
      `select store, epoch, changelog_offset from ${this.#tables.checkpoints}
        where application = $1::text and partition = $2::int and store = any($3::text::text[])`,
      [this.#claim.application, this.#partition, textsLiteral(names)],
    )
    const standing = new Map<string, StandingCheckpoint>()
    for (const [store, epoch, offset] of rows)
      standing.set(store as string, {
        epoch: Number(epoch),
        offset: offset === null ? undefined : Number(offset),
      })
    const refused = refusal(this.#claim.task, this.epoch, standing, checkpoints, names)
    if (refused) throw refused
    throw new FatalError(
      'INTERNAL',
      `the guard of task ${taskName(this.#claim.task)} refused a write for no reason that its checkpoints show`,
    )
  }
}
