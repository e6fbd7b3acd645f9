import type { Awaitable } from './record.ts'

/**
 * The representation of a value in one Postgres column.
 *
 * `toSql` gives what the driver sends (strings for text, bigint, numeric, json; Uint8Array for bytea; numbers; booleans),
 * `fromSql` takes what it returns. `check` throws SerdeError VALUE_REFUSED for what Postgres would refuse (invariant C6),
 * so that nothing refusable is ever committed to Kafka first. `compare` is the column's order in Postgres: text is
 * `collate "C"`, that is, by UTF-8 bytes.
 */
export interface SqlType<T = unknown> {
  readonly pg: string
  toSql(value: T): unknown
  fromSql(raw: unknown): T
  check(value: T): void
  compare(a: T, b: T): number
  /** The value as the column gives it back, where that may be another one (a uuid in lower case). Unset: always the same. */
  settled?(value: T): T
}

/** The place where a serde is used. Shape: `{ topic: 'lines', part: 'value' }`; `subjectOf` gives its registry subject. */
export interface SerdeBinding {
  readonly topic: string
  readonly part: 'key' | 'value'
  /**
   * The place within a key or value that is written by several serdes, each with a schema of its own. Shape: `'fk'`, or
   * `'fk-customer'` within it. Unset: the whole of it.
   */
  readonly component?: string
  readonly registry?: SchemaRegistry
  /** True for a store's changelog: the bytes of a key must stay the same over the versions of its schema. */
  readonly ofState?: boolean
}

/** A serde bound to a topic. Errors: SerdeError DECODE_FAILED or ENCODE_FAILED. */
export interface Codec<T> {
  encode(value: T): Uint8Array | null
  /**
   * Given where every value that `sql.check` accepts can be encoded, always to this many bytes: a table then encodes only
   * what a commit writes, not every put. Units: bytes. Unset: only encoding shows whether a value can be encoded, and its length.
   */
  readonly fixedBytes?: number
  /**
   * The value as `decode` gives it back from the bytes of `encode`, where that can be told without them: nothing that is shared with
   * the caller. It can be encoded, then. Undefined: only encoding tells. A table then encodes only what a commit writes, not every put.
   */
  carried?(value: T): T | undefined
  /** A promise only when the registry must be asked for a schema id that was not seen before. */
  decode(bytes: Uint8Array | null): Awaitable<T>
}

/**
 * Writes and reads values of one type: on topics (bytes) and in Postgres (columns). Keys and values of topics, stores and
 * repartitions carry one, and their TypeScript types flow from it.
 */
export interface Serde<T> {
  /** Shape: `'string'`, `'int64'`, `'avro:com.acme.Order'`. Two serdes of one name write the same bytes. */
  readonly name: string
  /** Prepares the serde for a topic; asks the registry for the schema id where there is one. */
  bind(binding: SerdeBinding): Awaitable<Codec<T>>
  readonly sql: SqlType<T>
  /** The Avro schema, where there is one. */
  readonly schema?: AvroSchema
}

/** The type that a serde writes and reads. Shape: `TypeOf<typeof string>` is `string`. */
export type TypeOf<S> = S extends Serde<infer T> ? T : never

/** An Avro schema as JSON. */
export type AvroSchema =
  | string
  | readonly AvroSchema[]
  | { readonly type: unknown; readonly [attribute: string]: unknown }

/**
 * The port to a schema registry: Confluent-compatible ones through HTTP, and one in memory.
 * Errors: RetriableError REGISTRY_UNAVAILABLE; TopologyError SCHEMA_MISSING and SCHEMA_INCOMPATIBLE; SerdeError DECODE_FAILED for
 * an unknown id.
 */
export interface SchemaRegistry {
  /** The schema's id under the subject; it must be registered. Looked up once. */
  idOf(subject: string, schema: AvroSchema): Awaitable<number>
  /** The schema with that id. Looked up once; a failed look-up is tried again when a short back-off is over. */
  schemaOf(id: number): Awaitable<AvroSchema>
  /** Registers at deploy. Returns the id. */
  register(subject: string, schema: AvroSchema): Promise<number>
  /** Whether the schema may follow all versions of the subject (BACKWARD_TRANSITIVE). True for a new subject. */
  compatible(subject: string, schema: AvroSchema): Promise<boolean>
  /** All versions of a subject, oldest first; empty when it is unknown. */
  versions(subject: string): Promise<readonly AvroSchema[]>
}
