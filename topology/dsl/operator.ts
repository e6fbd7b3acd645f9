import type { FailurePolicy, NodeContext, NodeProcessor, Punctuation, TaskId } from '../definition/definition.ts'
import type { Duration } from '../definition/duration.ts'
import type { StoreHandles } from '../definition/processor.ts'
import {
  type Awaitable,
  chain,
  type FlowRecord,
  type Header,
  isPromise,
  type StreamRecord,
} from '../definition/record.ts'
import type { Serde } from '../definition/serde.ts'
import type { AnyStore } from '../definition/store.ts'
import type { StreamStage } from './stage.ts'

/** The stores, times and place that code with stores gets. */
export interface StoresContext<S extends Record<string, AnyStore>> {
  readonly stores: StoreHandles<S>
  readonly task: TaskId
  /** Wall clock. Units: ms since the epoch. */
  readonly now: number
  /** Highest event time that the task has seen. Units: ms. */
  readonly streamTime: number
  /**
   * The topic, partition and offset of the input record from which all of this follows. Undefined in a punctuation.
   * Shape: `{ topic: 'lines', partition: 0, offset: 41 }`.
   */
  readonly source: RecordPlace | undefined
}

/** The place of a record in Kafka. */
type RecordPlace = Pick<StreamRecord, 'topic' | 'partition' | 'offset'>

/** The context that the code of `process` gets beside value and key. */
interface OperatorContext<K, V, S extends Record<string, AnyStore>> extends StoresContext<S> {
  /** Hands a record on. `timestamp` unset: that of the current record. Units: ms. `headers` are added to those of the current record. */
  forward(key: K, value: V, options?: { readonly timestamp?: number; readonly headers?: readonly Header[] }): void
}

/** Calls back as time passes, with what `process` has. */
interface OperatorPunctuation<K, V, S extends Record<string, AnyStore>> {
  readonly name: string
  readonly every: Duration
  readonly on: Punctuation['on']
  run(time: number, context: OperatorContext<K, V, S>): Awaitable<void>
}

/** User code with stores in the middle of a chain. */
export interface OperatorOptions<K, V, K2, V2, S extends Record<string, AnyStore>> {
  readonly name: string
  readonly stores?: S
  /** The rule for records that fail in it. Unset: that of the `onError` before it, or dead-letter. */
  readonly failure?: FailurePolicy
  /** Serde of the values it makes. */
  readonly value: Serde<V2>
  readonly punctuations?: readonly OperatorPunctuation<NoInfer<K2>, NoInfer<V2>, NoInfer<S>>[]
  process(
    value: V,
    key: K,
    context: OperatorContext<NoInfer<K2>, NoInfer<V2>, NoInfer<S>>,
    record: FlowRecord<K, V>,
  ): Awaitable<void>
}

/** Adds the node and its stores. Returns its name. */
export function addOperator<K, V, K2, V2, S extends Record<string, AnyStore>>(
  { plan, node }: StreamStage<K, V>,
  options: OperatorOptions<K, V, K2, V2, S>,
): string {
  const { name, punctuations = [] } = options
  const stores = options.stores ?? ({} as S)
  for (const store of Object.values(stores)) plan.builder.addStore(store)
  return plan.process({
    name,
    operator: 'process',
    parents: [node],
    stores: Object.values(stores).map(store => store.name),
    ...(options.failure && { failure: options.failure }),
    functions: [options.process, ...punctuations.map(punctuation => punctuation.run)],
    create: context => runOperator(options, stores, context),
  })
}

function runOperator<K, V, K2, V2, S extends Record<string, AnyStore>>(
  { process, punctuations = [] }: OperatorOptions<K, V, K2, V2, S>,
  stores: S,
  node: NodeContext,
): NodeProcessor {
  let timestamp = 0
  let headers: readonly Header[] = []
  let sent: Awaitable<void>
  const context: OperatorContext<K2, V2, S> = Object.assign(storesContext(stores, node), {
    forward(key: K2, value: V2, options: Parameters<OperatorContext<K2, V2, S>['forward']>[2] = {}) {
      const own = options.headers ? [...headers, ...options.headers] : headers
      const record = { key, value, timestamp: options.timestamp ?? timestamp, headers: own }
      sent = chain(sent, () => node.forward(record))
      // The caller that awaits the node gets the rejection; this keeps it from being "unhandled" when user code fails first.
      if (isPromise(sent)) sent.catch(() => undefined)
    },
  })
  const begin = (at: number, own: readonly Header[]) => {
    timestamp = at
    headers = own
    sent = undefined
  }
  for (const { run, ...punctuation } of punctuations) {
    node.punctuate({
      ...punctuation,
      run(time) {
        begin(time, [])
        return chain(run(time, context), () => sent)
      },
    })
  }
  return {
    process(record) {
      begin(record.timestamp, record.headers)
      return chain(process(record.value as V, record.key as K, context, record as FlowRecord<K, V>), () => sent)
    },
  }
}

/** The context of code that has these stores, in one task. */
export function storesContext<S extends Record<string, AnyStore>>(stores: S, node: NodeContext): StoresContext<S> {
  const handles = Object.entries(stores).map(([name, store]) => [name, node.store(store)])
  return {
    stores: Object.fromEntries(handles) as StoreHandles<S>,
    task: node.task,
    get now() {
      return node.now()
    },
    get streamTime() {
      return node.streamTime()
    },
    get source() {
      return node.source()
    },
  }
}
