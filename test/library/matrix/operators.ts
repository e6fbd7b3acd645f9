// The operators, each with what it makes of the same few records. Expected: the last value of every key of its output.

import { integer, text } from 'drizzle-orm/pg-core'
import {
  hopping,
  processor,
  type Stream,
  session,
  sliding,
  store,
  type Table,
  type Topic,
  type TopologyScope,
  topic,
  tumbling,
  type Windowed,
} from '../../../topology/index.ts'
import { count, type Format, type Kind, type Wire, windowedKind } from './formats.ts'

type Values = Readonly<Record<string, string>>

/** The records of every run. Units: ms. The last ones, of `z`, move stream time so far that windows close. */
export const inputs = {
  left: [
    ['a', 1, 1_000],
    ['b', 2, 2_000],
    ['c', 3, 3_000],
    ['a', 5, 4_000],
    ['z', 8, 100_000],
  ],
  right: [
    ['a', 'x', 1_500],
    ['b', 'y', 2_500],
    ['d', 'w', 3_500],
    ['z', 'q', 100_001],
  ],
  'left-table': [
    ['a', 1, 100],
    ['b', 2, 200],
    ['c', 3, 300],
    ['a', 5, 400],
    ['z', 8, 99_000],
  ],
  'right-table': [
    ['a', 'x', 100],
    ['b', 'y', 200],
    ['d', 'w', 300],
    ['z', 'q', 99_000],
  ],
  groups: [['odd', 'O', 100]],
} as const

/** The topics that all operators of one topology read. */
export interface Inputs {
  readonly left: Topic<string, Wire, Wire>
  readonly right: Topic<string, Wire, Wire>
  readonly 'left-table': Topic<string, Wire, Wire>
  readonly 'right-table': Topic<string, Wire, Wire>
  readonly groups: Topic<string, Wire, Wire>
}

/** The topic that an operator writes to, and how it is read. */
export interface Output {
  // biome-ignore lint/suspicious/noExplicitAny: keys are plain or windowed
  readonly topic: Topic<string, any, Wire>
  // biome-ignore lint/suspicious/noExplicitAny: keys are plain or windowed
  readonly key: Kind<any, any>
  readonly value: Kind<never, Wire> | Kind<string> | Kind<number>
}

/** The topology, its inputs, the format and the names that an operator is given. */
export interface Place {
  readonly t: TopologyScope
  readonly inputs: Inputs
  readonly format: Format
  /** A name that no other operator has. Shape: `named('by-group')` is `'avro-group-by-by-group'`. */
  named(suffix?: string): string
  topic<K>(suffix: string, key: Kind<string, K>, value: Kind<string> | Kind<number>): Topic<string, K, Wire>
}

/** One operator: its name, and the last value of each key that it writes. */
interface Operator {
  readonly name: string
  readonly expected: Values
  declare(place: Place): Output
}

/** Puts the operators of one format into a topology. Returns the output of each, by operator. */
export function declareOperators(
  t: TopologyScope,
  inputs: Inputs,
  format: Format,
  prefix: string,
  only: readonly Operator[] = operators,
): ReadonlyMap<string, Output> {
  const outputs = new Map<string, Output>()
  for (const operator of only) {
    const base = `${prefix}${format.name}-${operator.name}`
    const named = (suffix?: string) => (suffix === undefined ? base : `${base}-${suffix}`)
    const place: Place = {
      t,
      inputs,
      format,
      named,
      topic: (suffix, key, value) =>
        topic(named(suffix), { key: key.serde, value: value.serde, partitions: 1, config: { 'retention.ms': '-1' } }),
    }
    outputs.set(operator.name, operator.declare(place))
  }
  return outputs
}

/** The topics that the operators read, in one format. */
export function inputTopics({ id, group, amount, label }: Format, prefix: string): Inputs {
  const made = (name: string, key: Kind<string>, value: Kind<string> | Kind<number>) =>
    topic(`${prefix}${name}`, {
      key: key.serde,
      value: value.serde,
      partitions: 1,
      config: { 'retention.ms': '-1' },
    })
  return {
    left: made('left', id, amount),
    right: made('right', id, label),
    'left-table': made('left-table', id, amount),
    'right-table': made('right-table', id, label),
    groups: made('groups', group, label),
  }
}

type Left = Stream<Wire, Wire>

