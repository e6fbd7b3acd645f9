/**
 * The TypeScript type of an Avro schema literal: what `avro(schema)` reads and writes.
 *
 * | Avro | TypeScript |
 * |---|---|
 * | null, boolean, string, uuid, enum | null, boolean, string, string, its symbols |
 * | int, float, double; date (days), timestamp-millis (ms) | number |
 * | long; timestamp-micros; decimal (units: 1e-scale) | bigint |
 * | bytes, fixed | Buffer |
 * | array, map, record | readonly array, index signature, object |
 * | union | a union of the types of its branches |
 * | union with two branches of one JavaScript type | null, and objects that name a branch: `{ 'acme.Placed': Placed }` |
 *
 * A reference to a named type is looked up by its last name anywhere in the schema.
 */
export type InferAvro<S, Root = S, Space extends string = ''> = S extends keyof Primitives
  ? Primitives[S]
  : S extends string
    ? InferFound<Find<Root, S>, Root>
    : S extends readonly unknown[]
      ? IsWrapped<S, Root> extends true
        ? Wrapped<S[number], Root, Space>
        : InferAvro<S[number], Root, Space>
      : Logical<S> extends never
        ? InferPlain<S, Root, Space>
        : LogicalValues[Logical<S>]

type InferPlain<S, Root, Space extends string> = S extends {
  readonly type: 'record' | 'error'
  readonly fields: readonly (infer F)[]
}
  ? RecordOfFields<F, Root, NamespaceOf<FullName<S, Space>>>
  : S extends { readonly type: 'enum'; readonly symbols: readonly (infer Symbol)[] }
    ? Symbol
    : S extends { readonly type: 'array'; readonly items: infer I }
      ? readonly InferAvro<I, Root, Space>[]
      : S extends { readonly type: 'map'; readonly values: infer V }
        ? { readonly [key: string]: InferAvro<V, Root, Space> }
        : S extends { readonly type: 'fixed' }
          ? Buffer
          : S extends { readonly type: infer T }
            ? InferAvro<T, Root, Space>
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

type RecordOfFields<F, Root, Space extends string> = {
  readonly [Field in F as Field extends { readonly name: infer N extends string } ? N : never]: Field extends {
    readonly type: infer T
  }
    ? InferAvro<T, Root, Space>
    : never
}

interface LogicalValues {
  decimal: bigint
  uuid: string
  millis: number
}

/** The logical type that changes a value, if it holds (see logical-rules.ts); else never. */
type Logical<S> = S extends { readonly logicalType: 'decimal'; readonly precision: infer P extends number }
  ? AtMost<S extends { readonly scale: infer X } ? X : 0, P> extends true
    ? S extends { readonly type: 'bytes' }
      ? 'decimal'
      : S extends { readonly type: 'fixed'; readonly size: infer Size }
        ? AtMost<P, Size extends keyof DigitsOfSize ? DigitsOfSize[Size] : P> extends true
          ? 'decimal'
          : never
        : never
    : never
  : S extends { readonly logicalType: 'timestamp-millis' | 'local-timestamp-millis'; readonly type: 'long' }
    ? 'millis'
    : S extends { readonly logicalType: 'uuid'; readonly type: 'fixed'; readonly size: 16 }
      ? 'uuid'
      : never

/** Decimal digits that fit a fixed of this many bytes. */
interface DigitsOfSize {
  1: 2
  2: 4
  3: 6
  4: 9
  5: 11
  6: 14
  7: 16
  8: 18
  9: 21
  10: 23
  11: 26
  12: 28
  13: 31
  14: 33
  15: 35
}

type Units<N, T extends readonly unknown[] = []> = T['length'] extends N ? T : Units<N, [...T, unknown]>

type AtMost<A, B> = number extends A | B ? true : Units<B> extends [...Units<A>, ...unknown[]] ? true : false

/** The JavaScript type of a schema's values. See `valueKind`. */
type Kind<S, Root> = S extends keyof PrimitiveKinds
  ? PrimitiveKinds[S]
  : S extends string
    ? Kind<Find<Root, S>['schema'], Root>
    : Logical<S> extends never
      ? S extends { readonly type: infer T }
        ? T extends keyof ComplexKinds
          ? ComplexKinds[T]
          : Kind<T, Root>
        : never
      : LogicalKinds[Logical<S>]

interface PrimitiveKinds {
  null: 'null'
  boolean: 'boolean'
  int: 'number'
  long: 'bigint'
  float: 'number'
  double: 'number'
  bytes: 'bytes'
  string: 'string'
}

interface ComplexKinds {
  record: 'object'
  error: 'object'
  map: 'object'
  array: 'array'
  enum: 'string'
  fixed: 'bytes'
}

interface LogicalKinds {
  decimal: 'bigint'
  uuid: 'string'
  millis: 'number'
}

/** See `isWrapped`. */
type IsWrapped<Branches, Root, Seen = never> = Branches extends readonly [infer B, ...infer Rest]
  ? Kind<B, Root> extends Seen
    ? true
    : IsWrapped<Rest, Root, Seen | Kind<B, Root>>
  : false

/** Distributes over the branches. */
type Wrapped<B, Root, Space extends string> = B extends unknown
  ? Kind<B, Root> extends 'null'
    ? null
    : { readonly [N in BranchName<B, Root, Space>]: InferAvro<B, Root, Space> }
  : never

type BranchName<B, Root, Space extends string> = B extends keyof Primitives
  ? B
  : B extends string
    ? Find<Root, B>['name']
    : B extends { readonly name: string }
      ? FullName<B, Space>
      : B extends { readonly type: infer T }
        ? T extends 'array' | 'map'
          ? T
          : BranchName<T, Root, Space>
        : never

type FullName<S, Space extends string> = S extends { readonly name: infer N extends string }
  ? N extends `${string}.${string}`
    ? N
    : Qualified<N, S extends { readonly namespace: infer Own extends string } ? Own : Space>
  : ''

type Qualified<N extends string, Space extends string> = Space extends '' ? N : `${Space}.${N}`

type NamespaceOf<N extends string> = N extends `${infer First}.${infer Rest}`
  ? Rest extends `${string}.${string}`
    ? `${First}.${NamespaceOf<Rest>}`
    : First
  : ''

/** A named type with its full name and its namespace. */
interface Definition<S = unknown, N extends string = string, Space extends string = string> {
  readonly schema: S
  readonly name: N
  readonly space: Space
}

/** Every named type in a schema. */
type Named<S, Space extends string> = S extends readonly unknown[]
  ? Named<S[number], Space>
  : S extends { readonly type: 'record' | 'error'; readonly fields: readonly (infer F)[] }
    ?
        | Definition<S, FullName<S, Space>, Space>
        | Named<F extends { readonly type: infer T } ? T : never, NamespaceOf<FullName<S, Space>>>
    : S extends { readonly type: 'enum' | 'fixed' }
      ? Definition<S, FullName<S, Space>, Space>
      : S extends { readonly type: 'array'; readonly items: infer I }
        ? Named<I, Space>
        : S extends { readonly type: 'map'; readonly values: infer V }
          ? Named<V, Space>
          : S extends { readonly type: infer T }
            ? Named<T, Space>
            : never

type LastName<N> = N extends `${string}.${infer Rest}` ? LastName<Rest> : N

type Find<Root, N> =
  Named<Root, ''> extends infer D
    ? D extends Definition
      ? LastName<D['name']> extends LastName<N>
        ? D
        : never
      : never
    : never

type InferFound<D, Root> = D extends Definition ? InferAvro<D['schema'], Root, D['space']> : never
