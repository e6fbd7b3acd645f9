import { TopologyError } from '../../definition/errors.ts'
import { clockStore } from '../clock.ts'
import { type OldValues, requireLookup, requireOldValues, type TableStage } from '../stage.ts'
import { suppress, suppressedLookup, suppressStoreNames, type suppressStores } from './suppress.ts'

/** Adds the node of a suppression and its stores. */
export function addSuppress<K, V>(
  stage: TableStage<K, V>,
  name: string,
  stores: ReturnType<typeof suppressStores>,
  rule: Parameters<typeof suppress>[2],
): TableStage<K, V> {
  const { plan } = stage
  const clock = clockStore(name)
  const old: OldValues = { wanted: false }
  for (const store of [stores.buffer, stores.times, clock]) plan.builder.addStore(store)
  plan.process({
    name,
    operator: 'suppress',
    parents: [stage.node],
    stores: suppressStoreNames(stores, clock),
    parameters: { from: rule.from, forMs: rule.forMs, ...(rule.limit && { limitKeys: rule.limit.keys }) },
    create: suppress(stores, clock, rule, old),
  })
  // The buffer must know what a key showed before it began to wait.
  requireOldValues(stage, name)
  return {
    ...stage,
    node: name,
    lookup: suppressedLookup(stores, requireLookup(stage, name)),
    sendOldValues() {
      old.wanted = stage.sendOldValues()
      return old.wanted
    },
  }
}

/** The refusal to suppress a versioned table, as Kafka Streams refuses it: what comes late would not be shown in order. */
export function suppressedVersions(name: string, table: string): TopologyError {
  return new TopologyError(
    'TOPOLOGY_INVALID',
    `'${name}' suppresses the versioned table '${table}', whose out-of-order updates cannot be held back: declare the table without history`,
  )
}
