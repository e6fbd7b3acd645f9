import type { NodeContext } from './definition.ts'
import type { AnyProcessor, ProcessorContext, SinkHandle } from './processor.ts'
import { type Awaitable, chain, type Header, isPromise } from './record.ts'
import type { AnyStore } from './store.ts'
import type { AnyTopic } from './topic.ts'

/** Timestamp and headers that a processor's sends take over from the current record (or punctuation). Units: `timestamp` in ms. */
interface Current {
  readonly timestamp: number
  readonly headers: readonly Header[]
}

/** The context of one task: made once, used for every record. */
interface TaskProcessorContext {
  readonly context: ProcessorContext<Record<string, AnyStore>, Record<string, AnyTopic>, Record<string, AnyTopic>>
  /** Sets the current record. User code of one task never overlaps, so one slot is enough. */
  begin(current: Current): void
  /** Returns the result of user code, settled when its sends have settled too. */
  settle(pending: Awaitable<void>): Awaitable<void>
}

/**
 * Prepares a processor's context. `tableStores` are the stores of its tables by table name; `sinkNode` gives the node behind
 * a sink.
 */
export function processorContext(
  definition: AnyProcessor,
  node: NodeContext,
  tableStores: Readonly<Record<string, AnyStore>>,
  sinkNode: (sink: string) => string,
): TaskProcessorContext {
  let current: Current = { timestamp: -1, headers: [] }
  let sent: Awaitable<void>

  const sink = (name: string): SinkHandle<unknown, unknown> => {
    const child = sinkNode(name)
    return {
      send(key, value, options) {
        const timestamp = options?.timestamp ?? current.timestamp
        const headers = options?.headers ? [...current.headers, ...options.headers] : current.headers
        const record = { key, value, timestamp, headers }
        sent = chain(sent, () => node.forward(record, child))
        // `settle` hands the rejection on; this keeps it from being "unhandled" when user code fails before that.
        if (isPromise(sent)) sent.catch(() => undefined)
      },
    }
  }

  const context = {
    stores: mapValues(definition.stores as Record<string, AnyStore>, store => node.store(store)),
    tables: mapValues(tableStores, store => node.store(store)),
    sinks: mapValues(definition.sinks as Record<string, AnyTopic>, (_, name) => sink(name)),
    task: node.task,
    get now() {
      return node.now()
    },
    get streamTime() {
      return node.streamTime()
    },
    get caughtUp() {
      return node.caughtUp()
    },
  }

  return {
    context,
    begin(next) {
      current = next
      sent = undefined
    },
    settle: pending => chain(pending, () => sent),
  }
}

/** The same names with other values. */
export function mapValues<T, R>(
  record: Readonly<Record<string, T>>,
  map: (value: T, name: string) => R,
): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]))
}
