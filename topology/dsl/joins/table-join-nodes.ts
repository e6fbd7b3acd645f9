import type { Serde } from '../../definition/serde.ts'
import { isAbsent } from '../change.ts'
import { passOn } from '../late-output.ts'
import { requireSerde } from '../plan.ts'
import { keyFormatOf, type OldValues, requireLookup, requireOldValues, type TableStage } from '../stage.ts'
import { operatorStore } from '../tables/table-nodes.ts'
import { keepChanges } from '../tables/table-operators.ts'
import { storeLookup } from '../tables/table-source.ts'
import { type Joiner, type JoinKind, joinedLookup, tableJoin } from './table-join.ts'

/** Adds the nodes of a join of two tables: one a side, and one that brings their results together. */
export function addTableJoin<K, V, V2, R>(
  kind: JoinKind,
  left: TableStage<K, V>,
  right: TableStage<K, V2>,
  joiner: Joiner,
  options: { readonly store?: string; readonly value?: Serde<NonNullable<R>> },
): TableStage<K, R> {
  const { plan } = left
  const name = options.store ?? plan.nameFor(left.node, `${kind}-join`)
  const [leftLookup, rightLookup] = [requireLookup(left, name), requireLookup(right, name)]
  if (kind !== 'inner') requireOldValues(left, name)
  if (kind === 'outer') requireOldValues(right, name)
  const old: OldValues = { wanted: false }
  const side = (of: 'left' | 'right') => {
    const [own, other] = of === 'left' ? [left, rightLookup] : [right, leftLookup]
    return plan.process({
      name: `${name}/${of}`,
      operator: `${kind}-join`,
      keepsKey: true,
      parents: [own.node],
      stores: other.stores,
      functions: [joiner],
      prefetch: record => (isAbsent(record.key) ? {} : other.prefetch(record.key)),
      create: tableJoin({ side: of, kind, joiner, other, versioned: own.versioned, old }),
    })
  }
  const parents = [side('left'), side('right')]
  const key = left.key ?? right.key
  const { keyFormat } = left.key ? left : right
  const keys = { key, ...(keyFormat && { keyFormat }) }
  const oldOfBoth = () => {
    old.wanted ||= left.sendOldValues() && right.sendOldValues()
    return old.wanted
  }
  if (options.store === undefined) {
    plan.process({ name, operator: 'join-results', parents, keepsKey: true, create: passOn })
    const lookup = joinedLookup(leftLookup, rightLookup, kind, joiner)
    return { plan, node: name, ...keys, value: options.value, lookup, versioned: false, sendOldValues: oldOfBoth }
  }
  const store = operatorStore(
    name,
    keyFormatOf(left.key ? left : right, name),
    requireSerde<unknown>(options.value, 'value', name, name),
  )
  plan.builder.addStore(store)
  plan.process({
    name,
    operator: 'join-results',
    parents,
    keepsKey: true,
    stores: [store.name],
    create: keepChanges(store, old),
  })
  const sendOldValues = () => {
    old.wanted = true
    return oldOfBoth()
  }
  return {
    plan,
    node: name,
    ...keys,
    value: options.value,
    lookup: storeLookup(store),
    versioned: false,
    sendOldValues,
  }
}
