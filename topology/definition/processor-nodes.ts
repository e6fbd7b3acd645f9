import type { TopologyBuilder } from './builder.ts'
import type { NodeContext, NodeProcessor, ProcessNode, SourceLocation, UserFunction } from './definition.ts'
import type { AnyProcessor } from './processor.ts'
import { mapValues, processorContext } from './processor-context.ts'
import type { FlowRecord, StreamRecord } from './record.ts'
import type { AnyStore, KeyValueStore } from './store.ts'
import { keyValueStore } from './stores/key-value.ts'
import type { AnyTopic } from './topic.ts'

/**
 * Adds a processor to a topology: a source a stream, a source and a table-keeping node a table, the processor itself
 * under its own name, and a sink an output. All of them ask for a sub-topology of the processor's name.
 *
 * Shape of node names: `risk/streams/orders.fills`, `risk/tables/instruments`, `risk`, `risk/sinks/approved`.
 */
export function addProcessor(builder: TopologyBuilder, processor: AnyProcessor, at?: SourceLocation): void {
  const { name, failure } = processor
  const shared = { subtopology: name, ...(at && { at }) }
  const policy = failure && { failure }
  const streams = processor.streams as readonly AnyTopic[]
  const tables = mapValues(processor.tables as Record<string, AnyTopic>, tableOf)
  const sinks = processor.sinks as Record<string, AnyTopic>
  const stores = Object.values(processor.stores as Record<string, AnyStore>)

  for (const topic of streams) {
    builder.addTopic(topic)
    builder.addNode({ kind: 'source', name: streamNode(name, topic), topics: [topic.name], role: 'stream', ...shared })
  }
  for (const [table, { topic, store }] of Object.entries(tables)) {
    const source = `${tableNode(name, table)}/topic`
    builder.addTopic(topic)
    builder.addStore(store)
    builder.addNode({ kind: 'source', name: source, topics: [topic.name], role: 'table', ...shared })
    builder.addNode({
      ...shared,
      ...policy,
      kind: 'process',
      name: tableNode(name, table),
      operator: 'table',
      parents: [source],
      stores: [store.name],
      create: context => keepTable(store, context),
    })
  }
  for (const store of stores) builder.addStore(store)

  const tableStores = mapValues(tables, table => table.store)
  const prefetch = prefetchByStore(processor, tableStores)
  builder.addNode({
    ...shared,
    ...policy,
    kind: 'process',
    name,
    operator: 'processor',
    parents: streams.map(topic => streamNode(name, topic)),
    stores: [...stores, ...Object.values(tableStores)].map(store => store.name),
    functions: functionsOf(processor),
    create: context => runProcessor(processor, tableStores, context),
    ...(prefetch && { prefetch }),
  })

  for (const [sink, topic] of Object.entries(sinks)) {
    builder.addTopic(topic)
    const node = { kind: 'sink' as const, name: sinkNode(name, sink), parents: [name], topic: topic.name }
    builder.addNode({ ...node, ...shared, ...policy })
  }
}

function streamNode(processor: string, topic: AnyTopic): string {
  return `${processor}/streams/${topic.name}`
}

function tableNode(processor: string, table: string): string {
  return `${processor}/tables/${table}`
}

function sinkNode(processor: string, sink: string): string {
  return `${processor}/sinks/${sink}`
}

function tableOf(topic: AnyTopic, name: string): { topic: AnyTopic; store: AnyStore } {
  return { topic, store: keyValueStore(name, { key: topic.key, value: topic.value }) }
}

/** Last value a key wins; a null value deletes. Source: `KTableSource` of Kafka Streams. */
function keepTable(store: AnyStore, context: NodeContext): NodeProcessor {
  const table = context.store(store) as KeyValueStore<unknown, unknown>
  return {
    process({ key, value }) {
      if (key === null || key === undefined) context.skip('null-key')
      else if (value === null || value === undefined) table.delete(key)
      else table.put(key, value)
    },
  }
}

function runProcessor(
  processor: AnyProcessor,
  tables: Readonly<Record<string, AnyStore>>,
  node: NodeContext,
): NodeProcessor {
  const { context, begin, settle } = processorContext(processor, node, tables, sink => sinkNode(processor.name, sink))
  for (const { run, ...punctuation } of processor.punctuations) {
    node.punctuate({
      ...punctuation,
      run(time) {
        begin({ timestamp: time, headers: [] })
        return settle(run(time, context))
      },
    })
  }
  return {
    process(record) {
      begin(record)
      // The parents are sources, so the record is the source's own: with its topic, to narrow by.
      return settle(processor.process(node.source() as StreamRecord, context))
    },
  }
}

function functionsOf({ process, prefetch, punctuations }: AnyProcessor): readonly UserFunction[] {
  return [process, ...(prefetch ? [prefetch] : []), ...punctuations.map(each => each.run)]
}

/**
 * User code names stores as its context does; the engine as Postgres does. A processor's parents are sources, so the
 * engine prefetches for it with source records. A processor that does not declare its reads most likely looks its tables
 * up by the record's own key.
 */
function prefetchByStore(
  processor: AnyProcessor,
  tables: Readonly<Record<string, AnyStore>>,
): ProcessNode['prefetch'] | undefined {
  const { prefetch, stores, streams } = processor
  if (prefetch) {
    const byAlias: Readonly<Record<string, AnyStore>> = { ...tables, ...stores }
    return record => {
      const wanted = Object.entries(prefetch(record as StreamRecord))
      return Object.fromEntries(wanted.map(([alias, keys]) => [byAlias[alias]?.name ?? alias, keys ?? []]))
    }
  }
  const sameKey = (table: AnyStore) =>
    (streams as readonly AnyTopic[]).every(each => each.key.name === table.keySerde.name)
  const lookedUp = Object.values(tables).filter(sameKey)
  if (lookedUp.length === 0) return undefined
  return ({ key }: FlowRecord) =>
    key === null || key === undefined
      ? {}
      : Object.fromEntries(lookedUp.map(table => [table.name, [table.key.split(key)]]))
}
