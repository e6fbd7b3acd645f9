import type { NodeContext, NodeProcessor } from '../../definition/definition.ts'
import { type Awaitable, chain, type FlowRecord, isPromise } from '../../definition/record.ts'
import type { Entry, StoreDefinition, TaskTable } from '../../definition/store.ts'
import type { VersionKey } from '../../definition/stores/versioned.ts'
import { changed, isAbsent } from '../change.ts'
import { type ClockStore, OperatorTime } from '../clock.ts'
import type { Lookup, LookupSource, OldValues } from '../stage.ts'
import { runSteps, type WaitingSteps, wait } from '../steps.ts'
import type { RawStore } from '../streams/key-value-aggregate.ts'

/**
 * Turns records into a table's changes: the last value of a key wins, null deletes; a null for a key without a value is no
 * change. Out-of-order records win too, unless the table is versioned.
 *
 * Source: `KTableSource` of Kafka Streams, with `CachingKeyValueStore` for the null that changes nothing.
 */
export function tableSource(store: RawStore, old: OldValues): (context: NodeContext) => NodeProcessor {
  return context => {
    const table = context.store(store)
    const apply = (record: FlowRecord, before: Entry<unknown, unknown> | undefined): Awaitable<void> => {
      const { key, value } = record
      if (!isAbsent(value)) table.put(key, value, record.timestamp)
      else if (before === undefined) return
      else table.delete(key)
      return context.forward(changed(record, value ?? null, old.wanted ? (before?.value ?? null) : null))
    }
    return {
      process(record) {
        if (isAbsent(record.key)) return context.skip('null-key')
        const before = old.wanted || isAbsent(record.value) ? table.get(record.key) : undefined
        return isPromise(before) ? before.then(entry => apply(record, entry)) : apply(record, before)
      },
    }
  }
}

/** Turns records into a table's changes without keeping them. */
export function unkeptTableSource(context: NodeContext): NodeProcessor {
  return {
    process(record) {
      if (isAbsent(record.key)) return context.skip('null-key')
      return context.forward(changed(record, record.value ?? null, null))
    },
  }
}

/** The look-up of a key-value store. */
export function storeLookup(store: RawStore): LookupSource {
  return {
    stores: [store.name],
    open(context) {
      const table = context.store(store)
      return { get: key => table.get(key) }
    },
    prefetch: key => ({ [store.name]: [store.key.split(key)] }),
  }
}

/** A store of versions whose face is its table. */
export type VersionStore = StoreDefinition<VersionKey<unknown>, unknown, TaskTable<VersionKey<unknown>, unknown>>

/** A versioned table's parts. Units: `historyMs` in ms. */
export interface VersionedTable {
  readonly store: VersionStore
  readonly clock: ClockStore
  readonly historyMs: number
  /** The columns of the key alone, without `valid_from`. */
  split(key: unknown): readonly unknown[]
}

/**
 * Turns records into the changes of a versioned table: each record holds from its time until the next of its key, whatever
 * order they come in. Records older than the history are left out.
 *
 * Source: `KTableSource` over `RocksDBVersionedStore` of Kafka Streams (KIP-889, KIP-914).
 */
export function versionedTableSource(table: VersionedTable, old: OldValues): (context: NodeContext) => NodeProcessor {
  const { store, clock, historyMs, split } = table
  return context => {
    const versions = context.store(store)
    const seen = new OperatorTime(context, clock, 'stream-time')

    function* put(record: FlowRecord): WaitingSteps {
      const { key, timestamp } = record
      if (timestamp < (yield* wait(seen.read())) - historyMs) return context.skip('expired')
      const observed = yield* wait(seen.raise(timestamp))
      const parts = split(key)
      const rows = yield* wait(versions.scan({ from: parts, to: parts }))
      const newest = rows.at(-1)
      const latest = newest === undefined || newest.key.validFrom <= timestamp
      versions.put({ key, validFrom: timestamp }, record.value ?? null, timestamp)
      forget(rows, timestamp, observed - historyMs)
      const before = old.wanted ? (newest?.value ?? null) : null
      yield* wait(context.forward(changed(record, record.value ?? null, before, latest)))
    }

    /** Deletes versions that ended before the history; `added` is the one just put. */
    function forget(rows: readonly Entry<VersionKey<unknown>, unknown>[], added: number, horizon: number): void {
      const starts = [...new Set([...rows.map(row => row.key.validFrom), added])].sort((a, b) => a - b)
      for (const row of rows) {
        const next = starts.find(start => start > row.key.validFrom)
        if (next !== undefined && next <= horizon) versions.delete(row.key)
      }
    }

    return {
      process: record => (isAbsent(record.key) ? context.skip('null-key') : runSteps(put(record))),
    }
  }
}

/** The look-up of a versioned table: now, or as of a time within its history. */
export function versionedLookup({ store, clock, historyMs, split }: VersionedTable): LookupSource {
  return {
    stores: [store.name, clock.name],
    historyMs,
    open(context): Lookup {
      const versions = context.store(store)
      const seen = new OperatorTime(context, clock, 'stream-time')
      const newest = (from: readonly unknown[], to: readonly unknown[]) =>
        chain(versions.scan({ from, to, reverse: true, limit: 1 }), ([row]) =>
          row === undefined || isAbsent(row.value) ? undefined : { value: row.value, timestamp: row.key.validFrom },
        )
      return {
        get(key) {
          const parts = split(key)
          return newest(parts, parts)
        },
        getAt: (key, time) =>
          chain(seen.read(), observed => {
            const parts = split(key)
            if (time >= observed - historyMs) return newest(parts, [...parts, time])
            // The newest version never expires: it holds for every time since it began.
            return chain(newest(parts, parts), found => (found && found.timestamp <= time ? found : undefined))
          }),
      }
    },
    prefetch: key => ({ [store.name]: [split(key)], [clock.name]: [['stream-time']] }),
  }
}
