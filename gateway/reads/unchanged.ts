import { bookkeeping } from '../../store/postgres/bookkeeping.ts'
import { collation, quoted, storeTable } from '../../store/postgres/identifiers.ts'
import type { AnyStore } from '../../topology/definition/store.ts'
import type { Reading } from './reading.ts'
import type { Snapshot, Snapshots } from './snapshot-pool.ts'
import type { StoreLocation } from './store-state.ts'

/** Answers that are read again only when a row that stands for them was written. */
export interface Unchanged<T extends object> {
  /** The answer for a key; the same object as the last time while nothing has changed. Errors: as `Snapshots.read`. */
  read(key: string): Promise<Reading<T>>
}

/** The options of remembered answers. */
interface UnchangedOptions<T> {
  readonly snapshots: Snapshots
  readonly location: StoreLocation
  /**
   * Stores whose row of the key is written whenever anything in the answer changes, in the same transaction; their key has one
   * column. Postgres gives a row a new version (`xmin`, `ctid`) each time it is written, so they stand for the answer.
   */
  readonly rows: readonly AnyStore[]
  /** Every store that the answer is read from: while one of them is being rebuilt nothing is remembered. */
  readonly stores: readonly AnyStore[]
  /** Number of answers that are kept; the one that was asked for longest ago goes first. */
  readonly limit: number
  /** Reads the answer itself. */
  readonly read: (snapshot: Snapshot, key: string) => Promise<Reading<T>>
}

/** An answer, and the versions that it was read at. */
interface Remembered<T> {
  readonly version: string
  readonly value: T
}

/**
 * Remembers answers by the versions of the rows that stand for them. Each request reads these versions in one statement, so it
 * sees every commit that was acknowledged before it came; the answer itself is read only when they have changed, together
 * with them in one snapshot.
 */
export function unchanged<T extends object>(options: UnchangedOptions<T>): Unchanged<T> {
  const { snapshots, limit, read } = options
  const answers = new Map<string, Remembered<T>>()
  const text = versionStatement(options)
  const names = options.stores.map(({ name }) => name).join(',')
  const { application } = options.location
  const versionOf = async ({ sql }: Snapshot, key: string): Promise<string | undefined> => {
    const [row] = await sql.unsafe(text, [application, names, key], { prepare: true }).values()
    return row?.[0] === true ? JSON.stringify(row.slice(1)) : undefined
  }
  const readNow = async (key: string): Promise<Reading<T>> => {
    const known = answers.get(key)
    if (known && (await snapshots.statement(snapshot => versionOf(snapshot, key))) === known.version) {
      answers.delete(key)
      answers.set(key, known)
      return { kind: 'found', value: known.value }
    }
    return snapshots.read(async snapshot => {
      const version = await versionOf(snapshot, key)
      const reading = await read(snapshot, key)
      answers.delete(key)
      if (reading.kind === 'found' && version !== undefined) answers.set(key, { version, value: reading.value })
      for (const oldest of answers.keys()) {
        if (answers.size <= limit) break
        answers.delete(oldest)
      }
      return reading
    })
  }
  return { read: shared(readNow) }
}

/**
 * Lets requests for the same key share a read. A request never takes the answer of a read that began before it came: it would
 * miss what was committed between. It waits for the end of that one, with all others that came meanwhile, and they share the next.
 */
function shared<T>(read: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const running = new Map<string, { readonly now: Promise<T>; next?: Promise<T> }>()
  const begin = (key: string): Promise<T> => {
    const now = read(key)
    const turn: { readonly now: Promise<T>; next?: Promise<T> } = { now }
    running.set(key, turn)
    const over = () => {
      if (turn.next === undefined) running.delete(key)
    }
    now.then(over, over)
    return now
  }
  return key => {
    const turn = running.get(key)
    if (turn === undefined) return begin(key)
    const again = () => begin(key)
    turn.next ??= turn.now.then(again, again)
    return turn.next
  }
}

/** Parameters: the application, the names of the stores with commas between, the key. The first column: none is being rebuilt. */
function versionStatement({ location: { schema }, rows }: Pick<UnchangedOptions<object>, 'location' | 'rows'>): string {
  const { checkpoints } = bookkeeping(schema)
  const versions = rows.map(store => {
    const [column] = store.key.columns
    return `(select string_agg(t.partition || ' ' || t.xmin::text || ' ' || t.ctid::text, ',' order by t.partition)
       from ${checkpoints} c join ${storeTable(schema, store)} t on t.partition = c.partition
      where c.application = $1::text and c.store = '${store.name.replaceAll("'", "''")}'
        and t.${quoted(column!.name)} = $3::text::${column!.sql.pg}${collation(column!)})`
  })
  const whole = `not exists (select from ${checkpoints}
    where application = $1::text and store = any (string_to_array($2::text, ',')) and restoring)`
  return `select ${[whole, ...versions].join(', ')}`
}
