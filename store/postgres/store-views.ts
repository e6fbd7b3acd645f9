import type { AnyStore } from '../../topology/definition/store.ts'
import { sqlTableName } from '../../topology/definition/stores/naming.ts'
import type { PostgresClient } from './client.ts'
import { qualified, quoted, storeTable } from './identifiers.ts'
import type { WantedTables } from './migration.ts'

/** Columns that are times in ms since the epoch, by the type of their store. */
const times: Readonly<Partial<Record<AnyStore['type'], readonly string[]>>> = {
  window: ['window_start', 'window_end'],
  session: ['session_start', 'session_end'],
  versioned: ['valid_from'],
}

/**
 * The statements that make the stores' views for people, where they are missing or lack a column.
 *
 * Shape: `bars_view` has the columns of `bars` without the partition, `window_start_at timestamptz` beside `window_start`, and
 * `updated_at timestamptz`, the time of the record that wrote the row.
 */
export async function missingViews(
  client: Pick<PostgresClient, 'request'>,
  { schema, stores }: WantedTables,
): Promise<readonly string[]> {
  const rows = await client.request(
    `select c.relname, string_agg(a.attname, ',' order by a.attnum) from pg_class c
       join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
      where n.nspname = $1::text and c.relkind = 'v' group by 1`,
    [schema],
  )
  const found = new Map(rows.map(([view, columns]) => [view as string, columns as string]))
  return stores.flatMap(store => {
    const columns = viewColumns(store)
    const name = `${sqlTableName(store.name).slice(0, 58)}_view`
    const known = found.get(name)
    if (known === columns.map(([column]) => column).join()) return []
    const view = qualified(schema, name)
    const listed = columns.map(([column, expression]) => `${expression} as ${quoted(column)}`)
    const make = `create view ${view} as select ${listed.join(', ')} from ${storeTable(schema, store)}`
    return known === undefined ? [make] : [`drop view ${view}`, make]
  })
}

/** Name and expression of each column. */
function viewColumns(store: AnyStore): readonly (readonly [string, string])[] {
  const ofType = times[store.type] ?? []
  const own = [...store.key.columns, ...store.value.columns].flatMap(({ name, sql }): [string, string][] =>
    ofType.includes(name) && sql.pg === 'bigint'
      ? [
          [name, quoted(name)],
          [`${name}_at`, timestampOf(name)],
        ]
      : [[name, quoted(name)]],
  )
  const updated = own.some(([name]) => name === 'updated_at') ? 'record_timestamp_at' : 'updated_at'
  return [...own, [updated, timestampOf('record_timestamp')]]
}

function timestampOf(column: string): string {
  return `to_timestamp(${quoted(column)} / 1000.0)`
}
