import type { FlowRecord } from '../definition/record.ts'
import type { AnyTopic, Topic } from '../definition/topic.ts'

/** A function of a record: the value first, then the key and the record where it asks for more. */
export type Mapper<K, V, R> = (value: V, key: K, record: FlowRecord<K, V>) => R

/** A test that narrows the value's type. */
export type Narrowing<K, V, S extends V> = (value: V, key: K, record: FlowRecord<K, V>) => value is S

/** A null where the type has one: a table's tombstones. */
export type Tombstone<V> = Extract<V, null>

/** A type that names the part of a stream that does not fit the topic it is written to. */
export interface Mismatch<Part extends string, Stream, Topic> {
  readonly 'does not fit the topic': { readonly part: Part; readonly stream: Stream; readonly topic: Topic }
}

/** Nothing when a topic of `TK` and `TV` takes records of `K` and `V`; else a type that says what does not fit. */
export type Fits<K, V, TK, TV> = [K] extends [TK]
  ? [V] extends [TV]
    ? unknown
    : Mismatch<'value', V, TV>
  : Mismatch<'key', K, TK>

/** As `Fits`, for the topic of late records; nothing where there is none. */
export type FitsLate<K, V, L extends AnyTopic> = [L] extends [never]
  ? unknown
  : L extends Topic<string, infer TK, infer TV>
    ? Fits<K, V, TK, TV>
    : unknown
