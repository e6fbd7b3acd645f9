import type { RowPage, RowQuery } from '../../gateway/console/console-data.ts'
import { rowsCounted } from '../../gateway/console/console-data.ts'
import { parseKey, plain } from '../../gateway/reads/store-row.ts'
import type { StoredRow } from '../../store/contract.ts'
import { storeTable } from '../../store/postgres/identifiers.ts'
import { type KeyRange, readStoreRange } from '../../store/range-query.ts'
import { rowsWithin } from '../../topology/app/store-view.ts'
import type { AnyStore } from '../../topology/definition/store.ts'
import type { ConsoleSource } from './source.ts'

const pageRows = 50

/** A page of a store's rows. Errors: SerdeError VALUE_REFUSED for a key that is not the store's. */
export async function readRowPage(source: ConsoleSource, name: string, query: RowQuery): Promise<RowPage> {
  const store = source.graph.stores.get(name)!
  const wanted = query.key && parseKey(store, query.key)
  const after = query.after && parseKey(store, query.after)
  // One row more tells whether another page follows, and the row of `after` itself is left out.
  const rows = await readRange(source, store, {
    ...(wanted && { from: wanted, to: wanted }),
    ...(after && { from: after }),
    limit: pageRows + 2,
  })
  const fresh = after ? rows.filter(({ key }) => textOf(store, key).join('\n') !== query.after!.join('\n')) : rows
  const shown = fresh.slice(0, pageRows)
  const columns = [...store.key.columns, ...store.value.columns]
  return {
    rows: shown.map(({ key, value, timestamp }) => ({
      cells: [...key, ...value].map((part, index) => plain(columns[index]!, part)),
      timestamp,
    })),
    next: fresh.length > pageRows ? textOf(store, shown.at(-1)!.key) : null,
  }
}

/** Rows of each store, counted up to `rowsCounted`; a store whose table is not there yet is left out. */
export async function countRows(source: ConsoleSource): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  for (const store of source.graph.stores.values()) {
    const count = await countOf(source, store)
    if (count !== undefined) counts.set(store.name, count)
  }
  return counts
}

async function countOf({ tables, schema }: ConsoleSource, store: AnyStore): Promise<number | undefined> {
  if ('memory' in tables) return tables.memory.rows(store.name).length
  const table = storeTable(schema, store)
  const sql = tables.sql()
  const [known] = await sql.unsafe('select to_regclass($1::text) is not null as known', [table])
  if (known?.known !== true) return undefined
  const [found] = await sql.unsafe(
    `select count(*) as rows from (select from ${table} limit ${rowsCounted + 1}) as counted`,
  )
  return Number(found?.rows)
}

async function readRange(
  { tables, schema }: ConsoleSource,
  store: AnyStore,
  range: KeyRange,
): Promise<readonly StoredRow[]> {
  if ('memory' in tables) return rowsWithin(tables.memory.rows(store.name), store, range)
  return readStoreRange(tables.sql(), { definition: store, schema }, range)
}

/** The parts of a key as a request gives them. */
function textOf(store: AnyStore, key: readonly unknown[]): readonly string[] {
  return key.map((part, index) => {
    const shown = plain(store.key.columns[index]!, part)
    return typeof shown === 'string' ? shown : JSON.stringify(shown)
  })
}
