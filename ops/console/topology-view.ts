import type { ConsoleProcessor, ConsoleStore, ConsoleTopology } from '../../gateway/console/console-data.ts'
import { quoted, storeTable } from '../../store/postgres/identifiers.ts'
import type { Subtopology, TopologyGraph } from '../../topology/definition/graph.ts'
import { isInternalTopic } from '../../topology/definition/naming.ts'
import type { AnyStore } from '../../topology/definition/store.ts'

/** A topology as the console draws it. `schema`: Postgres' schema of its tables. */
export function consoleTopology(graph: TopologyGraph, schema: string, kafka: boolean): ConsoleTopology {
  const { definition, topics, stores, subtopologies, globals } = graph
  return {
    name: definition.name,
    kafka,
    processors: subtopologies.map(processorOf),
    topics: [...topics.values()].map(({ name, key, value }) => ({
      name,
      internal: isInternalTopic(definition.name, name),
      key: key.name,
      value: value.name,
    })),
    stores: [...stores.values()].map(store => storeOf(store, subtopologies, schema)),
    globals: globals.map(({ source, store }) => ({ store: store.name, topic: source.topics[0] ?? '' })),
  }
}

function processorOf({ name, inputs, sinks, stores, nodes }: Subtopology): ConsoleProcessor {
  const work = nodes.filter(node => node.kind === 'process')
  return {
    name,
    inputs,
    outputs: [...new Set(sinks.flatMap(({ topic }) => (typeof topic === 'string' ? [topic] : [])))],
    stores: stores.map(store => store.name),
    globals: [...new Set(work.flatMap(({ globals = [] }) => globals))],
    // A processor of one node is named after it.
    operators: work.map(node => shortName(node.name, name)).filter(operator => operator !== name),
  }
}

/** A processor's parts are named below it; derived names end in their operator. */
function shortName(node: string, processor: string): string {
  if (node.startsWith(`${processor}/`)) return node.slice(processor.length + 1)
  return node.slice(node.lastIndexOf('/') + 1)
}

function storeOf(store: AnyStore, subtopologies: readonly Subtopology[], schema: string): ConsoleStore {
  const table = storeTable(schema, store)
  const columns = (of: AnyStore['key']) => of.columns.map(({ name, sql }) => ({ name, type: sql.pg }))
  const names = [...store.key.columns, ...store.value.columns].map(({ name }) => quoted(name))
  const list = wrapped(names, 76).join(',\n       ')
  const order = store.key.columns.map(({ name }) => quoted(name)).join(', ')
  return {
    name: store.name,
    type: store.type,
    processor: subtopologies.find(sub => sub.stores.includes(store))?.name ?? null,
    table,
    sql: `select ${list},\n       to_timestamp(record_timestamp / 1000.0) as at\n  from ${table}\n order by ${order}\n limit 50;`,
    key: columns(store.key),
    value: columns(store.value),
  }
}

/** Names in lines of at most so many characters. */
function wrapped(names: readonly string[], most: number): readonly string[] {
  const lines: string[] = []
  for (const name of names) {
    const last = lines.at(-1)
    if (last === undefined || last.length + name.length + 2 > most) lines.push(name)
    else lines[lines.length - 1] = `${last}, ${name}`
  }
  return lines
}
