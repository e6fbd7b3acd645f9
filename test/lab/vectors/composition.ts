import { nullable } from '../../../topology/definition/serdes/nullable.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import type { Table } from '../../../topology/dsl/tables/table.ts'
import type { TopologyScope } from '../../../topology/dsl/topology.ts'
import type { Windowed } from '../../../topology/dsl/windows/windowed.ts'
import type { WindowedTable } from '../../../topology/dsl/windows/windowed-table.ts'
import { session, sliding, tumbling } from '../../../topology/dsl/windows/windows.ts'
import { foreignKey, join, named, type Text, type TextTopic, type VectorScope } from './scope.ts'

/*
 * Operators on top of each other, as a tree in a case's parameters. VectorComposition.java builds the same in Kafka Streams.
 *
 * Shape: { "plan": { "filter": { "suppress": { "table": "in" }, "every": 10 }, "store": true } }
 */

/** A topic of a composition. */
export type TopicName = 'in' | 'left' | 'right'
/** Drops values. `least`: the numbers that it keeps; unset: it drops the values that begin with x. */
interface Filtered<P> {
  readonly filter: P
  readonly least?: number
  readonly store?: boolean
}
interface Mapped<P> {
  readonly map: P
  readonly store?: boolean
}
interface Held<P> {
  readonly suppress: P
  readonly every: number
}
interface JoinOf<P> {
  readonly join: 'inner' | 'left' | 'outer'
  readonly left: P
  readonly right: P
  readonly store?: boolean
}
/** The operators that tables of every key have. */
type Over<P> = Filtered<P> | Mapped<P> | Held<P> | JoinOf<P>

/** A table with plain keys. Units: ms. */
export type TablePlan =
  | { readonly table: TopicName }
  | { readonly unkept: TopicName }
  | { readonly versioned: TopicName; readonly history: number }
  | { readonly aggregate: readonly TopicName[]; readonly by: 'count' | 'append' }
  | { readonly group: TablePlan; readonly by: 'sum' | 'list' }
  | {
      readonly foreign: 'inner' | 'left'
      readonly left: TablePlan
      readonly right: TablePlan
      readonly store?: boolean
    }
  | Filtered<TablePlan>
  | Mapped<TablePlan>
  | Held<TablePlan>
  | JoinOf<TablePlan>

/** A table of windows. Units: ms. */
export type WindowPlan =
  | {
      readonly windows: 'tumbling' | 'sliding' | 'session'
      readonly size: number
      readonly grace: number
      readonly of: readonly TopicName[]
      /** Instead of topics: the updates of other windows, by their plain keys. */
      readonly over?: WindowPlan
      readonly by: 'count' | 'append' | 'reduce'
      /** Hands each window on once it has closed. */
      readonly closed?: boolean
    }
  | Filtered<WindowPlan>
  | Mapped<WindowPlan>
  | Held<WindowPlan>
  | JoinOf<WindowPlan>

/** The whole: a table's updates, or a stream joined with a table. */
export type CompositionPlan =
  | TablePlan
  | { readonly windowed: WindowPlan }
  | { readonly stream: TopicName; readonly kind: 'inner' | 'left'; readonly with: TablePlan; readonly grace?: number }

/** Declares the topology of a plan. */
export function compose(v: VectorScope): void {
  const plan = v.params.plan as CompositionPlan
  const builder = new Composer(v.t, { in: v.input, left: v.left, right: v.right })
  if ('windowed' in plan) named(builder.windows(plan.windowed).toStream()).to(v.out)
  else if ('stream' in plan) builder.joined(plan).to(v.out)
  else builder.table(plan).toStream().to(v.out)
}

const sum = (sign: bigint) => (all: string, value: string) => String(BigInt(all) + sign * BigInt(value))
const list = (sign: string) => (all: string, value: string) => `${all}${sign}${value}`
const startsWithX = (value: Text) => value?.startsWith('x') === true
const append = (all: Text, value: Text) => (startsWithX(value) ? null : `${all}${value}`)
const count = (all: Text) => String(Number(all) + 1)
const reduce = (all: Text, value: Text) => (startsWithX(value) ? null : `${all}+${value}`)
const merging = {
  append: (one: Text, two: Text) => `${one}&${two}`,
  count: (one: Text, two: Text) => String(Number(one) + Number(two)),
}
const aggregating = { append: { init: () => '', add: append }, count: { init: () => '0', add: count } }

class Composer {
  readonly #t: TopologyScope
  readonly #topics: Readonly<Record<TopicName, TextTopic>>
  #names = 0

  constructor(t: TopologyScope, topics: Readonly<Record<TopicName, TextTopic>>) {
    this.#t = t
    this.#topics = topics
  }