const all = { a: '5', b: '2', c: '3', z: '8' }
const windows = { 'a@0-10000': '15', 'b@0-10000': '2', 'c@0-10000': '3' }
const openWindow = { 'z@100000-110000': '8' }

function out(place: Place, from: Left, value: Kind<string> | Kind<number>, key = place.format.id): Output {
  const to = place.topic('out', key, value)
  from.to(to)
  return { topic: to, key, value }
}

/** The output of windows, whose keys are written with their window. */
function outWindows(
  place: Place,
  from: Stream<Windowed<Wire>, Wire | null>,
  value: Kind<string> | Kind<number> = place.format.text,
) {
  const key = windowedKind(place.format.id)
  const to = place.topic('out', key, value)
  ;(from.filter(found => found !== null) as Stream<Windowed<Wire>, Wire>).to(to)
  return { topic: to, key, value }
}

const left = ({ t, inputs }: Place): Left => t.stream(inputs.left)
const right = ({ t, inputs }: Place): Left => t.stream(inputs.right)
const leftTable = ({ t, inputs, named }: Place): Table<Wire, Wire> => t.table(inputs['left-table'], named('left-kept'))
const rightTable = ({ t, inputs, named }: Place): Table<Wire, Wire> =>
  t.table(inputs['right-table'], named('right-kept'))
const groups = ({ t, inputs, named }: Place): Table<Wire, Wire> => t.table(inputs.groups, named('groups-kept'))

function operator(name: string, expected: Values, declare: (place: Place) => Output): Operator {
  return { name, expected, declare }
}

/** Adds the amount to a text. */
function appending({ format: { text, amount } }: Place) {
  return {
    value: text.serde,
    init: () => text.make(''),
    add: (sum: Wire, value: Wire) => text.make(text.read(sum) + amount.read(value)),
  }
}

const merging = ({ format: { text } }: Place) => ({
  merge: (a: Wire, b: Wire) => text.make(text.read(a) + text.read(b)),
})

/** Joins an amount and a label to a text, `-` for none. */
function joining({ format: { text, amount, label } }: Place) {
  return (one: Wire | null, other: Wire | null) =>
    text.make(`${one === null ? '' : amount.read(one)}${other === null ? '-' : label.read(other)}`)
}

/** `odd` or `even`. */
function groupOf({ format: { amount, group } }: Place) {
  return (value: Wire) => group.make(amount.read(value) % 2 === 1 ? 'odd' : 'even')
}

/** Both inputs in one text, by key, in the order of time. */
function both(place: Place) {
  const { text, label, amount } = place.format
  return left(place)
    .groupByKey()
    .cogroup<Wire>((sum, value) => text.make(text.read(sum) + amount.read(value)))
    .cogroup(right(place).groupByKey(), (sum, value) => text.make(text.read(sum) + label.read(value)))
}

const init = ({ format: { text } }: Place) => ({ value: text.serde, init: () => text.make('') })
const cogrouped = { a: '1x5', b: '2y', c: '3', d: 'w', z: '8q' }
const cogroupedWindows = {
  'a@0-10000': '1x5',
  'b@0-10000': '2y',
  'c@0-10000': '3',
  'd@0-10000': 'w',
  'z@100000-110000': '8q',
}

/** A window of 1 s that ends with each record, and one behind it where a record of its key is in there. */
const slidingOfBoth = {
  'a@0-1000': '1',
  'a@500-1500': '1x',
  'a@1001-2001': 'x',
  'a@3000-4000': '5',
  'b@1000-2000': '2',
  'b@1500-2500': '2y',
  'b@2001-3001': 'y',
  'c@2000-3000': '3',
  'd@2500-3500': 'w',
  'z@99000-100000': '8',
  'z@99001-100001': '8q',
  'z@100001-101001': 'q',
}

