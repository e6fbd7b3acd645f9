import type { NodeContext, NodeProcessor } from '../../definition/definition.ts'
import { type Awaitable, chain, type FlowRecord } from '../../definition/record.ts'
import { type Change, changed, isAbsent } from '../change.ts'
import { atOnce } from '../functions.ts'
import type { LookupSource, OldValues, TimedValue } from '../stage.ts'

/** Joins a left and a right value; either may be null where the join allows it. */
export type Joiner = (left: unknown, right: unknown, key: unknown) => unknown

/** The sides that a join's result may lack: neither, the right one, or either. */
export type JoinKind = 'inner' | 'left' | 'outer'

/** One side of a table-table join. */
interface TableJoinSide {
  /** The side that these changes come from. */
  readonly side: 'left' | 'right'
  readonly kind: JoinKind
  readonly joiner: Joiner
  readonly other: LookupSource
  /** This side is versioned: its out-of-order changes are left out. */
  readonly versioned: boolean
  readonly old: OldValues
}

/**
 * Joins the changes of one table with the other table's current value. The result's time is the later of both.
 *
 * Source: `KTableKTableInnerJoin`, `-LeftJoin`, `-RightJoin`, `-OuterJoin` of Kafka Streams.
 */
export function tableJoin(options: TableJoinSide): (context: NodeContext) => NodeProcessor {
  const { side, kind, joiner, other, versioned, old } = options
  const needsOther = kind === 'inner' || (kind === 'left' && side === 'right')
  const needsThis = kind === 'inner' || (kind === 'left' && side === 'left')
  const join = (mine: unknown, theirs: unknown, key: unknown): unknown => {
    if (isAbsent(mine) && (needsThis || isAbsent(theirs))) return null
    const [left, right] = side === 'left' ? [mine, theirs] : [theirs, mine]
    return atOnce(joiner(left ?? null, right ?? null, key)) ?? null
  }
  return context => {
    const lookup = other.open(context)
    const apply = (record: FlowRecord, found: TimedValue | undefined): Awaitable<void> => {
      const { newValue, oldValue, latest } = record.value as Change
      if (found === undefined && (needsOther || (isAbsent(newValue) && isAbsent(oldValue)))) return
      const timestamp = found === undefined ? record.timestamp : Math.max(record.timestamp, found.timestamp)
      const after = join(newValue, found?.value, record.key)
      const before = old.wanted ? join(oldValue, found?.value, record.key) : null
      return context.forward({ ...changed(record, after, before, latest), timestamp })
    }
    return {
      process(record) {
        if (isAbsent(record.key)) return context.skip('null-key')
        if (versioned && !(record.value as Change).latest) return context.skip('late')
        return chain(lookup.get(record.key), found => apply(record, found))
      },
    }
  }
}

/** The current value of a join, computed from both tables. Source: the joins' value getters in Kafka Streams. */
export function joinedLookup(left: LookupSource, right: LookupSource, kind: JoinKind, joiner: Joiner): LookupSource {
  return {
    stores: [...new Set([...left.stores, ...right.stores])],
    open(context) {
      const [a, b] = [left.open(context), right.open(context)]
      const joined = (
        key: unknown,
        one: TimedValue | undefined,
        two: TimedValue | undefined,
      ): TimedValue | undefined => {
        if (one === undefined && (kind !== 'outer' || two === undefined)) return undefined
        if (two === undefined && kind === 'inner') return undefined
        const value = atOnce(joiner(one?.value ?? null, two?.value ?? null, key))
        const timestamp = Math.max(one?.timestamp ?? -1, two?.timestamp ?? -1)
        return isAbsent(value) ? undefined : { value, timestamp }
      }
      return { get: key => chain(a.get(key), one => chain(b.get(key), two => joined(key, one, two))) }
    },
    prefetch: key => ({ ...left.prefetch(key), ...right.prefetch(key) }),
  }
}
