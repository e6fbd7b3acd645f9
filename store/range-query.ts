import type { Sql } from 'postgres'
import type { AnyStore } from '../topology/definition/store.ts'
import type { StoredRow } from './contract.ts'
import { collation, quoted, storeTable } from './postgres/identifiers.ts'
import { literal } from './postgres/literals.ts'
import { RowStatements } from './postgres/row-statements.ts'

/** The rows that are wanted: `from` and `to` are leading key parts, both inclusive. Unset: no bound. */
export interface KeyRange {
  readonly from?: readonly unknown[]
  readonly to?: readonly unknown[]
  /** Unset: all rows. */
  readonly limit?: number
}

/** Rows of a store over all its partitions, in key order. Errors: what the driver throws; VALUE_REFUSED for a key part. */
export async function readStoreRange(
  sql: Sql,
  { definition, schema = 'public' }: { readonly definition: AnyStore; readonly schema?: string },
  range: KeyRange,
): Promise<readonly StoredRow[]> {
  const { columns } = definition.key
  const parameters: string[] = []
  const bound = (operator: '>=' | '<=', parts: readonly unknown[] = []) => {
    if (parts.length === 0) return []
    const names = parts.map((_, index) => `${quoted(columns[index]!.name)}${collation(columns[index]!)}`)
    const values = parts.map((part, index) => {
      const column = columns[index]!
      column.sql.check(part)
      parameters.push(literal(column, part) as string)
      return `$${parameters.length}::text::${column.sql.pg}${collation(column)}`
    })
    return [`(${names.join(', ')}) ${operator} (${values.join(', ')})`]
  }
  const conditions = [...bound('>=', range.from), ...bound('<=', range.to)]
  const where = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`
  const order = columns.map(column => `${quoted(column.name)}${collation(column)}`)
  const limit = range.limit === undefined ? '' : ` limit ${Math.max(0, Math.floor(range.limit))}`
  const names = [...columns, ...definition.value.columns].map(({ name }) => quoted(name))
  const text = `select ${names.join(', ')}, record_timestamp from ${storeTable(schema, definition)}${where} order by ${order.join(', ')}${limit}`
  const rows = await sql.unsafe(text, parameters, { prepare: true }).values()
  const statements = new RowStatements(schema, definition)
  return rows.map(row => statements.row(row))
}
