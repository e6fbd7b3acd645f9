import type { FailurePolicy, NodeDefinition, TopologyDefinition } from './definition.ts'
import { durationMs } from './duration.ts'
import { TopologyError } from './errors.ts'
import { buildGraph, type TopologyGraph } from './graph.ts'
import { changelogTopic } from './naming.ts'
import type { AvroSchema, Serde } from './serde.ts'
import type { AnyStore, Column } from './store.ts'
import { sqlTableName } from './stores/naming.ts'
import type { AnyTopic } from './topic.ts'

/**
 * A topology as JSON: `describe --json` prints it, a diff compares it, and a release can keep the one before. Names
 * are sorted, so that equal topologies have equal texts. Functions are left out.
 */
export interface TopologySnapshot {
  readonly format: typeof snapshotFormat
  readonly name: string
  readonly topics: Readonly<Record<string, TopicSnapshot>>
  readonly stores: Readonly<Record<string, StoreSnapshot>>
  readonly subtopologies: Readonly<Record<string, SubtopologySnapshot>>
  readonly nodes: Readonly<Record<string, NodeSnapshot>>
}

/** Changes when an older snapshot could no longer be compared. */
const snapshotFormat = 'millrace-topology/1'

/** The fields of an Avro record, and whether a reader needs them to be written. Shape: `{ id: 'required', note: 'default' }`. */
export type FieldsSnapshot = Readonly<Record<string, 'required' | 'default'>>

/** The fields of keys and values, where they are Avro records. */
interface SchemaFields {
  readonly keyFields?: FieldsSnapshot
  readonly valueFields?: FieldsSnapshot
}

/** `key` and `value` are serde names. Shape: `{ key: 'string', value: 'avro:Order', internal: false, partitions: 6 }`. */
export interface TopicSnapshot extends SchemaFields {
  readonly key: string
  readonly value: string
  readonly partitions?: number
  readonly config: Readonly<Record<string, string>>
  readonly offsetReset: string
  /** A repartition topic: the application's own. */
  readonly internal: boolean
}

export interface StoreSnapshot extends SchemaFields {
  readonly type: string
  readonly key: string
  readonly value: string
  readonly table: string
  /** Shape: `['key text', 'value bigint']`, key columns first. */
  readonly columns: readonly string[]
  /** Absent for a global table: its topic is its changelog. */
  readonly changelog?: string
  readonly retentionMs?: number
  /** The sub-topology whose tasks own it; null for a global table's. */
  readonly subtopology: string | null
}

export interface SubtopologySnapshot {
  readonly group: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly stores: readonly string[]
  /** The number of tasks; absent where no input declares it. */
  readonly partitions?: number
}

export interface NodeSnapshot {
  readonly kind: NodeDefinition['kind']
  readonly subtopology: string | null
  readonly parents: readonly string[]
  /** Topics read or written. A dynamic sink has none. */
  readonly topics: readonly string[]
  readonly role?: string
  /** Topics found by their names. Shape: `'/^orders\\./ of string and json'`. */
  readonly pattern?: string
  readonly operator?: string
  readonly stores?: readonly string[]
  readonly globals?: readonly string[]
  /** The settings of its operator. Shape: `{ sizeMs: 60000, graceMs: 5000 }`. */
  readonly parameters?: Readonly<Record<string, string | number | boolean>>
  readonly failure?: {
    readonly attempts: number
    readonly backoffMs: number
    readonly capMs: number
    readonly then: string
  }
}

/** Errors: TopologyError TOPOLOGY_INVALID, as `buildGraph`. */
export function snapshotOf(definition: TopologyDefinition): TopologySnapshot {
  const graph = buildGraph(definition)
  const internal = new Set(definition.nodes.flatMap(node => (node.kind === 'repartition' ? [node.topic] : [])))
  const owner = ownerByNode(graph)
  return {
    format: snapshotFormat,
    name: definition.name,
    topics: sorted(
      [...graph.topics.values()].map(topic => [topic.name, topicSnapshot(topic, internal.has(topic.name))]),
    ),
    stores: sorted(definition.stores.map(store => [store.name, storeSnapshot(store, graph)])),
    subtopologies: sorted(graph.subtopologies.map(part => [part.name, subtopologySnapshot(part)])),
    nodes: sorted(definition.nodes.map(node => [node.name, nodeSnapshot(node, owner.get(node.name) ?? null)])),
  }
}