const streams: readonly Operator[] = [
  operator('filter', { a: '5', c: '3' }, place =>
    out(
      place,
      left(place).filter(value => place.format.amount.read(value) % 2 === 1),
      place.format.amount,
    ),
  ),
  operator('filterNot', { b: '2', z: '8' }, place =>
    out(
      place,
      left(place).filterNot(value => place.format.amount.read(value) % 2 === 1),
      place.format.amount,
    ),
  ),
  operator('map, repartition', { odd: '5', even: '8' }, place => {
    const { group, amount } = place.format
    const mapped = left(place).map(value => [groupOf(place)(value), value], { key: group.serde, value: amount.serde })
    return out(place, mapped.repartition({ name: place.named('by-group') }), amount, group)
  }),
  operator('mapValues', { a: 'v5', b: 'v2', c: 'v3', z: 'v8' }, place => {
    const { text, amount } = place.format
    return out(
      place,
      left(place).mapValues(value => text.make(`v${amount.read(value)}`)),
      text,
    )
  }),
  operator('flatMap', { odd: '50', even: '80' }, place => {
    const { group, amount } = place.format
    const flat = left(place).flatMap(value => [
      [groupOf(place)(value), value] as const,
      [groupOf(place)(value), amount.make(amount.read(value) * 10)] as const,
    ])
    return out(place, flat, amount, group)
  }),
  operator('flatMapValues', { a: '50', b: '20', c: '30', z: '80' }, place => {
    const { amount } = place.format
    return out(
      place,
      left(place).flatMapValues(value => [value, amount.make(amount.read(value) * 10)]),
      amount,
    )
  }),
  operator('selectKey, repartition', { odd: '5', even: '8' }, place => {
    const { group, amount } = place.format
    const keyed = left(place).selectKey(groupOf(place), { key: group.serde })
    return out(place, keyed.repartition({ name: place.named('by-group') }), amount, group)
  }),
  operator('peek', all, place =>
    out(
      place,
      left(place).peek(() => {}),
      place.format.amount,
    ),
  ),
  operator('mapHeaders, onError', all, place =>
    out(
      place,
      left(place)
        .onError({ then: 'stop' })
        .mapHeaders((_, __, { headers }) => [...headers, { key: 'origin', value: 'matrix' }])
        .filter((_, __, { headers }) => headers.at(-1)?.key === 'origin'),
      place.format.amount,
    ),
  ),
  operator('stream of several topics', { a: '3', b: '2', c: '1', d: '1', z: '2' }, place => {
    const { t, inputs, named } = place
    const counted = t.stream([inputs.left, inputs.right]).groupByKey().count(named())
    return out(place, counted.toStream(), count)
  }),
  operator('to, with a partitioner', all, place => {
    const to = place.topic('out', place.format.id, place.format.amount)
    left(place).to(to, { partitioner: (_, __, partitions) => partitions - 1 })
    return { topic: to, key: place.format.id, value: place.format.amount }
  }),
  operator('split, merge', all, place => {
    const { odd, rest } = left(place).split({ odd: value => place.format.amount.read(value) % 2 === 1 })
    return out(place, odd.merge(rest), place.format.amount)
  }),
  operator('repartition', all, place =>
    out(place, left(place).repartition({ name: place.named('again') }), place.format.amount),
  ),
  operator('through', all, place => {
    const { id, amount } = place.format
    return out(place, left(place).through(place.topic('between', id, amount)), amount)
  }),
  operator('toOneOf', { a: '5', c: '3' }, place => {
    const { id, amount } = place.format
    const [odd, even] = [place.topic('odd', id, amount), place.topic('even', id, amount)]
    left(place).toOneOf([odd, even], value => (amount.read(value) % 2 === 1 ? odd : even))
    return { topic: odd, key: id, value: amount }
  }),
  operator('toTable', all, place =>
    out(place, left(place).toTable(place.named('kept')).toStream(), place.format.amount),
  ),
  operator('toTable of a new key', { odd: '5', even: '8' }, place => {
    const { group, amount } = place.format
    const keyed = left(place).selectKey(groupOf(place), { key: group.serde })
    return out(place, keyed.toTable(place.named('kept')).toStream(), amount, group)
  }),
  operator('join', { a: '1x', b: '2y', z: '8q' }, place =>
    out(
      place,
      left(place).join(right(place), { within: '1s', name: place.named() }, joining(place)),
      place.format.text,
    ),
  ),
  operator('leftJoin', { a: '5-', b: '2y', c: '3-', z: '8q' }, place =>
    out(
      place,
      left(place).leftJoin(right(place), { within: '1s', name: place.named() }, joining(place)),
      place.format.text,
    ),
  ),
  operator('outerJoin', { a: '5-', b: '2y', c: '3-', d: 'w', z: '8q' }, place =>
    out(
      place,
      left(place).outerJoin(right(place), { within: '1s', name: place.named() }, joining(place)),
      place.format.text,
    ),
  ),
  operator('join of new keys', { a: '1x', b: '2y', z: '8q' }, place => {
    const { id, text } = place.format
    const [one, other] = [left(place), right(place)].map(side => side.selectKey((_, key) => key, { key: id.serde }))
    // The two repartition topics are written by one task, each at its own pace.
    const options = { within: '1s', grace: '10m', name: place.named() } as const
    return out(place, one!.join(other!, options, joining(place)), text)
  }),
  operator('joinTable', { a: '5x', b: '2y', z: '8q' }, place =>
    out(place, left(place).joinTable(rightTable(place), joining(place)), place.format.text),
  ),
  operator('leftJoinTable', { a: '5x', b: '2y', c: '3-', z: '8q' }, place =>
    out(place, left(place).leftJoinTable(rightTable(place), joining(place)), place.format.text),
  ),
  operator('joinTable of a new key', { odd: '5O' }, place => {
    const { group, text } = place.format
    const keyed = left(place).selectKey(groupOf(place), { key: group.serde })
    const joined = keyed.joinTable(groups(place), joining(place), { name: place.named('by-group') })
    return out(place, joined, text, group)
  }),
  operator('joinTable, versioned', { a: '5x', b: '2y', z: '8q' }, place => {
    const { t, inputs, named, format } = place
    const versioned = t.table(inputs['right-table'], named('versions'), { history: '1h' })
    return out(place, left(place).joinTable(versioned, joining(place)), format.text)
  }),
  operator('joinTable, buffered', { a: '5x', b: '2y' }, place => {
    const { t, inputs, named, format } = place
    const versioned = t.table(inputs['right-table'], named('versions'), { history: '1h' })
    const buffer = { name: named('waiting'), grace: '1s' } as const
    return out(place, left(place).joinTable(versioned, joining(place), { buffer }), format.text)
  }),
  operator('joinGlobal', { a: '5O', c: '3O' }, place => {
    const { t, inputs, named, format } = place
    const global = t.globalTable(inputs.groups, named('global'))
    return out(place, left(place).joinGlobal(global, groupOf(place), joining(place)), format.text)
  }),
  operator('leftJoinGlobal', { a: '5O', b: '2-', c: '3O', z: '8-' }, place => {
    const { t, inputs, named, format } = place
    const global = t.globalTable(inputs.groups, named('global'))
    return out(place, left(place).leftJoinGlobal(global, groupOf(place), joining(place)), format.text)
  }),
]

