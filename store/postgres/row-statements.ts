import type { AnyStore, Column } from '../../topology/definition/store.ts'
import type { StoredRow } from '../contract.ts'
import { collation, quoted, storeTable } from './identifiers.ts'
import { arrayLiteral, literal } from './literals.ts'
import { retentionColumn } from './store-ddl.ts'

/** A fixed text with its parameters. Every distinct text is a prepared statement for good, so texts are few. */
export interface Statement {
  readonly text: string
  readonly parameters: readonly unknown[]
}

/** The reads of one store: texts depend on the number of key parts that are given, never on their values. */
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
        join ${this.#table} t on t.partition = $1::int and ${equalities(columns, 't', 'w')}`,
      parameters: [partition, ...columns.map((column, index) => arrayLiteral(column, keys, key => key[index]))],
    }
  }

  /** Rows that begin with one of the prefixes, all of one width. */
  prefixes(partition: number, prefixes: readonly (readonly unknown[])[]): Statement {
    const columns = this.#store.key.columns.slice(0, prefixes[0]?.length)
    return {
      text: `select ${this.#columns} from unnest(${arrays(columns, 2)}) as w(${aliases(columns)})
        join ${this.#table} t on t.partition = $1::int and ${equalities(columns, 't', 'w')}`,
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
    const order = columns.map(({ name }) => `t.${quoted(name)}${reverse ? ' desc' : ''}`).join(', ')
    const lower = bound(columns, from.length, '>=', 3)
    const upper = bound(columns, to.length, '<=', 3 + from.length)
    return {
      text: `select ${this.#columns} from ${this.#table} t where t.partition = $1::int${lower}${upper}
        order by ${order} limit $2::bigint`,
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
        where t.partition = $1::int and t.${time} <= $2::text::${column?.sql.pg ?? 'bigint'} order by t.${time} limit $3::bigint`,
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

/** Shape: `t."a" = w.c0 collate "C" and t."b" = w.c1`. */
export function equalities(columns: readonly Column[], table: string, given: string): string {
  return columns
    .map((column, index) => `${table}.${quoted(column.name)} = ${given}.c${index}${collation(column)}`)
    .join(' and ')
}

/** Shape: ` and (t."a", t."b") >= ($3::text::text collate "C", $4::text::bigint)`. */
function bound(columns: readonly Column[], width: number, operator: string, first: number): string {
  if (width === 0) return ''
  const named = columns.slice(0, width)
  const names = named.map(({ name }) => `t.${quoted(name)}`).join(', ')
  const values = named.map((column, index) => `$${first + index}::text::${column.sql.pg}${collation(column)}`)
  return ` and (${names}) ${operator} (${values.join(', ')})`
}

function literals(columns: readonly Column[], parts: readonly unknown[]): readonly unknown[] {
  return parts.map((part, index) => literal(columns[index]!, part))
}

function parse(columns: readonly Column[], raw: readonly unknown[]): readonly unknown[] {
  return columns.map(({ sql }, index) => (raw[index] === null ? null : sql.fromSql(raw[index])))
}
