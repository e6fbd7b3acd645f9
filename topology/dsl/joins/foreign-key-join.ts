import type { NodeContext, NodeProcessor } from '../../definition/definition.ts'
import { chain, type FlowRecord } from '../../definition/record.ts'
import type { RowLayout, StoreDefinition, TaskTable } from '../../definition/store.ts'
import { type Change, changed, isAbsent } from '../change.ts'
import { digest } from '../digest.ts'
import { atOnce } from '../functions.ts'
import type { LookupSource, OldValues } from '../stage.ts'
import { runSteps, type WaitingSteps, wait } from '../steps.ts'
import type { RawStore } from '../streams/key-value-aggregate.ts'
import type { Joiner } from './table-join.ts'

/*
 * A join on a foreign key, in three steps (KIP-213):
 *
 *   left table   --subscription-->  by foreign key: the right table's task keeps who asked (`subscriptions`)
 *   right table  --response------>  by primary key: the right value, for every subscriber, now and whenever it changes
 *   left table                      joins the response, unless its own value has changed since it asked (the digest)
 */

/** The message to the right table's task. Source: `SubscriptionWrapper` of Kafka Streams. */
export interface Subscription {
  readonly primaryKey: unknown
  /** Of the left value that asked; empty for none. */
  readonly digest: string
  readonly instruction: Instruction
  /** Partition of the left table's task, where the response goes. */
  readonly partition: number
}

/**
 * `answer-match`: answer if there is a right value. `answer`: always. `forget`: the key points elsewhere. `answer-null`: there
 * is no foreign key, but the left value is to be joined with null.
 */
type Instruction = 'answer-match' | 'answer' | 'forget' | 'forget-answer' | 'answer-null'

/** The message to the left table's task. Source: `SubscriptionResponseWrapper` of Kafka Streams. */
export interface Response {
  readonly digest: string
  readonly value: unknown
  readonly partition: number
}

/** A primary key of the left table that waits for a foreign key. */
export interface Subscriber {
  readonly foreignKey: unknown
  readonly primaryKey: unknown
}

/** The subscriptions by foreign and primary key. */
export type Subscriptions = StoreDefinition<
  Subscriber,
  Pick<Subscription, 'digest' | 'partition'>,
  TaskTable<Subscriber, Pick<Subscription, 'digest' | 'partition'>>
>

/** Step 1, on changes of the left table. Source: `SubscriptionSendProcessorSupplier`. */
export function subscribe(options: {
  readonly kind: 'inner' | 'left'
  readonly foreignKey: (value: unknown, key: unknown) => unknown
  readonly keys: RowLayout<unknown>
  readonly values: RowLayout<unknown>
  /** The left table is versioned: its out-of-order changes are left out. */
  readonly versioned: boolean
}): (context: NodeContext) => NodeProcessor {
  const { kind, foreignKey, keys, values, versioned } = options
  return context => {
    function* process(record: FlowRecord): WaitingSteps {
      const { newValue, oldValue, latest } = record.value as Change
      if (versioned && !latest) return context.skip('late')
      const before = isAbsent(oldValue) ? null : (atOnce(foreignKey(oldValue, record.key)) ?? null)
      const after = isAbsent(newValue) ? null : (atOnce(foreignKey(newValue, record.key)) ?? null)
      const mark = isAbsent(newValue) ? '' : digest(values, newValue)
      const send = (key: unknown, instruction: Instruction) => {
        const value: Subscription = {
          primaryKey: record.key,
          digest: mark,
          instruction,
          partition: context.task.partition,
        }
        return wait(context.forward({ ...record, key, value }))
      }
      const moved = before !== null && (after === null || !sameParts(keys, before, after))
      if (moved) yield* send(before, after === null && kind === 'inner' ? 'forget-answer' : 'forget')
      if (after !== null) yield* send(after, kind === 'left' || moved ? 'answer' : 'answer-match')
      else if (kind === 'left' && !(isAbsent(newValue) && isAbsent(oldValue))) yield* send(null, 'answer-null')
      else if (!isAbsent(newValue) && !moved) context.skip('null-key')
    }
    return { process: record => (isAbsent(record.key) ? context.skip('null-key') : runSteps(process(record))) }
  }
}

