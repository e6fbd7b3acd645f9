import type { FailurePolicy, NodeContext, NodeProcessor } from '../../definition/definition.ts'
import type { Duration } from '../../definition/duration.ts'
import { type Awaitable, chain } from '../../definition/record.ts'
import type { Serde } from '../../definition/serde.ts'
import type { AnyStore } from '../../definition/store.ts'
import { type Change, changed, isAbsent } from '../change.ts'
import { type StoresContext, storesContext } from '../operator.ts'
import { keyFormatOf, type OldValues, type TableStage } from '../stage.ts'
import type { RawStore } from '../streams/key-value-aggregate.ts'
import { keptStage, operatorStore } from './table-nodes.ts'
import { storeLookup } from './table-source.ts'

/** Code with stores that computes the values of a table from those of another. `name` is that of the store of its results. */
export interface TransformOptions<K, V, V2, S extends Record<string, AnyStore>> {
  readonly name: string
  /** Further stores that the code keeps. */
  readonly stores?: S
  /** Serde of the values it makes. */
  readonly value: Serde<NonNullable<V2>>
  /** The rule for updates that fail in it. Unset: that of the `onError` before it, or dead-letter. */
  readonly failure?: FailurePolicy
  /** Called for each update, also for a tombstone, whose value is null. Null as a result: the key has no value. */
  transform(value: V, key: K, context: StoresContext<NoInfer<S>>): Awaitable<V2 | null>
  /** Called as time passes: for what the code keeps in its stores. The table's values it cannot change. */
  readonly punctuations?: readonly {
    readonly name: string
    readonly every: Duration
    readonly on: 'stream-time' | 'wall-clock'
    run(time: number, context: StoresContext<NoInfer<S>>): Awaitable<void>
  }[]
}

/** Adds the node of a table that code with stores computes, and its stores. */
export function addTransformedTable<K, V, V2, S extends Record<string, AnyStore>>(
  stage: TableStage<K, V>,
  options: TransformOptions<K, V, V2, S>,
): TableStage<K, V2 | null> {
  const { plan, keyFormat } = stage
  const { name, punctuations = [], failure } = options
  const stores = options.stores ?? ({} as S)
  const keys = keyFormatOf(stage, name)
  const result = operatorStore(name, keys, options.value as Serde<unknown>)
  const old: OldValues = { wanted: false }
  for (const store of [result, ...Object.values(stores)]) plan.builder.addStore(store)
  plan.process({
    name,
    operator: 'transform-values',
    keepsKey: true,
    parents: [stage.node],
    stores: [result, ...Object.values(stores)].map(store => store.name),
    ...(failure && { failure }),
    functions: [options.transform, ...punctuations.map(({ run }) => run)],
    prefetch: record => (isAbsent(record.key) ? {} : { [name]: [result.key.split(record.key)] }),
    create: transformValues(options, stores, result, old),
  })
  const serdes = { key: stage.key as Serde<K>, value: options.value as Serde<NonNullable<V2 | null>> }
  const kept = keptStage<K, V2 | null>(plan, name, storeLookup(result), old, serdes)
  return keyFormat ? { ...kept, keyFormat } : kept
}

/** Source: `KTableTransformValues` of Kafka Streams, with a materialised result. */
function transformValues<K, V, V2, S extends Record<string, AnyStore>>(
  { transform, punctuations = [] }: TransformOptions<K, V, V2, S>,
  stores: S,
  result: RawStore,
  old: OldValues,
): (node: NodeContext) => NodeProcessor {
  return node => {
    const table = node.store(result)
    const context = storesContext(stores, node)
    for (const { run, ...punctuation } of punctuations)
      node.punctuate({ ...punctuation, run: time => run(time, context) })
    return {
      process(record) {
        const { key, value } = record
        const { newValue, latest } = value as Change
        return chain(transform((newValue ?? null) as V, key as K, context), made => {
          const before = old.wanted || isAbsent(made) ? table.get(key) : undefined
          return chain(before, entry => {
            if (!isAbsent(made)) table.put(key, made, record.timestamp)
            else if (entry === undefined) return
            else table.delete(key)
            return node.forward(changed(record, made ?? null, old.wanted ? (entry?.value ?? null) : null, latest))
          })
        })
      },
    }
  }
}
