import type { NodeContext, NodeProcessor, SkipReason } from '../../definition/definition.ts'
import { type Awaitable, chain, type FlowRecord, isPromise } from '../../definition/record.ts'
import { type Change, changed, isAbsent } from '../change.ts'
import { atOnce } from '../functions.ts'
import type { LookupSource, OldValues, TimedValue } from '../stage.ts'
import type { RawStore } from '../streams/key-value-aggregate.ts'

/** The function that a table operator applies to one value; it returns null for no value. */
export type ValueRule = (value: unknown, key: unknown) => unknown

/**
 * A table whose values are those of another, seen through a rule (filter or map), with or without a store of its own.
 *
 * Source: `KTableFilter` and `KTableMapValues` of Kafka Streams. A filter that knows the old value does not hand on a null
 * that follows a null (`dropsRepeatedNull`), nor does a store hand on a null for a key that it does not have
 * (`CachingKeyValueStore`).
 */
export function derivedTable(
  rule: ValueRule,
  old: OldValues,
  store: RawStore | undefined,
  dropsRepeatedNull: boolean,
): (context: NodeContext) => NodeProcessor {
  const apply = (value: unknown, key: unknown) => (isAbsent(value) ? null : (rule(value, key) ?? null))
  return context => {
    const table = store && context.store(store)
    const kept = (record: FlowRecord, newValue: unknown, oldValue: unknown): Awaitable<void> => {
      if (newValue !== null) table?.put(record.key, newValue, record.timestamp)
      else if (oldValue === null) return
      else table?.delete(record.key)
      return context.forward(changed(record, newValue, oldValue, (record.value as Change).latest))
    }
    return {
      process(record) {
        const { newValue: given, oldValue: givenBefore, latest } = record.value as Change
        const newValue = apply(given, record.key)
        if (table && (old.wanted || newValue === null))
          return chain(table.get(record.key), before => kept(record, newValue, before?.value ?? null))
        if (table) return kept(record, newValue, null)
        const oldValue = old.wanted ? apply(givenBefore, record.key) : null
        if (dropsRepeatedNull && old.wanted && newValue === null && oldValue === null) return
        return context.forward(changed(record, newValue, oldValue, latest))
      },
    }
  }
}

/** Looks a derived table up: in the other table, through the rule. */
export function derivedLookup(source: LookupSource, rule: ValueRule): LookupSource {
  const derive = (found: TimedValue | undefined, key: unknown): TimedValue | undefined => {
    if (found === undefined) return undefined
    const value = atOnce(rule(found.value, key))
    return isAbsent(value) ? undefined : { value, timestamp: found.timestamp }
  }
  return {
    ...source,
    open(context) {
      const lookup = source.open(context)
      const { getAt } = lookup
      return {
        get: key => chain(lookup.get(key), found => derive(found, key)),
        ...(getAt && { getAt: (key, time) => chain(getAt(key, time), found => derive(found, key)) }),
      }
    },
  }
}

/** Keeps a table's changes in a store, and takes old values from it. A null for a key without a value is no change. */
export function keepChanges(store: RawStore, old: OldValues): (context: NodeContext) => NodeProcessor {
  return context => {
    const table = context.store(store)
    return {
      process(record) {
        const { newValue, latest } = record.value as Change
        const before = old.wanted || isAbsent(newValue) ? table.get(record.key) : undefined
        if (isPromise(before)) return before.then(entry => handOn(record, newValue, entry?.value ?? null, latest))
        return handOn(record, newValue, before?.value ?? null, latest)
      },
    }
    function handOn(record: FlowRecord, newValue: unknown, oldValue: unknown, latest: boolean): Awaitable<void> {
      if (isAbsent(newValue) && oldValue === null) return
      if (isAbsent(newValue)) table.delete(record.key)
      else table.put(record.key, newValue, record.timestamp)
      return context.forward(changed(record, newValue ?? null, oldValue, latest))
    }
  }
}

/** A table's changes as a stream: their new values. */
export function newValues(context: NodeContext): NodeProcessor {
  return {
    process: ({ key, value, timestamp, headers }) =>
      context.forward({ key, value: (value as Change).newValue, timestamp, headers }),
  }
}

/** The function that gives the new key and value of a regrouped record. */
export type Regroup = (value: unknown, key: unknown) => readonly [unknown, unknown]

/**
 * Sets a table's changes under other keys, so that they can be aggregated there. When old and new value have the same new
 * key they travel as one change, so that no reader sees the key without either.
 *
 * Source: `KTableRepartitionMap` of Kafka Streams with KIP-904. `sameKey` compares two keys. The out-of-order changes of a
 * versioned table are left out (KIP-914): what they replace was never put in. A null key or value of a new value is counted.
 */
export function regroup(
  rule: Regroup,
  sameKey: (a: unknown, b: unknown) => boolean,
  versioned: boolean,
): (context: NodeContext) => NodeProcessor {
  const regrouped = (value: unknown, key: unknown, leftOut?: (reason: SkipReason) => void) => {
    if (isAbsent(value)) return undefined
    const [newKey, part] = atOnce(rule(value, key))
    const pair = [atOnce(newKey), atOnce(part)] as const
    const lacking = isAbsent(pair[0]) ? 'null-key' : isAbsent(pair[1]) ? 'null-value' : undefined
    if (lacking === undefined) return pair
    leftOut?.(lacking)
    return undefined
  }
  return context => ({
    process(record) {
      const { newValue, oldValue, latest } = record.value as Change
      if (versioned && !latest) return context.skip('late')
      const before = regrouped(oldValue, record.key)
      const after = regrouped(newValue, record.key, context.skip)
      if (before && after && sameKey(before[0], after[0]))
        return context.forward({ ...changed(record, after[1], before[1], latest), key: after[0] })
      const taken = before && context.forward({ ...changed(record, null, before[1], latest), key: before[0] })
      if (!after) return taken
      return chain(taken, () => context.forward({ ...changed(record, after[1], null, latest), key: after[0] }))
    },
  })
}
