import type { AnyStore, Column } from '../../topology/definition/store.ts'
import type { StoredRow } from '../contract.ts'
import { collation, quoted, storeTable } from './identifiers.ts'
import { arrayLiteral, literal } from './literals.ts'
import { retentionColumn } from './store-indexes.ts'

/** A fixed text with its parameters. Every distinct text is a prepared statement for good, so texts are few. */
export interface Statement {
  readonly text: string
  readonly parameters: readonly unknown[]
}

/**
 * The reads of one store: texts depend on the number of key parts that are given, never on their values.
 *
 * Rows are compared as a whole, `(partition, a, b) >= (...) and (partition, a, b) <= (...)`, also where each column is equal:
 * only an index that begins with these columns in this order, which is the primary key, can serve that. With equal signs
 * between single columns a planner without statistics takes any index that begins with one of them, and keeps that plan.
 */
export class RowStatements {
  readonly #store: AnyStore
  readonly #table: string
  readonly #columns: string

  constructor(schema: string, store: AnyStore) {
    this.#store = store
    this.#table = storeTable(schema, store)
    const names = [...store.key.columns, ...store.value.columns].map(selected)
    this.#columns = `${names.join(', ')}, t.record_timestamp`
  }

  /** Rows of keys, each after its index in `keys` (from 1). */
  get(partition: number, keys: readonly (readonly unknown[])[]): Statement {
    const { columns } = this.#store.key
    return {
      text: `select w.n, ${this.#columns} from unnest(${arrays(columns, 2)}) with ordinality as w(${aliases(columns)}, n)
        join ${this.#table} t on ${sameKey(this.#store, columns, '$1::int')}`,
      parameters: [partition, ...columns.map((column, index) => arrayLiteral(column, keys, key => key[index]))],
    }
  }

  /** Rows that begin with one of the prefixes, all of one width. */
  prefixes(partition: number, prefixes: readonly (readonly unknown[])[]): Statement {
    const columns = this.#store.key.columns.slice(0, prefixes[0]?.length)
    return {
      text: `select ${this.#columns} from unnest(${arrays(columns, 2)}) as w(${aliases(columns)})
        join ${this.#table} t on ${sameKey(this.#store, columns, '$1::int')}`,
      parameters: [partition, ...columns.map((column, index) => arrayLiteral(column, prefixes, one => one[index]))],
    }
  }

  scan(
    partition: number,
    from: readonly unknown[],
    to: readonly unknown[],
    reverse: boolean,
    limit: number | undefined,
  ): Statement {
    const { columns } = this.#store.key
    const order = ['partition', ...columns.map(({ name }) => quoted(name))]
    const ordered = order.map(name => `t.${name}${reverse ? ' desc' : ''}`).join(', ')
    const lower = bound(columns, from.length, '>=', 3)
    const upper = bound(columns, to.length, '<=', 3 + from.length)
    return {
      text: `select ${this.#columns} from ${this.#table} t where ${lower} and ${upper}
        order by ${ordered} limit $2::bigint`,
      parameters: [partition, limit ?? null, ...literals(columns, from), ...literals(columns, to)],
    }
  }

  expired(partition: number, until: number, limit: number): Statement {
    const { key, retainedBy } = this.#store
    const time = retentionColumn(this.#store)
    const column = retainedBy === undefined ? undefined : key.columns[retainedBy]
    const names = key.columns.map(selected).join(', ')
    return {
      text: `select ${names} from ${this.#table} t
        where t.partition::bigint >= $1::bigint
          and (t.partition::bigint, t.${time}) <= ($1::bigint, $2::text::${column?.sql.pg ?? 'bigint'})
        order by t.partition::bigint, t.${time} limit $3::bigint`,
      parameters: [partition, column ? literal(column, until) : until, limit],
    }
  }

  /** A row as the driver gave it, after `skip` other columns. */
  row(raw: readonly unknown[], skip = 0): StoredRow {
    const { key, value } = this.#store
    const keyEnd = skip + key.columns.length
    return {
      key: this.key(raw.slice(skip, keyEnd)),
      value: parse(value.columns, raw.slice(keyEnd)),
      timestamp: Number(raw[keyEnd + value.columns.length]),
    }
  }

  /** A split key as the driver gave it. */
  key(raw: readonly unknown[]): readonly unknown[] {
    return parse(this.#store.key.columns, raw)
  }
}

/** The driver would parse jsonb itself, and round integers beyond 2^53. */
function selected({ name, sql }: Column): string {
  return sql.pg === 'jsonb' ? `t.${quoted(name)}::text` : `t.${quoted(name)}`
}

/** Arrays as parameters. Shape: `$2::text[], $3::bigint[]`. */
export function arrays(columns: readonly Column[], first: number): string {
  return columns.map(({ sql }, index) => `$${first + index}::text::${sql.pg}[]`).join(', ')
}

/** Shape: `c0, c1`. */
export function aliases(columns: readonly Column[]): string {
  return columns.map((_, index) => `c${index}`).join(', ')
}

/**
 * The condition that row `t` is of the partition and begins with the columns that row `w` gives. A table that is split by time
 * also compares that column alone, so that only the partition of that time is looked into.
 *
 * Shape: `(t.partition, t."a") >= ($1::int, w.c0 collate "C") and (t.partition, t."a") <= ($1::int, w.c0 collate "C")`.
 */
export function sameKey(store: AnyStore, columns: readonly Column[], partition: string): string {
  const given = columns.map((column, index) => `w.c${index}${collation(column)}`)
  const row = `(${['t.partition', ...columns.map(({ name }) => `t.${quoted(name)}`)].join(', ')})`
  const other = `(${[partition, ...given].join(', ')})`
  const at = store.partitionedBy?.column
  const time = at === undefined ? undefined : columns[at]
  return `${row} >= ${other} and ${row} <= ${other}${time ? ` and t.${quoted(time.name)} = ${given[at!]}` : ''}`
}

/** Shape: `(t.partition, t."a", t."b") >= ($1::int, $3::text::text collate "C", $4::text::bigint)`. */
function bound(columns: readonly Column[], width: number, operator: string, first: number): string {
  const named = columns.slice(0, width)
  const names = ['t.partition', ...named.map(({ name }) => `t.${quoted(name)}`)]
  const values = named.map((column, index) => `$${first + index}::text::${column.sql.pg}${collation(column)}`)
  return `(${names.join(', ')}) ${operator} (${['$1::int', ...values].join(', ')})`
}

function literals(columns: readonly Column[], parts: readonly unknown[]): readonly unknown[] {
  return parts.map((part, index) => literal(columns[index]!, part))
}

function parse(columns: readonly Column[], raw: readonly unknown[]): readonly unknown[] {
  return columns.map(({ sql }, index) => (raw[index] === null ? null : sql.fromSql(raw[index])))
}
