import type { Serde, TypeOf } from '../serde.ts'
import { tupleSerde } from '../serdes/tuple-serde.ts'
import type { Column, RowLayout } from '../store.ts'
import { sqlColumnName } from './naming.ts'

/** A row layout with the wire form of the same value: all that a store needs to know of its key or its value. */
export interface RowFormat<T> extends RowLayout<T> {
  readonly serde: Serde<T>
}

/** One column of the serde's SQL type. Shape: `single('key', string)`. */
export function single<T>(name: string, serde: Serde<T>): RowFormat<T> {
  const columns: readonly Column[] = [columnOf(name, serde)]
  return { columns, whole: true, serde, split: value => [value], join: parts => parts[0] as T }
}

/** One part of a composite key: its column and its serde. Shape: `['customerId', string]`. */
type NamedPart = readonly [name: string, serde: Serde<unknown>]

/** The tuple that the parts write. Shape: `[string, bigint]`. */
type TupleOf<P extends readonly NamedPart[]> = { readonly [I in keyof P]: TypeOf<P[I][1]> }

/**
 * A column for each part, in their order: rows are found by any leading parts.
 *
 * Shape: `tuple([['customerId', string], ['idempotencyKey', string]])` holds `['c-1', 'key-7']`.
 */
export function tuple<const P extends readonly NamedPart[]>(parts: P): RowFormat<TupleOf<P>> {
  const columns = parts.map(([name, serde]) => columnOf(name, serde))
  return {
    columns,
    serde: tupleSerde(parts) as unknown as Serde<TupleOf<P>>,
    split: value => value as readonly unknown[],
    join: row => row as TupleOf<P>,
  }
}

/** The forms in which a store option takes a key or a value: a serde (one column) or a format of several. */
export type FormatOption<T> = Serde<T> | RowFormat<T>

/** The option as a format; a serde becomes one column of that name. */
export function formatOf<T>(name: string, option: FormatOption<T>): RowFormat<T> {
  return 'columns' in option ? option : single(name, option)
}

/** The layout's columns with others after them, as one format. For keys that end in a time. */
export function extended<T, E>(
  base: RowFormat<T>,
  more: readonly NamedPart[],
  shape: { take(value: E): readonly [T, ...unknown[]]; make(base: T, rest: readonly unknown[]): E },
): RowFormat<E> {
  const width = base.columns.length
  const wire = tupleSerde([[undefined, base.serde], ...more])
  return {
    columns: [...base.columns, ...more.map(([name, serde]) => columnOf(name, serde))],
    serde: wire.mapped(
      value => shape.take(value),
      ([head, ...rest]) => shape.make(head as T, rest),
    ),
    split: base.whole
      ? shape.take
      : value => {
          const [head, ...rest] = shape.take(value)
          return [...base.split(head), ...rest]
        },
    join: (parts, key) => shape.make(base.join(parts.slice(0, width), key), parts.slice(width)),
  }
}

function columnOf(name: string, serde: Serde<unknown>): Column {
  return { name: sqlColumnName(name), sql: serde.sql }
}
