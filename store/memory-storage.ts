import type { Clock } from '../topology/definition/clock.ts'
import { taskName } from '../topology/definition/definition.ts'
import { FatalError, messageOf, TopologyError } from '../topology/definition/errors.ts'
import type { AnyStore, ScanRange } from '../topology/definition/store.ts'
import { sqlTableName } from '../topology/definition/stores/naming.ts'
import { refusal, type StandingCheckpoint } from './checkpoint-verdict.ts'
import type { Checkpoint, StateStorage, StoreDelta, StoredRow, TaskClaim, TaskDelta, TaskStorage } from './contract.ts'
import { type StoreFaults, type StoreOperation, underFaults } from './memory-faults.ts'
import { checkKey, checkValue } from './row-checks.ts'
import { RowIndex } from './row-index.ts'

/** The rows and the state of a store in one partition. */
interface Part {
  readonly rows: RowIndex<StoredRow>
  epoch: number
  offset: number | undefined
  writtenAt: number
  restoring: boolean
}

/** One table. */
interface Table {
  readonly application: string
  readonly definition: AnyStore
  readonly parts: Map<number, Part>
}

/** A state storage in memory that refuses what Postgres refuses, for the test driver and the simulation. */
export interface MemoryStorage extends StateStorage {
  claim(task: TaskClaim): Promise<MemoryTaskStorage>
  /** The rows of a store, of all partitions, in key order within each. */
  rows(store: string): readonly StoredRow[]
  /** The rows of a store in each partition, with the checkpoint that they belong to. */
  cuts(store: string): readonly StoreCut[]
  /** All tables as they are now: a backup. */
  backup(): MemoryBackup
  /** Replaces all tables by a backup, while tasks may be using them; without one they are lost. */
  replace(backup?: MemoryBackup): void
}

/** The tables of one task in memory. */
export interface MemoryTaskStorage extends TaskStorage {
  /** As `apply`, at once and without faults: for a task that is stepped. */
  applyNow(delta: TaskDelta): void
}

/** The rows of one partition, and the changelog offset before which they include every change; undefined: nothing was applied. */
export interface StoreCut {
  readonly partition: number
  readonly offset: number | undefined
  readonly rows: readonly StoredRow[]
}

/** Tables as they were at one time: parts by table and partition. */
export type MemoryBackup = ReadonlyMap<
  string,
  ReadonlyMap<number, Omit<Part, 'rows'> & { readonly rows: readonly StoredRow[] }>
>

/** The options of the storage. `clock` gives the times of checkpoints. */
interface MemoryStorageOptions {
  readonly clock: Pick<Clock, 'now'>
  readonly faults?: StoreFaults
}

/** A state storage in memory. It outlives the tasks and workers that use it, as a database does. */
export function memoryStorage({ clock, faults }: MemoryStorageOptions): MemoryStorage {
  const tables = new Map<string, Table>()
  // Outlives a lost table, as the time by which Postgres counts does.
  let epoch = 0
  const nextEpoch = () => ++epoch
  return {
    migrate: async (application, stores) => {
      for (const store of stores) addTable(tables, application, store)
    },
    claim: task =>
      underFaults(faults, { operation: 'Claim', task: taskName(task.task) }, () =>
        claim(tables, task, clock, nextEpoch, faults),
      ),
    rows: store => cuts(tables, store).flatMap(({ rows }) => rows),
    cuts: store => cuts(tables, store),
    backup: () => new Map([...tables].map(([name, { parts }]) => [name, backupOf(parts)])),
    replace: backup => {
      for (const [name, { parts }] of tables)
        for (const [partition, part] of parts) refill(part, backup?.get(name)?.get(partition))
    },
    close: async () => {},
  }
}

function cuts(tables: ReadonlyMap<string, Table>, store: string): readonly StoreCut[] {
  const parts = [...(tables.get(sqlTableName(store))?.parts ?? [])].sort(([a], [b]) => a - b)
  return parts.map(([partition, { rows, offset }]) => ({ partition, offset, rows: [...rows.range({})] }))
}

function backupOf(parts: ReadonlyMap<number, Part>) {
  return new Map([...parts].map(([partition, part]) => [partition, { ...part, rows: [...part.rows.range({})] }]))
}

/** Epochs come back too, as with a real backup. */
function refill(part: Part, from: (Omit<Part, 'rows'> & { readonly rows: readonly StoredRow[] }) | undefined): void {
  part.rows.clear()
  for (const row of from?.rows ?? []) part.rows.set(row.key, row)
  part.epoch = from?.epoch ?? 0
  part.offset = from?.offset
  part.writtenAt = from?.writtenAt ?? part.writtenAt
  part.restoring = from?.restoring ?? false
}

function addTable(tables: Map<string, Table>, application: string, definition: AnyStore): Table {
  const name = sqlTableName(definition.name)
  const table = tables.get(name)
  if (table === undefined) {
    const made: Table = { application, definition, parts: new Map() }
    tables.set(name, made)
    return made
  }
  if (table.application !== application || table.definition.name !== definition.name)
    throw new TopologyError(
      'STORE_INCOMPATIBLE',
      `table '${name}' belongs to store '${table.definition.name}' of application '${table.application}': rename store '${definition.name}' or use another schema`,
    )
  if (shapeOf(table.definition) !== shapeOf(definition))
    throw new TopologyError(
      'STORE_INCOMPATIBLE',
      `table '${name}' has the columns ${shapeOf(table.definition)} and store '${definition.name}' asks for ${shapeOf(definition)}: rename the store`,
    )
  return table
}

