import type { NodeContext, NodeProcessor } from '../../definition/definition.ts'
import { type Awaitable, type FlowRecord, isPromise } from '../../definition/record.ts'
import type { Entry, StoreDefinition, TaskTable } from '../../definition/store.ts'
import { changed, isAbsent } from '../change.ts'
import { atOnce } from '../functions.ts'
import type { OldValues } from '../stage.ts'
import { HeldUpdates } from '../suppression/held-updates.ts'

/** A store whose face is its table. */
export type RawStore = StoreDefinition<unknown, unknown, TaskTable<unknown, unknown>>

/** The next aggregate of a key: `aggregate` is undefined for its first value. */
export type Fold = (aggregate: unknown, value: unknown, key: unknown) => unknown

/** `each`: every update is handed on. `per-commit`: the last one of a key in each commit, as with Kafka Streams' cache. */
export type Updates = 'each' | 'per-commit'

/**
 * The time of a new aggregate: the highest of its records. Without an aggregate any more it is the record's own.
 *
 * Source: `TimestampedCacheFlushListener` of Kafka Streams.
 */
export function resultTime(record: FlowRecord, before: { readonly timestamp: number } | undefined, after: unknown) {
  return before === undefined || isAbsent(after) ? record.timestamp : Math.max(before.timestamp, record.timestamp)
}

/**
 * Aggregates the values of a key. The result's time is the highest of its records.
 *
 * Source: `KStreamAggregate` and `KStreamReduce` of Kafka Streams: null keys and values are left out.
 */
export function keyValueAggregate(
  store: RawStore,
  step: Fold,
  old: OldValues,
  updates: Updates,
): (context: NodeContext) => NodeProcessor {
  return context => {
    const table = context.store(store)
    const held = updates === 'per-commit' ? new HeldUpdates(table, record => context.forward(record)) : undefined
    const apply = (record: FlowRecord, found: Entry<unknown, unknown> | undefined): Awaitable<void> => {
      const before = found?.value
      const after = atOnce(step(before, record.value, record.key))
      const timestamp = resultTime(record, found, after)
      if (!isAbsent(after)) table.put(record.key, after, timestamp)
      else if (found === undefined) return
      else table.delete(record.key)
      if (held) return held.hold(record.key, before ?? null, timestamp, record.headers)
      const change = { newValue: after ?? null, oldValue: old.wanted ? (before ?? null) : null, latest: true }
      return context.forward({ key: record.key, value: change, timestamp, headers: record.headers })
    }
    return {
      process(record) {
        if (isAbsent(record.key)) return context.skip('null-key')
        if (isAbsent(record.value)) return context.skip('null-value')
        const found = table.get(record.key)
        return isPromise(found) ? found.then(entry => apply(record, entry)) : apply(record, found)
      },
      ...(held && { flush: () => held.flush() }),
    }
  }
}

/**
 * Aggregates a regrouped table: takes the old value out, then puts the new one in.
 *
 * Source: `KTableAggregate` of Kafka Streams.
 */
export function tableAggregate(
  store: RawStore,
  init: (key: unknown) => unknown,
  add: (aggregate: unknown, value: unknown, key: unknown) => unknown,
  subtract: (aggregate: unknown, value: unknown, key: unknown) => unknown,
  old: OldValues,
  updates: Updates,
): (context: NodeContext) => NodeProcessor {
  return context => {
    const table = context.store(store)
    const held = updates === 'per-commit' ? new HeldUpdates(table, record => context.forward(record)) : undefined
    const apply = (record: FlowRecord, found: Entry<unknown, unknown> | undefined): Awaitable<void> => {
      const { key } = record
      const { oldValue, newValue } = record.value as { oldValue: unknown; newValue: unknown }
      const before = found?.value
      const subtracts = !isAbsent(oldValue) && !isAbsent(before)
      const adds = !isAbsent(newValue)
      const between = subtracts ? atOnce(subtract(before, oldValue, key)) : before
      const after = adds ? atOnce(add(isAbsent(between) ? atOnce(init(key)) : between, newValue, key)) : between
      const timestamp = subtracts || adds ? resultTime(record, found, after) : record.timestamp
      if (!isAbsent(after)) table.put(key, after, timestamp)
      else if (found === undefined) return
      else table.delete(key)
      if (held) return held.hold(record.key, before ?? null, timestamp, record.headers)
      return context.forward({ ...changed(record, after ?? null, old.wanted ? (before ?? null) : null), timestamp })
    }
    return {
      process(record) {
        if (isAbsent(record.key)) return context.skip('null-key')
        const found = table.get(record.key)
        return isPromise(found) ? found.then(entry => apply(record, entry)) : apply(record, found)
      },
      ...(held && { flush: () => held.flush() }),
    }
  }
}
