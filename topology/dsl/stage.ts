import { refuse } from '../definition/collected-errors.ts'
import type { NodeContext } from '../definition/definition.ts'
import { TopologyError } from '../definition/errors.ts'
import type { Awaitable } from '../definition/record.ts'
import type { Serde } from '../definition/serde.ts'
import { type RowFormat, single } from '../definition/stores/layout.ts'
import { type Plan, requireSerde } from './plan.ts'

/** The place of a stream in the graph while it is declared. */
export interface StreamStage<K, V> {
  readonly plan: Plan
  /** The node whose output it is. */
  readonly node: string
  /** Known where the user or a topic has said it. */
  readonly key: Serde<K> | undefined
  readonly value: Serde<V> | undefined
  /** The key was set since the records were last partitioned by it. */
  readonly rekeyed: boolean
}

/** A value of a table and the event time that it has. Units: ms. */
export interface TimedValue {
  readonly value: unknown
  readonly timestamp: number
}

/** Looks a table's values up, inside one task. */
export interface Lookup {
  get(key: unknown): Awaitable<TimedValue | undefined>
  /** The value as of a time, for versioned tables. Units: ms. */
  getAt?(key: unknown, time: number): Awaitable<TimedValue | undefined>
}

/** The look-up of a table, and the stores that it reads. */
export interface LookupSource {
  readonly stores: readonly string[]
  open(context: NodeContext): Lookup
  /** The length of the past for which a versioned table knows its values. Units: ms. */
  readonly historyMs?: number
  /** The keys that a look-up reads, by store name: split keys or leading parts. */
  prefetch(key: unknown): Readonly<Record<string, readonly (readonly unknown[])[]>>
}

/** The place of a table in the graph while it is declared. */
export interface TableStage<K, V> {
  readonly plan: Plan
  readonly node: string
  readonly key: Serde<K> | undefined
  /** The columns of a key that has several, as a key in a window has; unset: the serde's one. */
  readonly keyFormat?: RowFormat<unknown>
  readonly value: Serde<NonNullable<V>> | undefined
  /** Undefined: the table keeps no store and is computed from none. */
  readonly lookup: LookupSource | undefined
  /** True if its updates come in order of time, and out-of-order ones are marked. */
  readonly versioned: boolean
  /** Asks that changes carry the old value. False: the table has no store to take it from. */
  sendOldValues(): boolean
}

/** Whether a node's changes carry the old value; decided by what is declared after it. */
export interface OldValues {
  wanted: boolean
}

/** The columns in which a store keeps the table's keys. Errors: TopologyError TOPOLOGY_INVALID without a serde. */
export function keyFormatOf(stage: TableStage<unknown, unknown>, reader: string): RowFormat<unknown> {
  return stage.keyFormat ?? single('key', requireSerde(stage.key, 'key', reader, stage.node))
}

/** The table's look-up. Errors: TopologyError TOPOLOGY_INVALID when it has none. */
export function requireLookup(stage: TableStage<unknown, unknown>, reader: string): LookupSource {
  if (stage.lookup !== undefined) return stage.lookup
  refuse(withoutStore(stage.node, reader))
  return { stores: [], open: () => ({ get: () => undefined }), prefetch: () => ({}) }
}

/** Asks for old values. Errors: TopologyError TOPOLOGY_INVALID when the table cannot give them. */
export function requireOldValues(stage: TableStage<unknown, unknown>, reader: string): void {
  if (!stage.sendOldValues()) refuse(withoutStore(stage.node, reader))
}

function withoutStore(node: string, reader: string): TopologyError {
  return new TopologyError(
    'TOPOLOGY_INVALID',
    `'${reader}' must look values of table '${node}' up, which has no store: name one, as in t.table(topic, 'name') or { store: 'name' }`,
  )
}
