import { int64, nullable, string } from '../../schemas/serdes.ts'
import type { TopologyDefinition } from '../../topology/definition/definition.ts'
import type { GroupedStream } from '../../topology/definition/dsl/grouped-stream.ts'
import type { Stream } from '../../topology/definition/dsl/stream.ts'
import type { Windowed } from '../../topology/definition/dsl/windowed.ts'
import { hopping, session, sliding, tumbling } from '../../topology/definition/dsl/windows.ts'
import { type Topic, topic } from '../../topology/definition/topic.ts'
import { type TopologyScope, topology } from '../../topology/definition/topology.ts'
import { parameter, type VectorCase } from './case.ts'

type Text = string | null
type TextTopic = Topic<string, Text, Text>
type Params = VectorCase['params']

const text = { key: nullable(string), value: nullable(string), partitions: 1 }

/** The topics of the vectors. `counts` is topic `out` for the kinds that count. */
export const vectorTopics = {
  in: topic('in', text),
  left: topic('left', text),
  right: topic('right', text),
  out: topic('out', text),
  counts: topic('out', { key: nullable(string), value: nullable(int64), partitions: 1 }),
} as const

const { left, right, out, counts } = vectorTopics
const input = vectorTopics.in

/** A topology and the topic it writes. */
export interface VectorTopology {
  readonly topology: TopologyDefinition
  readonly output: Topic<string, Text, Text> | Topic<string, Text, bigint | null>
}

type Kind = (t: TopologyScope, params: Params) => void

/** The topology of a case, from its kind and parameters. Errors: Error for an unknown kind. */
export function vectorTopology({ kind, params }: Pick<VectorCase, 'kind' | 'params'>): VectorTopology {
  const declare = counting[kind] ?? concatenating[kind]
  if (declare === undefined) throw new Error(`kind '${kind}' is not known: it is one of ${vectorKinds().join(', ')}`)
  const definition = topology(`vectors-${kind}`, t => declare(t, params))
  return { topology: definition, output: kind in counting ? counts : out }
}

/** The kinds that have a topology. */
export function vectorKinds(): readonly string[] {
  return [...Object.keys(counting), ...Object.keys(concatenating)].sort()
}

/** Windowed keys as the vectors write them. Shape: `A@0/11`. */
const windowName = (window: Windowed<string>) => `${window.key}@${window.start}/${window.end}`
const named = <V>(stream: Stream<Windowed<string>, V>) => stream.selectKey((_, window) => windowName(window))
const lastCharacter = (value: string) => value.slice(-1)
const join = (one: Text, two: Text) => `${one}-${two}`
const byKey = (t: TopologyScope): GroupedStream<string, Text> => t.stream(input).groupByKey()

const within = (params: Params) => ({
  within: { before: parameter(params, 'beforeMs'), after: parameter(params, 'afterMs') },
  grace: parameter(params, 'graceMs'),
})
const grace = (params: Params) => ({ grace: parameter(params, 'graceMs') })
const tumblingOf = (params: Params) => tumbling(parameter(params, 'sizeMs'), grace(params))
const tables = (t: TopologyScope) => [t.table(left, 'left-table'), t.table(right, 'right-table')] as const
const foreignKey = { name: 'foreign', on: (value: string) => value.slice(0, value.indexOf(':')) }
const parity = (value: Text) => (Number(value?.at(-1)) % 2 === 0 ? 'even' : 'odd')

/** Kinds that write numbers. */
const counting: Readonly<Record<string, Kind>> = {
  count: t => byKey(t).count('counts').toStream().to(counts),
  'rekey-count': t =>
    t
      .stream(input)
      .filter(value => value !== null)
      .groupBy(value => lastCharacter(value), { name: 'by-last', key: string })
      .count('counts')
      .toStream()
      .to(counts),
  'table-regroup-count': t =>
    t
      .table(input, 'values')
      .groupBy((value, key) => [lastCharacter(value), key], { name: 'by-last', key: string, value: string })
      .count('counts')
      .toStream()
      .to(counts),
  'tumbling-count': (t, params) => named(byKey(t).windowed(tumblingOf(params)).count('counts').toStream()).to(counts),
  'hopping-count': (t, params) => {
    const windows = hopping(parameter(params, 'sizeMs'), parameter(params, 'advanceMs'), grace(params))
    return named(byKey(t).windowed(windows).count('counts').toStream()).to(counts)
  },
  'sliding-count': (t, params) => {
    const windows = sliding(parameter(params, 'timeDifferenceMs'), grace(params))
    return named(byKey(t).windowed(windows).count('counts').toStream()).to(counts)
  },
  'tumbling-suppress-final': (t, params) =>
    named(byKey(t).windowed(tumblingOf(params)).count('counts').suppressUntilClose({ name: 'closing' }).toStream()).to(
      counts,
    ),
  'tumbling-emit-on-close': (t, params) =>
    named(byKey(t).windowed(tumblingOf(params)).count('counts').onClose()).to(counts),
  'suppress-time-limit': (t, params) =>
    byKey(t)
      .count('counts')
      .suppress({ name: 'held-back', every: parameter(params, 'untilTimeLimitMs') })
      .toStream()
      .to(counts),
}

