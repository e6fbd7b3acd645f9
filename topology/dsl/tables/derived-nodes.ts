import type { Serde } from '../../definition/serde.ts'
import { requireSerde } from '../plan.ts'
import { keyFormatOf, type OldValues, type TableStage } from '../stage.ts'
import { operatorStore } from './table-nodes.ts'
import { derivedLookup, derivedTable, type ValueRule } from './table-operators.ts'
import { storeLookup } from './table-source.ts'

/** The rule by which a table's values are computed from those of another. */
export interface Derivation {
  readonly operator: string
  /** The user's function, as it was given. */
  readonly function: (...parameters: never[]) => unknown
  readonly rule: ValueRule
  /** True if the rule only keeps or drops values. */
  readonly filters: boolean
}

/** Adds the node of a table that is computed from another one value by value, and its store where it has one. */
export function addDerivedTable<K, V, V2>(
  stage: TableStage<K, V>,
  { operator, function: function_, rule, filters }: Derivation,
  storeName: string | undefined,
  value: Serde<NonNullable<V2>> | undefined,
): TableStage<K, V2> {
  const { plan } = stage
  const node = storeName ?? plan.nameFor(stage.node, operator)
  const store = storeName === undefined ? undefined : storeOf(stage, storeName, value)
  // A filter asks for old values where they are kept anyway, so that it need not say that a value is gone which it never showed.
  const old: OldValues = { wanted: filters && stage.sendOldValues() }
  if (store) plan.builder.addStore(store)
  plan.process({
    name: node,
    operator,
    keepsKey: true,
    parents: [stage.node],
    stores: store ? [store.name] : [],
    functions: [function_],
    // An out-of-order null of a versioned table may follow another version than the latest.
    create: derivedTable(rule, old, store, filters && !stage.versioned),
  })
  const source = stage.lookup && derivedLookup(stage.lookup, rule)
  return {
    plan,
    node,
    key: stage.key,
    ...(stage.keyFormat && { keyFormat: stage.keyFormat }),
    value,
    lookup: store ? storeLookup(store) : source,
    versioned: store === undefined && stage.versioned,
    sendOldValues() {
      old.wanted ||= store !== undefined || stage.sendOldValues()
      return old.wanted
    },
  }
}

function storeOf(stage: TableStage<unknown, unknown>, name: string, value: Serde<unknown> | undefined) {
  return operatorStore(name, keyFormatOf(stage, name), requireSerde(value, 'value', name, stage.node))
}