  joined(plan: Extract<CompositionPlan, { readonly stream: unknown }>) {
    const table = this.table(plan.with)
    const stream = this.#t.stream(this.#topics[plan.stream])
    const options = plan.grace === undefined ? {} : { buffer: { name: this.#name('buffer'), grace: plan.grace } }
    return plan.kind === 'left' ? stream.leftJoinTable(table, join, options) : stream.joinTable(table, join, options)
  }

  table(plan: TablePlan): Table<string, Text> {
    if ('table' in plan) return this.#t.table(this.#topics[plan.table], this.#name('table'))
    if ('unkept' in plan) return this.#t.table(this.#topics[plan.unkept])
    if ('versioned' in plan)
      return this.#t.table(this.#topics[plan.versioned], this.#name('versions'), { history: plan.history })
    if ('aggregate' in plan) return this.#aggregated(plan)
    if ('group' in plan) {
      const how =
        plan.by === 'sum'
          ? { init: () => '0', add: sum(1n), subtract: sum(-1n), value: string }
          : { init: () => '', add: list('+'), subtract: list('-'), value: string }
      return this.table(plan.group)
        .groupBy(value => [value.slice(0, 1), value.slice(1)], { name: this.#name('by'), key: string, value: string })
        .aggregate(this.#name('groups'), how)
    }
    if ('foreign' in plan) {
      const [left, right] = [this.table(plan.left), this.table(plan.right)]
      const options = { ...foreignKey, name: this.#name('foreign'), value: string, ...this.#store(plan) }
      return plan.foreign === 'left'
        ? left.leftJoinForeignKey(right, options, join)
        : left.joinForeignKey(right, options, join)
    }
    return this.#over(plan, inner => this.table(inner))
  }

  windows(plan: WindowPlan): Table<Windowed<string>, Text> {
    if (!('windows' in plan)) return this.#over(plan, inner => this.windows(inner))
    const table = this.#windowed(plan)
    return plan.closed ? table.suppressUntilClose({ name: this.#name('closed') }) : table
  }

  #over<K, P>(plan: Over<P>, build: (inner: P) => Table<K, Text>): Table<K, Text> {
    if ('filter' in plan) {
      const { least } = plan
      const test =
        least === undefined ? (value: string) => !startsWithX(value) : (value: string) => Number(value) >= least
      return build(plan.filter).filter(test, this.#store(plan))
    }
    if ('map' in plan)
      return build(plan.map).mapValues(value => (startsWithX(value) ? null : `${value}~`), {
        ...this.#store(plan),
        value: string,
      })
    if ('suppress' in plan) return build(plan.suppress).suppress({ name: this.#name('held'), every: plan.every })
    const [left, right] = [build(plan.left), build(plan.right)]
    const options = { ...this.#store(plan), value: string }
    if (plan.join === 'inner') return left.join(right, join, options)
    return plan.join === 'left' ? left.leftJoin(right, join, options) : left.outerJoin(right, join, options)
  }

  #aggregated({ aggregate, by }: Extract<TablePlan, { readonly aggregate: unknown }>): Table<string, Text> {
    const { init, add } = aggregating[by]
    const name = this.#name('all')
    const [first, second] = aggregate.map(topic => this.#t.stream(this.#topics[topic]).groupByKey())
    if (second === undefined)
      return first!.aggregate<string>(name, { init, add: add as (all: string, value: Text) => string, value: string })
    const both = first!.cogroup<Text>(add).cogroup(second, add)
    return both.aggregate(name, { init, value: string as never })
  }

  #windowed(plan: Extract<WindowPlan, { readonly windows: unknown }>): WindowedTable<string, Text, null> {
    const by = plan.by === 'reduce' ? 'append' : plan.by
    const { init, add } = aggregating[by]
    const merge = merging[by]
    const name = this.#name('windows')
    const grace = { grace: plan.grace }
    const [first, second] = plan.over
      ? [this.#regrouped(plan.over)]
      : plan.of.map(topic => this.#t.stream(this.#topics[topic]).groupByKey())
    const options = { init, value: string as never }
    if (plan.windows === 'session') {
      const windows = session(plan.size, grace)
      if (plan.by === 'reduce') return first!.windowed(windows).reduce(name, reduce)
      if (second === undefined) return first!.windowed(windows).aggregate<Text>(name, { ...options, add, merge })
      return first!
        .cogroup<Text>(add)
        .cogroup(second, add)
        .windowed(windows)
        .aggregate(name, { ...options, merge })
    }
    const windows = plan.windows === 'sliding' ? sliding(plan.size, grace) : tumbling(plan.size, grace)
    if (plan.by === 'reduce')
      return first!.windowed(windows).reduce(name, reduce) as unknown as WindowedTable<string, Text, null>
    const table =
      second === undefined
        ? first!.windowed(windows).aggregate<Text>(name, { ...options, add })
        : first!.cogroup<Text>(add).cogroup(second, add).windowed(windows).aggregate(name, options)
    return table as unknown as WindowedTable<string, Text, null>
  }

  #regrouped(plan: WindowPlan) {
    const name = this.#name('again')
    const key = string
    return this.windows(plan)
      .toStream()
      .map((value, window) => [window.key, value], { key, value: nullable(string) })
      .groupByKey({ name })
  }

  #store({ store }: { readonly store?: boolean }) {
    return store ? { store: this.#name('kept') } : {}
  }

  #name(kind: string): string {
    this.#names++
    return `${kind}-${this.#names}`
  }
}