/** Kinds that write text. */
const concatenating: Readonly<Record<string, Kind>> = {
  stateless(t) {
    const values = t
      .stream(input)
      .filter((value, key) => value !== null && key !== null)
      .flatMapValues(value => [value as string, `${value}!`])
      .filter(value => !value.endsWith('3'))
      .selectKey((value, key) => `${key}${value.charAt(0)}`)
    const { loud, rest } = values.split({ loud: value => value.endsWith('!') })
    return loud
      .mapValues(value => value.toUpperCase())
      .merge(rest)
      .to(out)
  },
  'reduce-concat': t =>
    byKey(t)
      .reduce('concatenated', (aggregate, value) => `${aggregate}|${value}`)
      .toStream()
      .to(out),
  'table-filter-map': t =>
    t
      .table(input)
      .filterNot(value => /[13579]$/.test(value))
      .mapValues(value => `${value}~`)
      .toStream()
      .to(out),
  'table-regroup-aggregate': t =>
    t
      .table(input, 'values')
      .groupBy(value => [lastCharacter(value), value], { name: 'by-last', key: string, value: string })
      .aggregate('changes', {
        init: () => '',
        add: (aggregate, value) => `${aggregate}+${value}`,
        subtract: (aggregate, value) => `${aggregate}-${value}`,
        value: string,
      })
      .toStream()
      .to(out),
  'session-concat': (t, params) =>
    named(
      byKey(t)
        .windowed(session(parameter(params, 'inactivityGapMs'), grace(params)))
        .aggregate('sessions', {
          init: () => '',
          add: (aggregate, value) => aggregate + value,
          merge: (one, two) => `${one}&${two}`,
          value: string,
        })
        .toStream(),
    ).to(out),
  cogroup: t =>
    t
      .stream(left)
      .groupByKey()
      .cogroup((aggregate: string, value) => `${aggregate}L${value}`)
      .cogroup(t.stream(right).groupByKey(), (aggregate, value) => `${aggregate}R${value}`)
      .aggregate('both', { init: () => '', value: string })
      .toStream()
      .to(out),
  'stream-stream-inner': (t, params) =>
    t
      .stream(left)
      .join(t.stream(right), { name: 'both', ...within(params) }, join)
      .to(out),
  'stream-stream-left': (t, params) =>
    t
      .stream(left)
      .leftJoin(t.stream(right), { name: 'both', ...within(params) }, join)
      .to(out),
  'stream-stream-outer': (t, params) =>
    t
      .stream(left)
      .outerJoin(t.stream(right), { name: 'both', ...within(params) }, join)
      .to(out),
  'stream-table-inner': t => t.stream(left).joinTable(t.table(right, 'right-table'), join).to(out),
  'stream-table-left': t => t.stream(left).leftJoinTable(t.table(right, 'right-table'), join).to(out),
  'stream-versioned-table-left': (t, params) => {
    const history = parameter(params, 'historyRetentionMs')
    return t
      .stream(left)
      .leftJoinTable(t.table(right, 'right-table', { history }), join)
      .to(out)
  },
  'stream-global-inner': t =>
    t
      .stream(left)
      .joinGlobal(t.globalTable(right, 'right-table'), (_, key) => key, join)
      .to(out),
  'table-table-inner': t => {
    const [one, two] = tables(t)
    return one.join(two, join).toStream().to(out)
  },
  'table-table-left': t => {
    const [one, two] = tables(t)
    return one.leftJoin(two, join).toStream().to(out)
  },
  'table-table-outer': t => {
    const [one, two] = tables(t)
    return one.outerJoin(two, join).toStream().to(out)
  },
  'table-table-foreign-key-inner': t => {
    const [one, two] = tables(t)
    return one.joinForeignKey(two, foreignKey, join).toStream().to(out)
  },
  'table-table-foreign-key-left': t => {
    const [one, two] = tables(t)
    return one.leftJoinForeignKey(two, foreignKey, join).toStream().to(out)
  },
  'rekey-stream-join-inner': (t, params) => {
    const rekeyed = (from: TextTopic) =>
      t
        .stream(from)
        .filter(value => value !== null)
        .selectKey(parity, { key: string })
    return rekeyed(left)
      .join(rekeyed(right), { name: 'both', ...within(params) }, join)
      .to(out)
  },
}
