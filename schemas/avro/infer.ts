/**
 * The TypeScript type of an Avro schema literal: what `avro(schema)` reads and writes.
 *
 * | Avro | TypeScript |
 * |---|---|
 * | null, boolean, string, enum | null, boolean, string, its symbols |
 * | int, float, double; date (days), timestamp-millis (ms) | number |
 * | long; timestamp-micros; decimal (units: 1e-scale) | bigint |
 * | bytes, fixed | Buffer |
 * | array, map, record, union | readonly array, index signature, object, union |
 *
 * A reference to a named type is looked up by its last name anywhere in the schema.
 */
export type InferAvro<S, Root = S> = S extends keyof Primitives
  ? Primitives[S]
  : S extends string
    ? InferAvro<Find<Root, S>, Root>
    : S extends readonly unknown[]
      ? InferAvro<S[number], Root>
      : S extends { readonly logicalType: 'decimal' }
        ? bigint
        : S extends { readonly logicalType: 'timestamp-millis' | 'local-timestamp-millis' }
          ? number
          : S extends { readonly type: 'record'; readonly fields: readonly (infer F)[] }
            ? RecordOfFields<F, Root>
            : S extends { readonly type: 'enum'; readonly symbols: readonly (infer Symbol)[] }
              ? Symbol
              : S extends { readonly type: 'array'; readonly items: infer I }
                ? readonly InferAvro<I, Root>[]
                : S extends { readonly type: 'map'; readonly values: infer V }
                  ? { readonly [key: string]: InferAvro<V, Root> }
                  : S extends { readonly type: 'fixed' }
                    ? Buffer
                    : S extends { readonly type: infer T }
                      ? InferAvro<T, Root>
                      : unknown

interface Primitives {
  null: null
  boolean: boolean
  int: number
  long: bigint
  float: number
  double: number
  bytes: Buffer
  string: string
}

type RecordOfFields<F, Root> = {
  readonly [Field in F as Field extends { readonly name: infer N extends string } ? N : never]: Field extends {
    readonly type: infer T
  }
    ? InferAvro<T, Root>
    : never
}

/** Every named type that stands in a schema. */
type Named<S> = S extends readonly unknown[]
  ? Named<S[number]>
  : S extends { readonly type: 'record'; readonly fields: readonly (infer F)[] }
    ? S | Named<F extends { readonly type: infer T } ? T : never>
    : S extends { readonly type: 'enum' | 'fixed' }
      ? S
      : S extends { readonly type: 'array'; readonly items: infer I }
        ? Named<I>
        : S extends { readonly type: 'map'; readonly values: infer V }
          ? Named<V>
          : S extends { readonly type: infer T }
            ? Named<T>
            : never

type LastName<N> = N extends `${string}.${infer Rest}` ? LastName<Rest> : N

type Find<Root, N> =
  Named<Root> extends infer Candidate
    ? Candidate extends { readonly name: infer C }
      ? LastName<C> extends LastName<N>
        ? Candidate
        : never
      : never
    : never
