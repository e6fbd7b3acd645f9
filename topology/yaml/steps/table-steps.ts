import { TopologyError } from '../../definition/errors.ts'
import type { SuppressLimit } from '../../dsl/suppression/suppress.ts'
import type { Fields } from './fields.ts'
import { given, policyStep, type Stages, type Steps, step } from './step.ts'

type Table = Stages['table']
type WindowedTable = Stages['windowed table']
type GroupedTable = Stages['grouped table']

const filter = { by: 'function', store: 'text?' } as const satisfies Fields
const join = { table: 'table', by: 'function', store: 'text?', value: 'serde?' } as const satisfies Fields
const foreignKey = {
  table: 'table',
  on: 'function',
  by: 'function',
  name: 'text',
  store: 'text?',
  value: 'serde?',
} as const satisfies Fields
const groups = { add: 'function', subtract: 'function', updates: 'updates?' } as const satisfies Fields

/** The steps that can follow a table. */
export const tableSteps: Steps = {
  filter: step(filter, (table: Table, { by, ...options }) => table.filter(by, given(options))),
  'filter-not': step(filter, (table: Table, { by, ...options }) => table.filterNot(by, given(options))),
  'map-values': step({ ...filter, value: 'serde?' }, (table: Table, { by, ...options }) =>
    table.mapValues(by, given(options)),
  ),
  'on-error': policyStep((table: Table, policy) => table.onError(policy)),
  'transform-values': step({ operator: 'transform' }, (table: Table, { operator }) => table.transformValues(operator)),
  'to-stream': step({ by: 'function?', key: 'serde?' }, (table: Table, { by, ...made }) =>
    by === undefined ? table.toStream() : table.toStream(by, given(made)),
  ),
  'group-by': step({ by: 'function', name: 'text', key: 'serde', value: 'serde' }, (table: Table, { by, ...options }) =>
    table.groupBy(by, options),
  ),
  join: step(join, (left: Table, { table, by, ...options }) => left.join(table, by, given(options))),
  'left-join': step(join, (left: Table, { table, by, ...options }) => left.leftJoin(table, by, given(options))),
  'outer-join': step(join, (left: Table, { table, by, ...options }) => left.outerJoin(table, by, given(options))),
  'join-foreign-key': step(foreignKey, (left: Table, { table, on, by, name, store, value }) =>
    left.joinForeignKey(table, { on, name, ...given({ store, value }) }, by),
  ),
  'left-join-foreign-key': step(foreignKey, (left: Table, { table, on, by, name, store, value }) =>
    left.leftJoinForeignKey(table, { on, name, ...given({ store, value }) }, by),
  ),
  suppress: step(
    { name: 'text', every: 'duration', limit: 'count?', full: 'full?' },
    (table: Table, { limit, full, ...options }) => table.suppress({ ...options, ...limitOf(limit, full) }),
  ),
}

/** The steps that can follow the table of a windowed aggregation. */
export const windowedTableSteps: Steps = {
  ...tableSteps,
  'on-update': step({}, (table: WindowedTable) => table.onUpdate()),
  'on-close': step({ idle: 'duration?' }, (table: WindowedTable, options) => table.onClose(given(options))),
  'suppress-until-close': step({ name: 'text', limit: 'count?' }, (table: WindowedTable, { name, limit }) =>
    table.suppressUntilClose({ name, ...(limit !== undefined && { limit: { keys: limit, then: 'stop' } }) }),
  ),
}

/** The steps that can follow a table's values under other keys. */
export const groupedTableSteps: Steps = {
  count: step({ store: 'text', updates: 'updates?' }, (grouped: GroupedTable, { store, updates }) =>
    grouped.count(store, given({ updates })),
  ),
  reduce: step({ store: 'text', ...groups }, (grouped: GroupedTable, { store, add, subtract, updates }) =>
    grouped.reduce(store, { add, subtract, ...given({ updates }) }),
  ),
  aggregate: step(
    { store: 'text', init: 'function', value: 'serde', ...groups },
    (grouped: GroupedTable, { store, init, add, subtract, value, updates }) =>
      grouped.aggregate(store, { init, add, subtract, value, ...given({ updates }) }),
  ),
}

function limitOf(
  keys: number | undefined,
  full: SuppressLimit['then'] | undefined,
): { readonly limit?: SuppressLimit } {
  if (keys === undefined && full === undefined) return {}
  if (keys === undefined || full === undefined)
    throw new TopologyError(
      'TOPOLOGY_INVALID',
      "a suppression is limited by 'limit', how many keys may wait, and 'full', what happens then: write both or neither",
    )
  return { limit: { keys, then: full } }
}
