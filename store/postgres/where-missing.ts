import { qualified, quoted } from './identifiers.ts'

/*
 * Adds the indexes that a table lacks, if the catalogue shows that they are missing. `create index if not exists` locks the table
 * before it looks: each start would wait for a dump or a long transaction, and all others behind it.
 */

/** Makes an index. Shape of `columns`: `(id) where published_at is null`. One statement. */
export function addIndex(
  schema: string,
  table: string,
  name: string,
  columns: string,
  kind: 'unique' | '' = '',
): string {
  const statement = `create ${kind} index ${quoted(name)} on ${qualified(schema, table)} ${columns}`
  return unlessThere(`pg_class where oid = ${oidOf(schema, name)}`, statement)
}

/** Adds a column that may be null. One statement. */
export function addColumn(schema: string, table: string, name: string, type: string): string {
  return unlessThere(
    `pg_attribute where attrelid = ${oidOf(schema, table)} and attname = '${name}' and not attisdropped`,
    `alter table ${qualified(schema, table)} add column ${quoted(name)} ${type}`,
  )
}

function unlessThere(rows: string, statement: string): string {
  return `do $millrace$ begin if not exists (select from ${rows}) then ${statement}; end if; end $millrace$`
}

/** Null if there is none. */
function oidOf(schema: string, name: string): string {
  return `to_regclass($name$${qualified(schema, name)}$name$)`
}
