import * as assert from 'uvu/assert'
import { avro } from '../../../schemas/avro/avro.ts'
import type { ProcessNode, TopologyDefinition } from '../../../topology/definition/definition.ts'
import { diffText, topologyDiff } from '../../../topology/definition/diff/diff.ts'
import { processor } from '../../../topology/definition/processor.ts'
import type { Serde } from '../../../topology/definition/serde.ts'
import { int32, int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { snapshotOf } from '../../../topology/definition/snapshot.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { tumbling } from '../../../topology/dsl/windows/windows.ts'
import { suite } from '../../support/suite.ts'
import { counts, definition, lines, repartition, sink, source, work } from './parts.ts'

/** Two processors: `risk` owns its stores, `books` owns `positions`. */
function trading(
  change: {
    app?: string
    risk?: string
    ledgers?: string
    owner?: 'risk' | 'books'
    exposure?: boolean
    value?: typeof int64 | typeof int32
    partitions?: number
    extra?: boolean
  } = {},
): TopologyDefinition {
  const {
    app = 'trading',
    risk = 'risk',
    ledgers = 'ledgers',
    owner = 'risk',
    exposure = true,
    partitions = 6,
  } = change
  const signals = topic('signals', { key: string, value: string, partitions })
  const fills = topic('fills', { key: string, value: string, partitions: 6 })
  const approved = topic('approved', { key: string, value: string })
  const store = (name: string) =>
    keyValueStore<string, never>(name, { key: string, value: (change.value ?? int64) as never })
  const moving = { ledgers: store(ledgers) }
  return topology(app, t => {
    t.processor(
      processor({
        name: risk,
        streams: [signals],
        stores: {
          ...(owner === 'risk' && moving),
          ...(exposure && { exposure: keyValueStore('exposure', { key: string, value: string }) }),
          ...(change.extra && { limits: keyValueStore('limits', { key: string, value: string }) }),
        },
        sinks: { approved },
        process: () => undefined,
      }),
    )
    t.processor(
      processor({
        name: 'books',
        streams: [fills],
        stores: {
          ...(owner === 'books' && moving),
          positions: keyValueStore('positions', { key: string, value: string }),
        },
        process: () => undefined,
      }),
    )
  })
}

/** ticks -> [filter] -> [by-word] -> count in windows -> bars */
function windows(
  change: { sizeMs?: number; graceMs?: number; filter?: boolean; repartition?: string; store?: string } = {},
) {
  const { sizeMs = 60_000, graceMs = 5_000, store = 'bars-1m' } = change
  const by = change.repartition ?? 'by-word'
  const node: Partial<ProcessNode> = { stores: [store], operator: 'count', parameters: { sizeMs, graceMs } }
  return definition(
    [lines('ticks', { partitions: 4 }), lines('bars'), lines(`app-${by}-repartition`)],
    [counts(store)],
    [
      source('ticks', ['ticks']),
      ...(change.filter ? [work('only-good', ['ticks'], { operator: 'filter' })] : []),
      repartition(by, [change.filter ? 'only-good' : 'ticks']),
      { ...work('count', [by], node), subtopology: 'bars' },
      sink('out', ['count'], 'bars'),
    ],
  )
}

function diff(old: TopologyDefinition, next: TopologyDefinition) {
  return topologyDiff(snapshotOf(old), snapshotOf(next))
}

/** Lines of the diff, by effect. */
function changes(old: TopologyDefinition, next: TopologyDefinition, effect: string): string[] {
  return diff(old, next).changes.flatMap(change => (change.effect === effect ? [change.message] : []))
}

suite('topology diff', test => {
  test('nothing changed: everything keeps its state', () => {
    const same = diff(trading(), trading())
    assert.not(same.lost)
    assert.equal(
      same.changes.map(change => [change.effect, change.subject.name]),
      [
        ['kept', 'exposure'],
        ['kept', 'ledgers'],
        ['kept', 'positions'],
      ],
    )
  })

  test('1 renamed store: its changelog is orphaned', () => {
    const next = trading({ ledgers: 'books-of-risk' })
    assert.equal(changes(trading(), next, 'lost'), [
      "store 'ledgers' is renamed to 'books-of-risk': its state would be lost (changelog trading-ledgers-changelog is orphaned)",
    ])
    assert.equal(changes(trading(), next, 'removed'), ['topic trading-ledgers-changelog is orphaned'])
    assert.equal(changes(trading(), next, 'added'), ['topic trading-books-of-risk-changelog appears'])
    assert.equal(changes(trading(), next, 'kept'), [
      "store 'exposure' keeps its state",
      "store 'positions' keeps its state",
    ])
    assert.match(diffText(diff(trading(), next)), /\n {2}keep the name 'ledgers'\n/)
  })

  test('2 added filter: nothing is lost', () => {
    const added = diff(windows(), windows({ filter: true }))
    assert.not(added.lost)
    assert.equal(
      added.changes.map(change => change.message),
      ["operator 'only-good' is new", "store 'bars-1m' keeps its state"],
    )
  })

  test('3 changed window: old rows mean something else', () => {
    assert.equal(changes(windows(), windows({ sizeMs: 300_000 }), 'lost'), [
      "operator 'count' has sizeMs 300000 instead of 60000: the state in 'bars-1m' would be lost",
    ])
    const patient = diff(windows(), windows({ graceMs: 9_000 }))
    assert.not(patient.lost)
    assert.equal(patient.changes[0]?.message, "operator 'count' has graceMs 9000 instead of 5000")
    assert.equal(changes(windows(), windows({ graceMs: 9_000 }), 'kept'), ["store 'bars-1m' keeps its state"])
  })

  test('4 removed store', () => {
    assert.equal(changes(trading(), trading({ exposure: false }), 'lost'), [
      "store 'exposure' is removed: its state would be lost (changelog trading-exposure-changelog is orphaned)",
    ])
  })

  test('5 changed partition count: keys leave their state', () => {
    assert.equal(changes(trading(), trading({ partitions: 12 }), 'lost'), [
      "sub-topology 'risk' has 12 tasks instead of 6: keys move to other tasks, away from their state in 'exposure' and 'ledgers'",
    ])
    assert.equal(changes(trading(), trading({ partitions: 3 }), 'changed'), [
      "topic 'signals' has 3 partitions instead of 6: Kafka cannot take partitions away",
    ])
  })

  test('6 renamed processor: its group is orphaned, its inputs would be read again', () => {
    assert.equal(changes(trading(), trading({ risk: 'portfolio-risk' }), 'lost'), [
      "sub-topology 'risk' is renamed to 'portfolio-risk': group trading-risk and its transactional ids are orphaned, " +
        "so 'signals' would be read again from the start, into the state of 'exposure' and 'ledgers', which already holds them",
    ])
  })

  test('7 changed serde', () => {
    assert.equal(changes(trading(), trading({ value: int32 }), 'lost'), [
      "store 'ledgers' has values of int32 instead of int64: its state would be lost",
    ])
  })

  test('a new version of an Avro schema: required fields lose what was written, others change it, by name', () => {
    const order = (...fields: object[]) =>
      avro({
        type: 'record',
        name: 'Order',
        fields: [{ name: 'id', type: 'string' }, ...fields],
      } as never) as Serde<unknown>
    const [note, tag] = [
      { name: 'note', type: 'string' },
      { name: 'tag', type: 'string', default: '' },
    ]
    const shop = (value: Serde<unknown>, global = false) =>
      snapshotOf(
        topology('shop', t => {
          const orders = topic('orders', { key: string, value })
          const made = topic('made', { key: string, value })
          if (global) t.globalTable(orders, 'all')
          else t.table(orders, 'kept').toStream().to(made)
          if (global) t.stream(made).forEach(() => {})
        }),
      )
    const told = (before: Serde<unknown>, after: Serde<unknown>, global = false) =>
      topologyDiff(shop(before, global), shop(after, global)).changes.filter(({ effect }) => effect !== 'kept')
    assert.equal(
      told(order(), order(note)).map(({ effect, message, remedy }) => [effect, message, remedy]),
      [
        [
          'lost',
          "store 'kept' gains the required field 'note' in its values, which its rows and changelog lack: its state would be lost",
          'give it a default',
        ],
        [
          'lost',
          "the value of topic 'orders' gains the required field 'note': the records that are in it lack it and could not be read",
          'give it a default',
        ],
        ['changed', "the value of topic 'made' gains the required field 'note': its writers must know", undefined],
      ],
    )
    assert.equal(
      told(order(note), order(tag)).map(({ effect, message }) => `${effect} ${message}`),
      ['made', 'orders'].flatMap(name => [
        `changed the value of topic '${name}' gains the field 'tag' with a default`,
        `changed the value of topic '${name}' loses the field 'note'`,
      ]),
    )
    assert.equal(told(order(note), order(note)), [])
    assert.equal(
      told(order(), order(note), true)
        .map(({ effect, message }) => `${effect} ${message}`)
        .filter(line => line.includes('store')),
      [
        "changed store 'all' gains the required field 'note' in its values, which its rows and changelog lack: it is read anew from its topic at each start",
      ],
    )
  })

  test('8 added store: it begins empty, nothing is lost', () => {
    const added = diff(trading(), trading({ extra: true }))
    assert.not(added.lost)
    assert.equal(changes(trading(), trading({ extra: true }), 'added'), [
      "store 'limits' is new (owned by 'risk'): it begins empty, with what is read from now on",
      'topic trading-limits-changelog appears',
    ])
  })

  test('9 renamed application: everything is lost', () => {
    const renamed = diff(trading(), trading({ app: 'desk' }))
    assert.is(
      renamed.changes[0]?.message,
      "topology 'trading' is renamed to 'desk': every group, changelog and transactional id changes, so all positions " +
        "and the state of 'exposure', 'ledgers' and 'positions' would be lost",
    )
    assert.not(renamed.changes.some(change => change.effect === 'kept'))
    assert.ok(
      changes(trading(), trading({ app: 'desk' }), 'removed').includes('topic trading-ledgers-changelog is orphaned'),
    )
  })

  test('10 store moved to another processor', () => {
    assert.equal(changes(trading(), trading({ owner: 'books' }), 'lost'), [
      "store 'ledgers' moves from 'risk' to 'books', whose tasks have other partitions and positions: its state would be lost",
    ])
  })

  test('an input that comes as another one goes may hold the same records: a processor with state would count them twice', () => {
    const reading = (...names: readonly string[]) =>
      topology('app', t => {
        const streams = names.map(name => topic(name, { key: string, value: string, partitions: 2 }))
        const totals = keyValueStore('totals', { key: string, value: int64 })
        t.processor(processor({ name: 'sum', streams, stores: { totals }, process() {} }))
      })
    assert.equal(changes(reading('a', 'b'), reading('a', 'c'), 'changed'), [
      "sub-topology 'sum' reads 'c' too, by the offset reset; where it holds the records of 'b', they count twice in 'totals'",
      "sub-topology 'sum' no longer reads 'b': what it has not read yet stays unread",
    ])
    assert.equal(changes(reading('a'), reading('a', 'c'), 'changed'), [
      "sub-topology 'sum' reads 'c' too, by the offset reset",
    ])
  })

  test('a renamed repartition leaves records in flight', () => {
    assert.equal(changes(windows(), windows({ repartition: 'by-term' }), 'lost'), [
      "sub-topology 'bars' reads 'app-by-term-repartition' instead of 'app-by-word-repartition': its state in 'bars-1m' would have no positions, and its tasks refuse to start",
      "repartition 'by-word' is renamed to 'by-term': records in flight in app-by-word-repartition would never be read",
    ])
  })

  test('a sub-topology that is named after a renamed repartition loses its positions too', () => {
    const words = (by: string) =>
      topology('app', t => {
        const input = topic('lines', { key: string, value: string })
        t.stream(input)
          .groupBy(line => line, { name: by, key: string })
          .count('counts')
      })
    assert.equal(changes(words('by-word'), words('by-term'), 'lost'), [
      "sub-topology 'by-word' is renamed to 'by-term': group app-by-word and its transactional ids are orphaned, so positions are lost",
      "repartition 'by-word' is renamed to 'by-term': records in flight in app-by-word-repartition would never be read",
    ])
    assert.equal(changes(words('by-word'), words('by-term'), 'changed'), [])
  })

  test('windows declared by streams: the size is state, the grace is not', () => {
    const bars = (size: '1m' | '5m', grace: '5s' | '9s') =>
      topology('app', t => {
        const ticks = topic('ticks', { key: string, value: string })
        t.stream(ticks).groupByKey().windowed(tumbling(size, { grace })).count('bars').onClose()
      })
    const [bigger, patient] = [diff(bars('1m', '5s'), bars('5m', '5s')), diff(bars('1m', '5s'), bars('1m', '9s'))]
    assert.is(
      bigger.changes[0]?.message,
      "operator 'bars' has advanceMs 300000 instead of 60000, sizeMs 300000 instead of 60000: " +
        "the state in 'bars' and 'bars-clock' would be lost",
    )
    assert.ok(bigger.lost)
    assert.not(patient.lost)
  })

  test('an operator without state may be renamed and removed', () => {
    const removed = diff(windows({ filter: true }), windows())
    assert.not(removed.lost)
    assert.equal(removed.changes[0]?.message, "operator 'only-good' is removed")
  })

  test('a topic that is read must keep its serdes', () => {
    const reading = (value: typeof string | typeof int64) => {
      const input = topic('in', { key: string, value: value as typeof string })
      return topology('app', t => t.processor(processor({ name: 'p', streams: [input], process: () => undefined })))
    }
    assert.equal(changes(reading(string), reading(int64), 'lost'), [
      "topic 'in' has a value of int64 instead of string: the records that are in it could not be read",
    ])
  })

  test('the text ends with a verdict', () => {
    assert.match(diffText(diff(trading(), trading({ exposure: false }))), /\n1 of these changes loses state$/)
    assert.match(diffText(diff(trading(), trading())), /\nno state is lost$/)
  })
})
