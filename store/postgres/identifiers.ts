import type { AnyStore, Column } from '../../topology/definition/store.ts'
import { sqlTableName } from '../../topology/definition/stores/naming.ts'

/** The name in double quotes: reserved words and capitals are taken as they are. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Shape: `"millrace"."word_counts"`. */
export function qualified(schema: string, table: string): string {
  return `${quoted(schema)}.${quoted(table)}`
}

/**
 * Makes a schema where it is missing, in one statement. Postgres asks for the right to make one even for `create schema if not
 * exists` of a schema that exists; a role that only owns its schema has no such right.
 */
export function createSchema(schema: string): string {
  const name = quoted(schema)
  const literal = name.replaceAll("'", "''")
  const tag = '$create_schema$'
  return `do ${tag} begin
    if to_regnamespace('${literal}') is null then create schema if not exists ${name}; end if; end ${tag}`
}

/** The table of a store, with its schema. */
export function storeTable(schema: string, store: AnyStore): string {
  return qualified(schema, sqlTableName(store.name))
}

/** The collation that a comparison of the column with a parameter must name: stored text is `collate "C"`, parameters are not. */
export function collation(column: Column): string {
  return isText(column) ? ' collate "C"' : ''
}

/** Whether the column's type has a collation. */
export function isText({ sql }: Column): boolean {
  return /^(text|varchar|character varying|char|bpchar)\b/.test(sql.pg)
}
