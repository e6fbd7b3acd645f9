import { isAsync } from '../definition/async-function.ts'
import { refuse } from '../definition/collected-errors.ts'
import { ProcessorError, TopologyError } from '../definition/errors.ts'
import { type FlowRecord, isPromise } from '../definition/record.ts'
import type { AnyTopic, Topic } from '../definition/topic.ts'

/** A function of a record: the value first, then the key and the record where it asks for more. */
export type Mapper<K, V, R> = (value: V, key: K, record: FlowRecord<K, V>) => R

/**
 * Chooses the partition of a record, from 0 to `partitions - 1`. A record whose choice is no such number fails. Topics whose records
 * are joined or grouped by their key elsewhere need Kafka's default partitioner, which takes the key alone.
 */
export type Partitioner<K, V> = (value: V, key: K, partitions: number, record: FlowRecord<K, V>) => number

/** A test that narrows the value's type. */
export type Narrowing<K, V, S extends V> = (value: V, key: K, record: FlowRecord<K, V>) => value is S

/** A type that names a function's result where it is a promise: no operator but `process`, `peek` and `forEach` awaits one. */
interface Unawaited<R> {
  readonly 'is never awaited': R
}

/** Nothing when a function's result `R` is no promise; else a type that says so. */
export type AtOnce<R> = 0 extends 1 & R
  ? unknown
  : [Extract<R, PromiseLike<unknown>>] extends [never]
    ? unknown
    : Unawaited<R>

/** A null where the type has one: a table's tombstones. */
export type Tombstone<V> = Extract<V, null>

/** A type that names the part of a stream that does not fit the topic it is written to. */
interface Mismatch<Part extends string, Stream, Topic> {
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

const remedy = 'give it a function that returns its result at once, or do this work in process(), which is awaited'

/** The result of a user's function. Errors: ProcessorError PROCESS_FAILED for a promise, which no operator here awaits. */
export function atOnce<T>(result: T): T {
  if (!isPromise(result)) return result
  // The operator fails with the error below, whatever comes of the promise.
  result.catch(() => undefined)
  throw new ProcessorError(
    'PROCESS_FAILED',
    `a function of this operator gave a promise, which is never awaited: ${remedy}`,
  )
}

/** Errors: TopologyError TOPOLOGY_INVALID when one of the functions is declared async. */
export function refuseAsync(name: string, functions: readonly ((...parameters: never[]) => unknown)[]): void {
  if (functions.some(isAsync))
    refuse(
      new TopologyError(
        'TOPOLOGY_INVALID',
        `a function of '${name}' is async, and its promise is never awaited: ${remedy}`,
      ),
    )
}