const aggregations: readonly Operator[] = [
  operator('count', { a: '2', b: '1', c: '1', z: '1' }, place =>
    out(place, left(place).groupByKey().count(place.named()).toStream(), count),
  ),
  operator('reduce', { a: '6', b: '2', c: '3', z: '8' }, place => {
    const { amount } = place.format
    const summed = left(place)
      .groupByKey()
      .reduce(place.named(), (a, b) => amount.make(amount.read(a) + amount.read(b)))
    return out(place, summed.toStream(), amount)
  }),
  operator('aggregate', { a: '15', b: '2', c: '3', z: '8' }, place =>
    out(place, left(place).groupByKey().aggregate(place.named(), appending(place)).toStream(), place.format.text),
  ),
  operator('groupBy, aggregate', { odd: '135', even: '28' }, place => {
    const { group, text } = place.format
    const grouped = left(place).groupBy(groupOf(place), { name: place.named('by-group'), key: group.serde })
    return out(place, grouped.aggregate(place.named(), appending(place)).toStream(), text, group)
  }),
  operator('groupBy, count', { odd: '3', even: '2' }, place => {
    const { group } = place.format
    const grouped = left(place).groupBy(groupOf(place), { name: place.named('by-group'), key: group.serde })
    return out(place, grouped.count(place.named()).toStream(), count, group)
  }),
  operator('cogroup', cogrouped, place =>
    out(place, both(place).aggregate(place.named(), init(place)).toStream(), place.format.text),
  ),
  operator('windowed, tumbling', { ...windows, ...openWindow }, place =>
    outWindows(
      place,
      left(place).groupByKey().windowed(tumbling('10s')).aggregate(place.named(), appending(place)).onUpdate(),
    ),
  ),
  operator('windowed, count', { 'a@0-10000': '2', 'b@0-10000': '1', 'c@0-10000': '1', 'z@100000-110000': '1' }, place =>
    outWindows(place, left(place).groupByKey().windowed(tumbling('10s')).count(place.named()).onUpdate(), count),
  ),
  operator('windowed, reduce', { 'a@0-10000': '6', 'b@0-10000': '2', 'c@0-10000': '3', ...openWindow }, place => {
    const { amount } = place.format
    const add = (a: Wire, b: Wire) => amount.make(amount.read(a) + amount.read(b))
    const summed = left(place).groupByKey().windowed(tumbling('10s')).reduce(place.named(), add)
    return outWindows(place, summed.onUpdate(), amount)
  }),
  operator('windowed, hopping', { ...windows, 'z@95000-105000': '8', ...openWindow }, place =>
    outWindows(
      place,
      left(place).groupByKey().windowed(hopping('10s', '5s')).aggregate(place.named(), appending(place)).onUpdate(),
    ),
  ),
  // Each record ends a window of 5 s, and begins one behind it when another record of its key is in there.
  operator(
    'windowed, sliding',
    { 'a@0-5000': '15', 'a@1001-6001': '5', 'b@0-5000': '2', 'c@0-5000': '3', 'z@95000-100000': '8' },
    place =>
      outWindows(
        place,
        left(place).groupByKey().windowed(sliding('5s')).aggregate(place.named(), appending(place)).onUpdate(),
      ),
  ),
  operator(
    'windowed, session',
    { 'a@1000-4000': '15', 'b@2000-2000': '2', 'c@3000-3000': '3', 'z@100000-100000': '8', 'a@1000-1000': '1' },
    place =>
      outWindows(
        place,
        left(place)
          .groupByKey()
          .windowed(session('5s'))
          .aggregate(place.named(), { ...appending(place), ...merging(place) })
          .onUpdate(),
      ),
  ),
  operator('cogroup, tumbling', cogroupedWindows, place =>
    outWindows(place, both(place).windowed(tumbling('10s')).aggregate(place.named(), init(place)).onUpdate()),
  ),
  operator('cogroup, sliding', slidingOfBoth, place =>
    outWindows(place, both(place).windowed(sliding('1s')).aggregate(place.named(), init(place)).onUpdate()),
  ),
  operator(
    'cogroup, session',
    { 'a@1000-4000': '1x5', 'b@2000-2500': '2y', 'c@3000-3000': '3', 'd@3500-3500': 'w' },
    place =>
      outWindows(
        place,
        both(place)
          .windowed(session('5s'))
          .aggregate(place.named(), { ...init(place), ...merging(place) })
          .onClose(),
      ),
  ),
  operator('onClose', windows, place =>
    outWindows(
      place,
      left(place).groupByKey().windowed(tumbling('10s')).aggregate(place.named(), appending(place)).onClose(),
    ),
  ),
  operator('suppressUntilClose', windows, place =>
    outWindows(
      place,
      left(place)
        .groupByKey()
        .windowed(tumbling('10s'))
        .aggregate(place.named(), appending(place))
        .suppressUntilClose({ name: place.named('held') })
        .toStream(),
    ),
  ),
]

