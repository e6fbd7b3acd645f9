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
