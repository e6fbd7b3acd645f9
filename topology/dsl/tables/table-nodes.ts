import type { Duration } from '../../definition/duration.ts'
import { durationMs } from '../../definition/duration.ts'
import type { Serde } from '../../definition/serde.ts'
import { keyValueStore, rawTable } from '../../definition/stores/key-value.ts'
import { type FormatOption, formatOf, single } from '../../definition/stores/layout.ts'
import { versionedStore } from '../../definition/stores/versioned.ts'
import { isAbsent } from '../change.ts'
import { clockStore } from '../clock.ts'
import type { Plan } from '../plan.ts'
import type { LookupSource, OldValues, TableStage } from '../stage.ts'
import type { RawStore } from '../streams/key-value-aggregate.ts'
import { keepChanges } from './table-operators.ts'
import {
  storeLookup,
  tableSource,
  unkeptTableSource,
  type VersionedTable,
  type VersionStore,
  versionedLookup,
  versionedTableSource,
} from './table-source.ts'

/** Declares a key-value store that operators use. */
export function operatorStore(name: string, key: FormatOption<unknown>, value: FormatOption<unknown>): RawStore {
  return rawTable(keyValueStore<unknown, unknown>(name, { key, value }))
}

/** The stage of a table that has a store of its own. */
export function keptStage<K, V>(
  plan: Plan,
  node: string,
  lookup: LookupSource,
  old: OldValues,
  serdes: { readonly key: Serde<K>; readonly value: Serde<NonNullable<V>> },
  versioned = false,
): TableStage<K, V> {
  return {
    plan,
    node,
    ...serdes,
    lookup,
    versioned,
    sendOldValues() {
      old.wanted = true
      return true
    },
  }
}

/** Adds the store and the node of a table that keeps the last value of each key. */
export function addKeptTable<K, V>(
  plan: Plan,
  parent: string,
  name: string,
  serdes: { readonly key: Serde<K>; readonly value: Serde<NonNullable<V>> },
): TableStage<K, V> {
  const store = operatorStore(name, serdes.key, serdes.value)
  const old: OldValues = { wanted: false }
  plan.builder.addStore(store)
  const keeper = plan.process({
    name: plan.keeperName(name, parent, 'table'),
    operator: 'table',
    keepsKey: true,
    parents: [parent],
    stores: [store.name],
    prefetch: record => (isAbsent(record.key) ? {} : { [store.name]: [store.key.split(record.key)] }),
    create: tableSource(store, old),
  })
  return keptStage(plan, keeper, storeLookup(store), old, serdes)
}

/** Adds the node of a table that keeps nothing, so that it cannot be looked up. */
export function addUnkeptTable<K, V>(
  plan: Plan,
  parent: string,
  serdes: { readonly key: Serde<K>; readonly value: Serde<NonNullable<V>> },
): TableStage<K, V> {
  const node = plan.stateless(parent, 'table', undefined, unkeptTableSource, true)
  return { plan, node, ...serdes, lookup: undefined, versioned: false, sendOldValues: () => false }
}

/** Adds the stores and the node of a table that also knows what its keys had before, for as long as `history`. */
export function addVersionedTable<K, V>(
  plan: Plan,
  parent: string,
  name: string,
  serdes: { readonly key: Serde<K>; readonly value: Serde<NonNullable<V>> },
  history: Duration,
): TableStage<K, V> {
  const definition = versionedStore<unknown, unknown>(name, { ...serdes, history })
  const store: VersionStore = { ...definition, open: table => table }
  const key = formatOf('key', single<unknown>('key', serdes.key))
  const table: VersionedTable = {
    store,
    clock: clockStore(name),
    historyMs: durationMs(history),
    split: value => key.split(value),
  }
  const old: OldValues = { wanted: false }
  const lookup = versionedLookup(table)
  plan.builder.addStore(store)
  plan.builder.addStore(table.clock)
  plan.process({
    name,
    operator: 'versioned-table',
    keepsKey: true,
    parents: [parent],
    stores: lookup.stores,
    parameters: { historyMs: table.historyMs },
    prefetch: record => (isAbsent(record.key) ? {} : lookup.prefetch(record.key)),
    create: versionedTableSource(table, old),
  })
  return keptStage(plan, name, lookup, old, serdes, true)
}

/** Adds a store of that name to a table that has none, and the node that keeps its changes there. */
export function addKeeper<K, V>(
  stage: TableStage<K, V>,
  name: string,
  formats: { readonly key: FormatOption<unknown>; readonly value: FormatOption<unknown> },
): TableStage<K, V> {
  const { plan } = stage
  const store = operatorStore(name, formats.key, formats.value)
  const old: OldValues = { wanted: false }
  plan.builder.addStore(store)
  plan.process({
    name,
    operator: 'table',
    keepsKey: true,
    parents: [stage.node],
    stores: [store.name],
    prefetch: record => (isAbsent(record.key) ? {} : { [store.name]: [store.key.split(record.key)] }),
    create: keepChanges(store, old),
  })
  return {
    ...stage,
    node: name,
    lookup: storeLookup(store),
    sendOldValues() {
      old.wanted = true
      return true
    },
  }
}