const tables: readonly Operator[] = [
  operator('table', all, place => out(place, leftTable(place).toStream(), place.format.amount)),
  operator('table, versioned', all, place => {
    const { t, inputs, named, format } = place
    return out(place, t.table(inputs['left-table'], named('kept'), { history: '1h' }).toStream(), format.amount)
  }),
  operator('table.filter', { a: '5', c: '3' }, place =>
    out(
      place,
      leftTable(place)
        .filter(value => place.format.amount.read(value) % 2 === 1, { store: place.named('odd') })
        .toStream() as Left,
      place.format.amount,
    ),
  ),
  operator('table.filterNot', { b: '2', z: '8' }, place =>
    out(
      place,
      leftTable(place)
        .filterNot(value => place.format.amount.read(value) % 2 === 1)
        .toStream()
        .filter(value => value !== null) as Left,
      place.format.amount,
    ),
  ),
  operator('table.mapValues', { a: 'v5', b: 'v2', c: 'v3', z: 'v8' }, place => {
    const { text, amount } = place.format
    const mapped = leftTable(place).mapValues(value => text.make(`v${amount.read(value)}`), {
      store: place.named('mapped'),
      value: text.serde,
    })
    return out(place, mapped.toStream(), text)
  }),
  operator('table.transformValues', { a: '5 after 1', b: '2', c: '3', z: '8' }, place => {
    const { format, named } = place
    const before = store.keyValue(named('before'), { key: format.id.serde, value: format.amount.serde })
    const transformed = leftTable(place).transformValues<Wire, { before: typeof before }>({
      name: named(),
      value: format.text.serde,
      stores: { before },
      async transform(value, key, { stores }) {
        const last = await stores.before.get(key)
        stores.before.put(key, value)
        const after = last === undefined ? '' : ` after ${format.amount.read(last)}`
        return format.text.make(`${format.amount.read(value)}${after}`)
      },
    })
    return out(place, transformed.toStream() as Left, format.text)
  }),
  operator('table.groupBy, aggregate', { odd: '8', even: '10' }, place => {
    const { group, amount, text } = place.format
    const sum = (by: 1 | -1) => (total: Wire, value: Wire) =>
      text.make(String(Number(text.read(total)) + by * amount.read(value)))
    const grouped = leftTable(place).groupBy(value => [groupOf(place)(value), value], {
      name: place.named('by-group'),
      key: group.serde,
      value: amount.serde,
    })
    const totals = grouped.aggregate(place.named(), {
      value: text.serde,
      init: () => text.make('0'),
      add: sum(1),
      subtract: sum(-1),
    })
    return out(place, totals.toStream(), text, group)
  }),
  operator('table.groupBy, reduce', { odd: '8', even: '10' }, place => {
    const { group, amount } = place.format
    const grouped = leftTable(place).groupBy(value => [groupOf(place)(value), value], {
      name: place.named('by-group'),
      key: group.serde,
      value: amount.serde,
    })
    const totals = grouped.reduce(place.named(), {
      add: (a, b) => amount.make(amount.read(a) + amount.read(b)),
      subtract: (a, b) => amount.make(amount.read(a) - amount.read(b)),
    })
    return out(place, totals.toStream(), amount, group)
  }),
  operator('table.groupBy, count', { odd: '2', even: '2' }, place => {
    const { group, amount } = place.format
    const grouped = leftTable(place).groupBy(value => [groupOf(place)(value), value], {
      name: place.named('by-group'),
      key: group.serde,
      value: amount.serde,
    })
    return out(place, grouped.count(place.named()).toStream(), count, group)
  }),
  operator('table.join', { a: '5x', b: '2y', z: '8q' }, place => {
    const { text } = place.format
    const options = { store: place.named('joined'), value: text.serde }
    return out(place, leftTable(place).join(rightTable(place), joining(place), options).toStream(), text)
  }),
  operator('table.leftJoin', { a: '5x', b: '2y', c: '3-', z: '8q' }, place => {
    const { text } = place.format
    const options = { store: place.named('joined'), value: text.serde }
    return out(place, leftTable(place).leftJoin(rightTable(place), joining(place), options).toStream(), text)
  }),
  operator('table.outerJoin', { a: '5x', b: '2y', c: '3-', d: 'w', z: '8q' }, place => {
    const { text } = place.format
    const options = { store: place.named('joined'), value: text.serde }
    return out(place, leftTable(place).outerJoin(rightTable(place), joining(place), options).toStream(), text)
  }),
  operator('joinForeignKey', { a: '5O', c: '3O' }, place => {
    const { text } = place.format
    const options = { name: place.named(), on: groupOf(place), store: place.named('joined'), value: text.serde }
    return out(place, leftTable(place).joinForeignKey(groups(place), options, joining(place)).toStream() as Left, text)
  }),
  operator('leftJoinForeignKey', { a: '5O', b: '2-', c: '3O', z: '8-' }, place => {
    const { text } = place.format
    const options = { name: place.named(), on: groupOf(place), store: place.named('joined'), value: text.serde }
    const joined = leftTable(place).leftJoinForeignKey(groups(place), options, joining(place))
    return out(place, joined.toStream() as Left, text)
  }),
  operator('suppress', { a: '5', b: '2', c: '3' }, place =>
    out(
      place,
      leftTable(place)
        .suppress({ name: place.named('held'), every: '1s' })
        .toStream(),
      place.format.amount,
    ),
  ),
]