/** A snapshot from its JSON text. Errors: TopologyError CONFIG_INVALID for another text. */
export function parseSnapshot(text: string, file: string): TopologySnapshot {
  const parsed = parseJson(text) as Partial<TopologySnapshot> | null | undefined
  if (typeof parsed === 'object' && parsed?.format === snapshotFormat) return parsed as TopologySnapshot
  const remedy = 'make one with: topology describe --json'
  throw new TopologyError('CONFIG_INVALID', `'${file}' is no topology snapshot of format ${snapshotFormat}: ${remedy}`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function topicSnapshot(topic: AnyTopic, internal: boolean): TopicSnapshot {
  return {
    key: topic.key.name,
    value: topic.value.name,
    ...fieldsOf(topic.key, topic.value),
    ...(topic.partitions !== undefined && { partitions: topic.partitions }),
    config: sorted(Object.entries(topic.config ?? {})),
    offsetReset: topic.offsetReset ?? 'earliest',
    internal,
  }
}

function storeSnapshot(store: AnyStore, graph: TopologyGraph): StoreSnapshot {
  const { name } = store
  const owner = graph.subtopologies.find(part => part.stores.some(other => other.name === name))
  const columns = [...store.key.columns, ...store.value.columns] as readonly Column[]
  return {
    type: store.type,
    key: store.keySerde.name,
    value: store.valueSerde.name,
    ...fieldsOf(store.keySerde, store.valueSerde),
    table: sqlTableName(name),
    columns: columns.map(column => `${column.name} ${column.sql.pg}`),
    ...(owner && { changelog: changelogTopic(graph.definition.name, name) }),
    ...(store.retentionMs !== undefined && { retentionMs: store.retentionMs }),
    subtopology: owner?.name ?? null,
  }
}

function fieldsOf(key: Pick<Serde<unknown>, 'schema'>, value: Pick<Serde<unknown>, 'schema'>): SchemaFields {
  const [keyFields, valueFields] = [key, value].map(({ schema }) => recordFields(schema))
  return { ...(keyFields && { keyFields }), ...(valueFields && { valueFields }) }
}

function recordFields(schema: AvroSchema | undefined): FieldsSnapshot | undefined {
  if (typeof schema !== 'object' || !('fields' in schema) || !Array.isArray(schema.fields)) return undefined
  const fields = schema.fields as readonly { readonly name: string; readonly default?: unknown }[]
  return sorted(fields.map(field => [field.name, field.default === undefined ? 'required' : 'default']))
}

function subtopologySnapshot(part: TopologyGraph['subtopologies'][number]): SubtopologySnapshot {
  const outputs = part.sinks.flatMap(node => (typeof node.topic === 'string' ? [node.topic] : []))
  return {
    group: part.group,
    inputs: [...part.inputs, ...patternsOf(part)],
    outputs: [...new Set(outputs)].sort(),
    stores: part.stores.map(store => store.name).sort(),
    ...(part.partitions !== undefined && { partitions: part.partitions }),
  }
}

/** The patterns by which a part finds inputs that are not known yet. Shape: `['/^orders\\./']`. */
function patternsOf(part: TopologyGraph['subtopologies'][number]): readonly string[] {
  return part.nodes.flatMap(node => (node.kind === 'source' && node.pattern ? [node.pattern.like.name] : []))
}

function nodeSnapshot(node: NodeDefinition, subtopology: string | null): NodeSnapshot {
  const topics =
    node.kind === 'source' ? node.topics : node.kind !== 'process' && typeof node.topic === 'string' ? [node.topic] : []
  const failure = 'failure' in node && node.failure ? failureSnapshot(node.failure) : undefined
  return {
    kind: node.kind,
    subtopology,
    parents: node.kind === 'source' ? [] : [...node.parents].sort(),
    topics: [...topics].sort(),
    ...(node.kind === 'source' && { role: node.role }),
    ...(node.kind === 'source' && node.pattern && { pattern: patternSnapshot(node.pattern.like) }),
    ...(node.kind === 'process' && { operator: node.operator, stores: [...node.stores].sort() }),
    ...(node.kind === 'process' && node.globals && { globals: [...node.globals].sort() }),
    ...(node.kind === 'process' && node.parameters && { parameters: sorted(Object.entries(node.parameters)) }),
    ...(failure && { failure }),
  }
}

function patternSnapshot({ name, key, value, offsetReset = 'earliest' }: AnyTopic): string {
  return `${name} of ${key.name} and ${value.name}, ${offsetReset}`
}

function failureSnapshot({ retry, then }: FailurePolicy): NonNullable<NodeSnapshot['failure']> {
  const { attempts = 0, backoff = 0, cap = 0 } = retry ?? {}
  return { attempts, backoffMs: durationMs(backoff), capMs: durationMs(cap), then }
}

function ownerByNode(graph: TopologyGraph): ReadonlyMap<string, string> {
  return new Map(graph.subtopologies.flatMap(part => part.nodes.map(node => [node.name, part.name] as const)))
}

/** An object whose keys are in order, so that its JSON is too. */
function sorted<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
}
