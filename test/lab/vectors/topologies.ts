import type { TopologyDefinition } from '../../../topology/definition/definition.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import type { Topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { hopping, session, sliding } from '../../../topology/dsl/windows/windows.ts'
import { parameter, type VectorCase } from './case.ts'
import { compose } from './composition.ts'
import { ownConcatenating, ownCounting } from './own-topologies.ts'
import {
  byKey,
  foreignKey,
  grace,
  join,
  type Kind,
  lastCharacter,
  named,
  parity,
  type Text,
  type TextTopic,
  tables,
  tumblingOf,
  vectorTopics,
  within,
} from './scope.ts'

/** A topology, the topics it reads by the names that cases have for them, and the topic it writes. */
export interface VectorTopology {
  readonly topology: TopologyDefinition
  readonly inputs: Readonly<Record<string, TextTopic>>
  readonly output: Topic<string, Text, Text> | Topic<string, Text, bigint | null>
}

/**
 * The topology of a case, from its kind and parameters; `prefix` begins the names of topology and topics.
 * Errors: Error for an unknown kind.
 */
export function vectorTopology({ kind, params }: Pick<VectorCase, 'kind' | 'params'>, prefix = ''): VectorTopology {
  const numbers = counting[kind] ?? ownCounting[kind]
  const declare =
    numbers ?? concatenating[kind] ?? ownConcatenating[kind] ?? (kind === 'composition' ? compose : undefined)
  if (declare === undefined)
    throw new Error(
      `kind '${kind}' is not known: it is one of ${[...vectorKinds(), ...ownKinds(), 'composition'].join(', ')}`,
    )
  const topics = vectorTopics(prefix)
  const { input, left, right, out, counts } = topics
  return {
    topology: topology(`${prefix}vectors`, t => declare({ t, params, ...topics })),
    inputs: { in: input, left, right },
    output: numbers ? counts : out,
  }
}

/** The kinds of the published cases. */
export function vectorKinds(): readonly string[] {
  return [...Object.keys(counting), ...Object.keys(concatenating)].sort()
}

/** Kinds beside the published ones. */
export function ownKinds(): readonly string[] {
  return [...Object.keys(ownCounting), ...Object.keys(ownConcatenating)].sort()
}

/** Kinds that write numbers. */
const counting: Readonly<Record<string, Kind>> = {
  count: v => byKey(v).count('counts').toStream().to(v.counts),
  'rekey-count': v =>
    v.t
      .stream(v.input)
      .filter(value => value !== null)
      .groupBy(value => lastCharacter(value), { name: 'by-last', key: string })
      .count('counts')
      .toStream()
      .to(v.counts),
  'table-regroup-count': v =>
    v.t
      .table(v.input, 'values')
      .groupBy((value, key) => [lastCharacter(value), key], { name: 'by-last', key: string, value: string })
      .count('counts')
      .toStream()
      .to(v.counts),
  'tumbling-count': v => named(byKey(v).windowed(tumblingOf(v.params)).count('counts').toStream()).to(v.counts),
  'hopping-count': v => {
    const windows = hopping(parameter(v.params, 'sizeMs'), parameter(v.params, 'advanceMs'), grace(v.params))
    return named(byKey(v).windowed(windows).count('counts').toStream()).to(v.counts)
  },
  'sliding-count': v => {
    const windows = sliding(parameter(v.params, 'timeDifferenceMs'), grace(v.params))
    return named(byKey(v).windowed(windows).count('counts').toStream()).to(v.counts)
  },
  'tumbling-suppress-final': v =>
    named(
      byKey(v).windowed(tumblingOf(v.params)).count('counts').suppressUntilClose({ name: 'closing' }).toStream(),
    ).to(v.counts),
  'tumbling-emit-on-close': v => named(byKey(v).windowed(tumblingOf(v.params)).count('counts').onClose()).to(v.counts),
  'suppress-time-limit': v =>
    byKey(v)
      .count('counts')
      .suppress({ name: 'held-back', every: parameter(v.params, 'untilTimeLimitMs') })
      .toStream()
      .to(v.counts),
}