const stores: readonly Operator[] = [
  operator('process, key-value store', { a: '6', b: '2', c: '3', z: '8' }, place => {
    const { id, amount } = place.format
    const sums = store.keyValue(place.named('sums'), { key: id.serde, value: amount.serde })
    const summed = left(place).processValues<Wire, { sums: typeof sums }>({
      name: place.named(),
      stores: { sums },
      value: amount.serde,
      async process(value, key, { stores, forward }) {
        const known = await stores.sums.get(key)
        const sum = amount.make(amount.read(value) + (known === undefined ? 0 : amount.read(known)))
        stores.sums.put(key, sum)
        forward(key, sum)
      },
    })
    return out(place, summed, amount)
  }),
  operator('process, typed table', all, place => {
    const { id, amount, row } = place.format
    const rows = store.table(
      place.named('rows'),
      { id: text().notNull(), amount: integer().notNull() },
      { key: ['id'], value: row },
    )
    const made = left(place).processValues<Wire, { rows: typeof rows }>({
      name: place.named(),
      stores: { rows },
      value: amount.serde,
      async process(value, key, { stores, forward }) {
        stores.rows.put(id.read(key), { id: id.read(key), amount: amount.read(value) })
        const found = await stores.rows.get(id.read(key))
        forward(key, amount.make(found!.amount))
      },
    })
    return out(place, made, amount)
  }),
  operator('process, window store', { a: '15', b: '2', c: '3', z: '8' }, place => {
    const { id, text, amount } = place.format
    const kept = store.window(place.named('kept'), { key: id.serde, value: text.serde, retention: '1h' })
    const made = left(place).process<Wire, Wire, { kept: typeof kept }>({
      name: place.named(),
      stores: { kept },
      key: id.serde,
      value: text.serde,
      async process(value, key, { stores, forward }) {
        const known = await stores.kept.get(key, 0)
        stores.kept.put(key, 0, text.make((known === undefined ? '' : text.read(known)) + amount.read(value)))
        const [entry] = await stores.kept.range(key, 0, 0)
        forward(key, entry!.value)
      },
    })
    return out(place, made, text)
  }),
  operator('process, session store', all, place => {
    const { id, amount } = place.format
    const kept = store.session(place.named('kept'), { key: id.serde, value: amount.serde, retention: '1h' })
    const made = left(place).processValues<Wire, { kept: typeof kept }>({
      name: place.named(),
      stores: { kept },
      value: amount.serde,
      async process(value, key, { stores, forward }) {
        stores.kept.put({ key, start: 5, end: 9 }, value)
        const [found] = await stores.kept.touching(key, 7, 7)
        forward(key, found!.value)
      },
    })
    return out(place, made, amount)
  }),
  operator('process, versioned store', { a: '1', b: '2', c: '3', z: '8' }, place => {
    const { id, amount } = place.format
    const kept = store.versioned(place.named('kept'), { key: id.serde, value: amount.serde, history: '1h' })
    const made = left(place).processValues<Wire, { kept: typeof kept }>({
      name: place.named(),
      stores: { kept },
      value: amount.serde,
      async process(value, key, { stores, forward }, { timestamp }) {
        await stores.kept.put(key, value, timestamp)
        // The value that the key had at 1 s; that of later keys is their first.
        const found = await stores.kept.get(key, Math.max(timestamp - 3_000, 1_000))
        forward(key, found?.value ?? value)
      },
    })
    return out(place, made, amount)
  }),
  operator('processor, repartition', { odd: '5O', even: '8' }, place => {
    const { t, inputs, named, format } = place
    const { group, amount, text, label } = format
    const byGroup = place.topic('by-group', group, amount)
    t.repartition({
      name: named('regroup'),
      from: inputs.left,
      to: byGroup,
      by: record => groupOf(place)(record.value),
    })
    const to = place.topic('out', group, text)
    const last = store.keyValue(named('last'), { key: group.serde, value: amount.serde })
    t.processor(
      processor({
        name: named('processor'),
        streams: [byGroup],
        tables: { [named('names')]: inputs.groups },
        stores: { last },
        sinks: { to },
        async process(record, { stores, tables, sinks }) {
          stores.last.put(record.key, record.value)
          const kept = amount.read((await stores.last.get(record.key))!)
          const found = await tables[named('names')]!.get(record.key)
          sinks.to.send(record.key, text.make(`${kept}${found === undefined ? '' : label.read(found)}`))
        },
      }),
    )
    return { topic: to, key: group, value: text }
  }),
]

export const operators: readonly Operator[] = [...streams, ...aggregations, ...tables, ...stores].map(each => ({
  ...each,
  name: each.name.replaceAll(/[ ,.]+/g, '-'),
}))