/** Step 2a, on subscriptions. Source: `SubscriptionReceiveProcessorSupplier`, `SubscriptionJoinProcessorSupplier`. */
export function receiveSubscription(
  store: Subscriptions,
  right: LookupSource,
): (context: NodeContext) => NodeProcessor {
  return context => {
    const table = context.store(store)
    const lookup = right.open(context)
    return {
      process(record) {
        const { primaryKey, digest, instruction, partition } = record.value as Subscription
        const answer = (value: unknown, timestamp: number) =>
          context.forward({ ...record, key: primaryKey, value: { digest, value, partition }, timestamp })
        if (instruction === 'answer-null') return answer(null, record.timestamp)
        const subscriber: Subscriber = { foreignKey: record.key, primaryKey }
        if (instruction === 'forget' || instruction === 'forget-answer') table.delete(subscriber)
        else table.put(subscriber, { digest, partition }, record.timestamp)
        if (instruction === 'forget') return
        return chain(lookup.get(record.key), found => {
          if (found === undefined && instruction === 'answer-match') return
          const timestamp = found ? Math.max(record.timestamp, found.timestamp) : record.timestamp
          return answer(instruction === 'forget-answer' ? null : (found?.value ?? null), timestamp)
        })
      },
    }
  }
}

/**
 * Step 2b, on changes of the right table; those of a versioned one that are out of order are left out. Source:
 * `ForeignTableJoinProcessorSupplier`.
 */
export function answerSubscribers(
  store: Subscriptions,
  keys: RowLayout<unknown>,
  versioned: boolean,
): (context: NodeContext) => NodeProcessor {
  return context => {
    const table = context.store(store)
    function* process(record: FlowRecord): WaitingSteps {
      const parts = keys.split(record.key)
      const { newValue: value, latest } = record.value as Change
      if (versioned && !latest) return context.skip('late')
      for (const { key, value: waiting } of yield* wait(table.scan({ from: parts, to: parts }))) {
        const response: Response = { digest: waiting.digest, value, partition: waiting.partition }
        yield* wait(context.forward({ ...record, key: key.primaryKey, value: response }))
      }
    }
    return { process: record => (isAbsent(record.key) ? context.skip('null-key') : runSteps(process(record))) }
  }
}

/** Step 3, on responses. Source: `ResponseJoinProcessorSupplier`. */
export function joinResponse(options: {
  readonly kind: 'inner' | 'left'
  readonly joiner: Joiner
  readonly left: LookupSource
  readonly values: RowLayout<unknown>
  readonly store: RawStore | undefined
  readonly old: OldValues
}): (context: NodeContext) => NodeProcessor {
  const { kind, joiner, left, values, store, old } = options
  return context => {
    const lookup = left.open(context)
    const table = store && context.store(store)
    function* process(record: FlowRecord): WaitingSteps {
      const response = record.value as Response
      const current = yield* wait(lookup.get(record.key))
      if (response.digest !== (current === undefined ? '' : digest(values, current.value))) return
      const matched = current !== undefined && (kind === 'left' || !isAbsent(response.value))
      const after = matched ? (atOnce(joiner(current.value, response.value ?? null, record.key)) ?? null) : null
      const known = table && (old.wanted || after === null) ? yield* wait(table.get(record.key)) : undefined
      const before = known?.value ?? null
      if (table && after === null && before === null) return
      if (table && after === null) table.delete(record.key)
      else if (table) table.put(record.key, after, record.timestamp)
      yield* wait(context.forward(changed(record, after, before)))
    }
    return { process: record => runSteps(process(record)) }
  }
}

/** Whether two keys have the same columns. */
export function sameParts(layout: RowLayout<unknown>, a: unknown, b: unknown): boolean {
  const [left, right] = [layout.split(a), layout.split(b)]
  return layout.columns.every((column, index) => column.sql.compare(left[index], right[index]) === 0)
}
