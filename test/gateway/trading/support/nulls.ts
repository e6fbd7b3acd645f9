import { recordFields } from '../../../../schemas/avro/record-fields.ts'
import type { Serde } from '../../../../topology/index.ts'

/** The fields of a record that may be null. */
type Nulls<V> = { readonly [N in keyof V as null extends V[N] ? N : never]: null }

/** Null in every field that may be null: what a row starts from, so that a new field needs no word here. */
export function nulls<V>(record: Serde<V>): Nulls<V> {
  const fields = recordFields(record).filter(({ nullable }) => nullable)
  return Object.fromEntries(fields.map(({ name }) => [name, null])) as unknown as Nulls<V>
}
