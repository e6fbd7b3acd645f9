import type { NodeContext, NodeProcessor } from '../../definition/definition.ts'
import { FatalError } from '../../definition/errors.ts'
import { chain, type FlowRecord } from '../../definition/record.ts'
import { timeSerde } from '../../definition/serdes/primitives.ts'
import { tupleSerde } from '../../definition/serdes/tuple-serde.ts'
import type { Column, Entry, StoreDefinition, TaskTable } from '../../definition/store.ts'
import { keyValueStore, rawTable } from '../../definition/stores/key-value.ts'
import { extended, type FormatOption, formatOf, type RowFormat, single } from '../../definition/stores/layout.ts'
import { type Change, isAbsent } from '../change.ts'
import { type ClockStore, OperatorTime } from '../clock.ts'
import { headersSerde } from '../header-serde.ts'
import { optionalFormat } from '../internal-serdes.ts'
import type { LookupSource, OldValues, TimedValue } from '../stage.ts'
import { runSteps, type WaitingSteps, wait } from '../steps.ts'
import type { Windowed } from '../windows/windowed.ts'

/** A key that waits, and since when. Units: ms. */
interface Waiting {
  readonly since: number
  readonly key: unknown
}

/** The values held back of a key. Source: `BufferValue` of Kafka Streams. */
interface HeldBack {
  /** The value that the key will show. */
  readonly newValue: unknown
  /** The value that the newest update replaced; the key may never have shown it. It is handed on as the old value. */
  readonly oldValue: unknown
  /** The value that the key showed before it began to wait, which look-ups see. */
  readonly shown: unknown
  /** Those of the update that brought the value. */
  readonly headers: FlowRecord['headers']
}

/** The stores of a suppression: values by time of waiting, and the times by key. */
interface SuppressStores {
  readonly buffer: StoreDefinition<Waiting, HeldBack, TaskTable<Waiting, HeldBack>>
  readonly times: StoreDefinition<unknown, number, TaskTable<unknown, number>>
}

/** Declares `<name>` (columns `waiting_since`, the key's, the value's) and `<name>-times`. */
export function suppressStores(name: string, key: RowFormat<unknown>, value: FormatOption<unknown>): SuppressStores {
  const waiting: RowFormat<Waiting> = {
    columns: [...single('waitingSince', timeSerde).columns, ...key.columns],
    serde: extended(single('waitingSince', timeSerde), [['key', key.serde]], {
      take: (at: Waiting) => [at.since, at.key],
      make: (since, [key]) => ({ since, key }),
    }).serde,
    split: at => [at.since, ...key.split(at.key)],
    join: (parts, row) => ({ since: parts[0] as number, key: key.join(parts.slice(1), row) }),
  }
  return {
    buffer: { ...rawTable(keyValueStore(name, { key: waiting, value: heldBackFormat(value) })), type: 'suppress' },
    times: rawTable(keyValueStore(`${name}-times`, { key, value: timeSerde })),
  }
}

function heldBackFormat(value: FormatOption<unknown>): RowFormat<HeldBack> {
  const after = optionalFormat(formatOf('value', value))
  const replaced = prefixed('replaced', optionalFormat(formatOf('replacedValue', value)), after)
  const shown = prefixed('previous', optionalFormat(formatOf('previousValue', value)), after)
  const width = after.columns.length
  const headers = single('recordHeaders', headersSerde)
  return {
    columns: [...after.columns, ...replaced, ...shown, ...headers.columns],
    serde: tupleSerde([
      [undefined, after.serde],
      [undefined, after.serde],
      [undefined, after.serde],
      ['headers', headers.serde],
    ]).mapped(
      (held: HeldBack) => [held.newValue, held.oldValue, held.shown, held.headers],
      ([newValue, oldValue, previous, own]) => ({
        newValue,
        oldValue,
        shown: previous,
        headers: own as HeldBack['headers'],
      }),
    ),
    split: held => [
      ...after.split(held.newValue),
      ...after.split(held.oldValue),
      ...after.split(held.shown),
      ...headers.split(held.headers),
    ],
    join: (parts, key) => ({
      newValue: after.join(parts.slice(0, width), key),
      oldValue: after.join(parts.slice(width, 2 * width), key),
      shown: after.join(parts.slice(2 * width, -1), key),
      headers: headers.join(parts.slice(-1), key),
    }),
  }
}

/** The columns of a further value, under names that those of the first do not have. */
function prefixed(prefix: string, { columns }: RowFormat<unknown>, first: RowFormat<unknown>): readonly Column[] {
  return columns.map((column, index) =>
    column.name === first.columns[index]?.name ? { ...column, name: `${prefix}_${column.name}` } : column,
  )
}

/** The time until which a key's updates are held back. */
interface SuppressRule {
  /** `window`: counted from the window's end. `arrival`: from the first update that was held back. */
  readonly from: 'window' | 'arrival'
  /** Units: ms. */
  readonly forMs: number
  readonly limit?: SuppressLimit | undefined
}