function shapeOf({ key, value }: AnyStore): string {
  return [...key.columns, ...value.columns].map(({ name, sql }) => `${name} ${sql.pg}`).join(', ')
}

function claim(
  tables: Map<string, Table>,
  { application, task, stores }: TaskClaim,
  clock: Pick<Clock, 'now'>,
  nextEpoch: () => number,
  faults: StoreFaults | undefined,
): MemoryTaskStorage {
  const parts = new Map<string, { readonly definition: AnyStore; readonly part: Part }>()
  for (const definition of stores) {
    const table = addTable(tables, application, definition)
    let part = table.parts.get(task.partition)
    if (part === undefined) {
      const rows = new RowIndex<StoredRow>(definition.key.columns)
      part = { rows, epoch: 0, offset: undefined, writtenAt: clock.now(), restoring: false }
      table.parts.set(task.partition, part)
    }
    parts.set(definition.name, { definition, part })
  }
  const epoch = nextEpoch()
  const checkpoints = new Map<string, Checkpoint>()
  for (const [name, { part }] of parts) {
    part.epoch = epoch
    checkpoints.set(name, { offset: part.offset, ageMs: clock.now() - part.writtenAt, restoring: part.restoring })
  }
  const standing = new Map<string, StandingCheckpoint>([...parts].map(([name, { part }]) => [name, part]))
  const guard = (deltas: TaskDelta['checkpoints'], names: Iterable<string>) => {
    const refused = refusal(task, epoch, standing, deltas, names)
    if (refused) throw refused
  }
  const run = <T>(operation: StoreOperation, work: () => T) =>
    underFaults(faults, { operation, task: taskName(task) }, work)
  const rowsOf = (store: string) => parts.get(store)!.part.rows
  const applyNow = (delta: TaskDelta) => {
    guard(delta.checkpoints, [...delta.checkpoints.keys(), ...delta.stores.map(({ store }) => store)])
    for (const one of delta.stores) checkDelta(parts.get(one.store)!.definition, one)
    for (const one of delta.stores) applyDelta(rowsOf(one.store), one)
    for (const [store, { next }] of delta.checkpoints) {
      const { part } = parts.get(store)!
      part.offset = next
      part.writtenAt = clock.now()
    }
  }
  return {
    epoch,
    checkpoints,
    get: (store, keys) => run('Get', () => keys.map(key => rowsOf(store).get(key))),
    scan: (store, range) => run('Scan', () => scan(rowsOf(store), range)),
    scanPrefixes: (store, prefixes) =>
      run('Scan', () => {
        const found = new Set<StoredRow>()
        for (const prefix of prefixes)
          for (const row of rowsOf(store).range({ from: prefix, to: prefix })) found.add(row)
        return [...found]
      }),
    expired: (store, until, limit) => {
      const read = () => expired(parts.get(store)!, until, limit)
      return faults === undefined ? read() : run('Scan', read)
    },
    apply: delta => run('Apply', () => applyNow(delta)),
    applyNow,
    load: (delta, checkpoint) =>
      run('Apply', () => {
        const checkpoints = new Map([[delta.store, checkpoint]])
        guard(checkpoints, [delta.store])
        if (delta.puts.some(({ key }) => rowsOf(delta.store).get(key) !== undefined)) return false
        applyNow({ stores: [delta], checkpoints })
        return true
      }),
    markRestoring: restoring =>
      run('Apply', () => {
        guard(new Map(), parts.keys())
        for (const { part } of parts.values()) part.restoring = restoring
      }),
    wipe: store =>
      run('Wipe', () => {
        guard(new Map(), [store])
        const { part } = parts.get(store)!
        part.rows.clear()
        part.offset = undefined
      }),
    release: async () => {},
  }
}

function scan(rows: RowIndex<StoredRow>, range: ScanRange): readonly StoredRow[] {
  const found: StoredRow[] = []
  const limit = range.limit ?? Number.POSITIVE_INFINITY
  for (const row of rows.range(range)) {
    if (found.length >= limit) break
    found.push(row)
  }
  return found
}

function expired(
  { definition, part }: { readonly definition: AnyStore; readonly part: Part },
  until: number,
  limit: number,
): readonly (readonly unknown[])[] {
  const timeOf = (row: StoredRow) => retentionTime(definition, row)
  const over = [...part.rows.range({})].filter(row => timeOf(row) <= until)
  return over
    .sort((a, b) => timeOf(a) - timeOf(b))
    .slice(0, limit)
    .map(row => row.key)
}

/** A row's time as retention counts it: the key column that the store names, or the record's timestamp. Units: ms. */
function retentionTime({ retainedBy }: AnyStore, row: StoredRow): number {
  return retainedBy === undefined ? row.timestamp : Number(row.key[retainedBy])
}

/** Postgres would refuse the whole delta. Errors: FatalError APPLY_REFUSED. */
function checkDelta(definition: AnyStore, { puts, deletes }: StoreDelta): void {
  try {
    for (const { key, value } of puts) {
      checkKey(definition, key)
      checkValue(definition, value)
    }
    for (const key of deletes) checkKey(definition, key)
  } catch (error) {
    throw new FatalError('APPLY_REFUSED', `committed data is refused, ${messageOf(error)}`, { cause: error })
  }
}

function applyDelta(rows: RowIndex<StoredRow>, { puts, deletes }: StoreDelta): void {
  for (const key of deletes) rows.delete(key)
  for (const row of puts) rows.set(row.key, row)
}