/** Kinds that write text. */
const concatenating: Readonly<Record<string, Kind>> = {
  stateless(v) {
    const values = v.t
      .stream(v.input)
      .filter((value, key) => value !== null && key !== null)
      .flatMapValues(value => [value as string, `${value}!`])
      .filter(value => !value.endsWith('3'))
      .selectKey((value, key) => `${key}${value.charAt(0)}`)
    const { loud, rest } = values.split({ loud: value => value.endsWith('!') })
    return loud
      .mapValues(value => value.toUpperCase())
      .merge(rest)
      .to(v.out)
  },
  'reduce-concat': v =>
    byKey(v)
      .reduce('concatenated', (aggregate, value) => `${aggregate}|${value}`)
      .toStream()
      .to(v.out),
  'table-filter-map': v =>
    v.t
      .table(v.input)
      .filterNot(value => /[13579]$/.test(value))
      .mapValues(value => `${value}~`)
      .toStream()
      .to(v.out),
  'table-regroup-aggregate': v =>
    v.t
      .table(v.input, 'values')
      .groupBy(value => [lastCharacter(value), value], { name: 'by-last', key: string, value: string })
      .aggregate('changes', {
        init: () => '',
        add: (aggregate, value) => `${aggregate}+${value}`,
        subtract: (aggregate, value) => `${aggregate}-${value}`,
        value: string,
      })
      .toStream()
      .to(v.out),
  'session-concat': v =>
    named(
      byKey(v)
        .windowed(session(parameter(v.params, 'inactivityGapMs'), grace(v.params)))
        .aggregate('sessions', {
          init: () => '',
          add: (aggregate, value) => aggregate + value,
          merge: (one, two) => `${one}&${two}`,
          value: string,
        })
        .toStream(),
    ).to(v.out),
  cogroup: v =>
    v.t
      .stream(v.left)
      .groupByKey()
      .cogroup((aggregate: string, value) => `${aggregate}L${value}`)
      .cogroup(v.t.stream(v.right).groupByKey(), (aggregate, value) => `${aggregate}R${value}`)
      .aggregate('both', { init: () => '', value: string })
      .toStream()
      .to(v.out),
  'stream-stream-inner': v =>
    v.t
      .stream(v.left)
      .join(v.t.stream(v.right), { name: 'both', ...within(v.params) }, join)
      .to(v.out),
  'stream-stream-left': v =>
    v.t
      .stream(v.left)
      .leftJoin(v.t.stream(v.right), { name: 'both', ...within(v.params) }, join)
      .to(v.out),
  'stream-stream-outer': v =>
    v.t
      .stream(v.left)
      .outerJoin(v.t.stream(v.right), { name: 'both', ...within(v.params) }, join)
      .to(v.out),
  'stream-table-inner': v => v.t.stream(v.left).joinTable(v.t.table(v.right, 'right-table'), join).to(v.out),
  'stream-table-left': v => v.t.stream(v.left).leftJoinTable(v.t.table(v.right, 'right-table'), join).to(v.out),
  'stream-versioned-table-left': v => {
    const history = parameter(v.params, 'historyRetentionMs')
    return v.t
      .stream(v.left)
      .leftJoinTable(v.t.table(v.right, 'right-table', { history }), join)
      .to(v.out)
  },
  'stream-global-inner': v =>
    v.t
      .stream(v.left)
      .joinGlobal(v.t.globalTable(v.right, 'right-table'), (_, key) => key, join)
      .to(v.out),
  'table-table-inner': v => {
    const [one, two] = tables(v)
    return one.join(two, join).toStream().to(v.out)
  },
  'table-table-left': v => {
    const [one, two] = tables(v)
    return one.leftJoin(two, join).toStream().to(v.out)
  },
  'table-table-outer': v => {
    const [one, two] = tables(v)
    return one.outerJoin(two, join).toStream().to(v.out)
  },
  'table-table-foreign-key-inner': v => {
    const [one, two] = tables(v)
    return one.joinForeignKey(two, foreignKey, join).toStream().to(v.out)
  },
  'table-table-foreign-key-left': v => {
    const [one, two] = tables(v)
    return one.leftJoinForeignKey(two, foreignKey, join).toStream().to(v.out)
  },
  'rekey-stream-join-inner': v => {
    const rekeyed = (from: TextTopic) =>
      v.t
        .stream(from)
        .filter(value => value !== null)
        .selectKey(parity, { key: string })
    return rekeyed(v.left)
      .join(rekeyed(v.right), { name: 'both', ...within(v.params) }, join)
      .to(v.out)
  },
}