/** The number of keys that a suppression may hold back, and the action on one more: emit the oldest, or stop the worker. */
export interface SuppressLimit {
  readonly keys: number
  readonly then: 'emit-early' | 'stop'
}

/**
 * Holds a table's updates back, so that of many only the last is shown: until the window has closed, or for a time since the
 * first of them. Time is that of the updates that come here.
 *
 * Source: `KTableSuppressProcessorSupplier` of Kafka Streams (KIP-328); its limit counts bytes too. The old value that it hands
 * on is the one before the newest, as there: an aggregation behind it subtracts values that it never added. It releases windows whose
 * end belongs to them, sliding ones and sessions, a millisecond too early, and then again with what that millisecond brings.
 */
export function suppress(
  { buffer, times }: SuppressStores,
  clock: ClockStore,
  { from, forMs, limit }: SuppressRule,
  old: OldValues,
): (context: NodeContext) => NodeProcessor {
  return context => {
    const held = context.store(buffer)
    const since = context.store(times)
    const seen = new OperatorTime(context, clock, 'stream-time')
    // This is not a time but the number of keys that are held back, kept in a row beside it.
    const count = new OperatorTime(context, clock, 'held-back')

    function* hold(record: FlowRecord): WaitingSteps {
      const { newValue, oldValue } = record.value as Change
      const time = yield* wait(seen.raise(record.timestamp))
      const known = yield* wait(since.get(record.key))
      const began = from === 'window' ? (record.key as Windowed<unknown>).end : (known?.value ?? record.timestamp)
      const at: Waiting = { since: began, key: record.key }
      const before = known === undefined ? undefined : yield* wait(held.get(at))
      const shown = before ? before.value.shown : (oldValue ?? null)
      held.put(at, { newValue, oldValue: oldValue ?? null, shown, headers: record.headers }, record.timestamp)
      if (known === undefined) since.put(record.key, began, record.timestamp)
      const due = time < forMs ? [] : yield* wait(held.scan({ to: [time - forMs] }))
      yield* show(due)
      if (limit !== undefined) yield* keepWithin(limit, (known === undefined ? 1 : 0) - due.length)
    }

    function* show(entries: readonly Entry<Waiting, HeldBack>[]): WaitingSteps {
      for (const { key: at, value, timestamp } of entries) {
        held.delete(at)
        since.delete(at.key)
        if (from === 'window' && isAbsent(value.newValue)) continue
        const { newValue, headers } = value
        const change: Change = { newValue, oldValue: old.wanted ? value.oldValue : null, latest: true }
        yield* wait(context.forward({ key: at.key, value: change, timestamp, headers }))
      }
    }

    /** Updates the count of waiting keys and enforces the limit. `change` is the number of keys that wait in addition to before. */
    function* keepWithin({ keys, then }: SuppressLimit, change: number): WaitingSteps {
      const before = yield* wait(count.read())
      const waiting = before < 0 ? (yield* wait(held.scan({}))).length : before + change
      const over = Math.max(0, waiting - keys)
      if (over > 0 && then === 'stop')
        throw new FatalError(
          'STOPPED_BY_POLICY',
          `more than ${keys} keys wait to be shown, in '${buffer.name}': give it a higher limit, or one that emits early`,
        )
      if (over > 0) yield* show(yield* wait(held.scan({ limit: over })))
      count.write(waiting - over)
    }

    return {
      process: record => runSteps(hold(record)),
    }
  }
}

/**
 * Looks up the value that a suppressed table shows: of a key that is held back, the one from before it began to wait, whose
 * time is not known (-1); of any other, the one of the table beneath.
 *
 * Source: the value getter of `KTableSuppressProcessorSupplier`.
 */
export function suppressedLookup({ buffer, times }: SuppressStores, beneath: LookupSource): LookupSource {
  return {
    stores: [...new Set([buffer.name, times.name, ...beneath.stores])],
    open(context) {
      const held = context.store(buffer)
      const since = context.store(times)
      const lookup = beneath.open(context)
      const shown = (entry: Entry<Waiting, HeldBack> | undefined): TimedValue | undefined => {
        const value = entry?.value.shown
        return isAbsent(value) ? undefined : { value, timestamp: -1 }
      }
      return {
        get: key =>
          chain(since.get(key), waiting =>
            waiting === undefined ? lookup.get(key) : chain(held.get({ since: waiting.value, key }), shown),
          ),
      }
    },
    prefetch: key => ({ ...beneath.prefetch(key), [times.name]: [times.key.split(key)] }),
  }
}

/** The stores that a suppression uses, by name. */
export function suppressStoreNames({ buffer, times }: SuppressStores, clock: ClockStore): readonly string[] {
  return [buffer.name, times.name, clock.name]
}
