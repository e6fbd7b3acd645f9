import type { NodeContext, NodeProcessor } from '../../definition/definition.ts'
import { type Awaitable, type FlowRecord, isPromise } from '../../definition/record.ts'
import { isAbsent } from '../change.ts'
import { atOnce } from '../functions.ts'
import type { Lookup, TimedValue } from '../stage.ts'
import type { Joiner } from './table-join.ts'

/** The lookup with which a stream finds its values in a table. */
export interface LookupJoin {
  /** `left`: a record without a match is joined with null. */
  readonly kind: 'inner' | 'left'
  readonly joiner: Joiner
  open(context: NodeContext): Lookup
  /** The table's key for a record. */
  keyOf(value: unknown, key: unknown): unknown
}

/**
 * Joins each record with the value that a table has for it now; a versioned table is asked for the value of the record's
 * time. Source: `KStreamKTableJoinProcessor` of Kafka Streams (KIP-962 for null keys of left joins).
 */
export function lookupJoin({ kind, joiner, open, keyOf }: LookupJoin): (context: NodeContext) => NodeProcessor {
  const left = kind === 'left'
  return context => {
    const lookup = open(context)
    const apply = (record: FlowRecord, found: TimedValue | undefined): Awaitable<void> => {
      if (found === undefined && !left) return
      const value = atOnce(joiner(record.value, found?.value ?? null, record.key))
      return context.forward({ key: record.key, value, timestamp: record.timestamp, headers: record.headers })
    }
    return {
      process(record) {
        if (isAbsent(record.value)) return context.skip('null-value')
        const key = atOnce(keyOf(record.value, record.key))
        if (isAbsent(key)) return left ? apply(record, undefined) : context.skip('null-key')
        const found = lookup.getAt ? lookup.getAt(key, record.timestamp) : lookup.get(key)
        return isPromise(found) ? found.then(value => apply(record, value)) : apply(record, found)
      },
    }
  }
}
