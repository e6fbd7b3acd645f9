import type { CustomTypeParams, CustomTypeValues, customType, PgColumn, PgColumnBuilderBase } from 'drizzle-orm/pg-core'
import { json as jsonSerde } from '../schemas/json.ts'
import { TopologyError } from '../topology/definition/errors.ts'
import type { Serde } from '../topology/definition/serde.ts'
import {
  boolean,
  bytes as bytesSerde,
  decimal as decimalSerde,
  float64,
  int32,
  int64,
  string,
  timestampMs,
  uuid,
} from '../topology/definition/serdes/primitives.ts'
import { drizzleOrm, pgCore } from './drizzle.ts'

/*
 * Column builders for types that drizzle's own give in another form than records have. Its text, integer, boolean,
 * doublePrecision and uuid are taken as they are.
 */

type CustomType<T extends CustomTypeValues> = ReturnType<typeof customType<T>>

/** The custom types of this file: one of the same SQL type may convert otherwise. */
const ownTypes = new Set<unknown>()

/** A custom type of millrace, which loads drizzle when its first column is built. */
function ownType<T extends CustomTypeValues>(parameters: CustomTypeParams<T>): CustomType<T> {
  ownTypes.add(parameters)
  let build: ((...settings: readonly unknown[]) => unknown) | undefined
  return ((...settings: readonly unknown[]) => {
    build ??= pgCore().customType<T>(parameters) as (...settings: readonly unknown[]) => unknown
    return build(...settings)
  }) as CustomType<T>
}

/** numeric(38,18) as bigint. Units: 1e-18, as the `decimal` serde has. */
export const decimal = ownType<{ data: bigint; driverData: string }>({
  dataType: () => 'numeric(38,18)',
  toDriver: value => decimalSerde.sql.toSql(value) as string,
  fromDriver: raw => decimalSerde.sql.fromSql(raw),
})

/** bigint as bigint. */
export const bigint = ownType<{ data: bigint; driverData: string }>({
  dataType: () => 'bigint',
  toDriver: String,
  fromDriver: raw => BigInt(raw),
})

/** timestamptz as a number. Units: milliseconds since the epoch. */
export const timestamp = ownType<{ data: number; driverData: string }>({
  dataType: () => 'timestamp with time zone',
  toDriver: value => timestampMs.sql.toSql(value) as string,
  fromDriver: raw => timestampMs.sql.fromSql(raw),
})

/** bytea as bytes. */
export const bytes = ownType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => 'bytea' })

const ownSerdes = new WeakMap<PgColumnBuilderBase, Serde<unknown>>()

/** A column of a serde's SQL type, written and read as the serde does it. */
export function columnBy<T>(serde: Serde<T>) {
  const build = pgCore().customType<{ data: T; driverData: unknown }>({
    dataType: () => serde.sql.pg,
    toDriver: value => serde.sql.toSql(value),
    fromDriver: raw => serde.sql.fromSql(raw),
  })
  const column = build()
  ownSerdes.set(column, serde as Serde<unknown>)
  return column
}

/** Serdes whose SQL type a column may have, by Postgres type and the type of its values in TypeScript. */
const kinds: Readonly<Record<string, Serde<never>>> = {
  'text/string': string,
  'uuid/string': uuid,
  'integer/number': int32,
  'bigint/custom': int64,
  'bigint/bigint': int64,
  'numeric(38,18)/custom': decimalSerde,
  'boolean/boolean': boolean,
  'double precision/number': float64,
  'timestamp with time zone/custom': timestampMs,
  'bytea/custom': bytesSerde,
  'jsonb/json': jsonSerde(),
} as unknown as Readonly<Record<string, Serde<never>>>

/** The parts of a column builder that drizzle does not publish. */
interface BuilderParts {
  readonly foreignKeyConfigs?: readonly unknown[]
  readonly config: { readonly customTypeParams?: unknown }
}

const partsOf = (builder: PgColumnBuilderBase | undefined) => builder as unknown as BuilderParts | undefined

/** The settings of a column that a store's table would silently not have, with what to do instead. */
function unkeptSetting(column: PgColumn, builder: PgColumnBuilderBase | undefined): string | undefined {
  if ((partsOf(builder)?.foreignKeyConfigs?.length ?? 0) > 0)
    return 'references another table: rows of a store come from its changelog, in any order, so leave references() out'
  if (column.generated !== undefined)
    return 'is generated: a store sets every column, so compute the value where the row is made'
  if (column.generatedIdentity !== undefined)
    return 'is an identity: a store sets every column, so make the number where the row is made'
  if ((column.hasDefault && columnDefault(column) === undefined) || column.primary || column.isUnique)
    return 'has a computed default, a primary key or a unique constraint: a store sets every column, and its key is given in `key`'
  return undefined
}

/**
 * The serde by which a drizzle column is written and read. Errors: TopologyError TOPOLOGY_INVALID for a column whose values
 * in TypeScript are not what records hold (numeric as string, timestamps as Date), or that has a constraint, a reference, a
 * computed default or a generated value, or a custom type that is not of millrace.
 */
export function columnSerde(
  store: string,
  field: string,
  column: PgColumn,
  builder?: PgColumnBuilderBase,
): Serde<unknown> {
  const type = column.getSQLType()
  const problem = unkeptSetting(column, builder)
  const own = builder && ownSerdes.get(builder)
  const stranger = column.dataType === 'custom' && builder && !ownTypes.has(partsOf(builder)?.config.customTypeParams)
  const serde = own ?? (stranger ? undefined : kinds[`${type}/${column.dataType}`])
  if (serde && !problem) return serde as Serde<unknown>
  const remedy = problem ?? `is a ${type} of ${column.dataType}, which no record holds: ${remedyFor(type)}`
  throw new TopologyError('TOPOLOGY_INVALID', `column '${field}' of store '${store}' ${remedy}`, {
    context: { store, column: field },
  })
}

/** The default of a column, where it is a value: that of rows which were written before the column was there. */
export function columnDefault({ default: value, defaultFn, onUpdateFn }: PgColumn): unknown {
  const { is, SQL } = drizzleOrm()
  return is(value, SQL) || defaultFn !== undefined || onUpdateFn !== undefined ? undefined : value
}

function remedyFor(type: string): string {
  if (type.startsWith('numeric')) return 'use decimal() of millrace'
  if (type.startsWith('bigint')) return "use bigint() of millrace, or bigint({ mode: 'bigint' })"
  if (type.startsWith('timestamp') || type === 'date') return 'use timestamp() of millrace'
  if (type.startsWith('varchar') || type.startsWith('char')) return 'use text()'
  return 'use text, uuid, integer, bigint, decimal, boolean, doublePrecision, timestamp, bytes or jsonb'
}
