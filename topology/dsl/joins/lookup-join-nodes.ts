import { refuse } from '../../definition/collected-errors.ts'
import { type Duration, durationMs } from '../../definition/duration.ts'
import { TopologyError } from '../../definition/errors.ts'
import { isAbsent } from '../change.ts'
import { clockStore } from '../clock.ts'
import { requireSerde } from '../plan.ts'
import { type LookupSource, requireLookup, type StreamStage, type TableStage } from '../stage.ts'
import { bufferedJoin } from './buffered-join.ts'
import { heldRecords } from './join-stores.ts'
import { lookupJoin } from './lookup-join.ts'
import type { Joiner } from './table-join.ts'

/** Adds the node that joins a stream with a table, and its buffer where there is one. Returns the node. */
export function addTableLookup<K, V>(
  kind: 'inner' | 'left',
  stream: StreamStage<K, V>,
  table: TableStage<unknown, unknown>,
  joiner: Joiner,
  buffer: { readonly name: string; readonly grace: Duration } | undefined,
): string {
  const { plan, node } = stream
  const name = buffer?.name ?? plan.nameFor(node, `${kind}-join`)
  const lookup = requireLookup(table, name)
  const join = { kind, joiner, open: lookup.open.bind(lookup), keyOf: (_: unknown, key: unknown) => key }
  const operator = {
    name,
    operator: `${kind}-join`,
    keepsKey: true,
    parents: [node],
    functions: [joiner],
    prefetch: (record: { readonly key: unknown }) => (isAbsent(record.key) ? {} : lookup.prefetch(record.key)),
  }
  if (buffer === undefined) return plan.process({ ...operator, stores: lookup.stores, create: lookupJoin(join) })
  const graceMs = durationMs(buffer.grace)
  requireHistory(lookup, name, graceMs, table.node)
  const key = requireSerde<unknown>(stream.key, 'key', name, node)
  const store = heldRecords(name, key, requireSerde<unknown>(stream.value, 'value', name, node))
  const clock = clockStore(name)
  plan.builder.addStore(store)
  plan.builder.addStore(clock)
  return plan.process({
    ...operator,
    keepsKey: false,
    stores: [store.name, clock.name, ...lookup.stores],
    parameters: { graceMs },
    create: bufferedJoin(join, { store, clock, graceMs }),
  })
}

function requireHistory({ historyMs }: LookupSource, name: string, graceMs: number, table: string): void {
  if (historyMs === undefined)
    refuse(
      new TopologyError(
        'TOPOLOGY_INVALID',
        `buffer '${name}' waits for table '${table}', which keeps no history: read it as t.table(topic, name, { history: '1h' })`,
      ),
    )
  else if (graceMs > historyMs)
    refuse(
      new TopologyError(
        'TOPOLOGY_INVALID',
        `buffer '${name}' holds records for ${graceMs} ms, but table '${table}' keeps ${historyMs} ms of history: make that as long`,
      ),
    )
}
