import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import type { TopologyDefinition } from '../../../topology/definition/definition.ts'
import { topologyDifferences } from '../../../topology/definition/equality.ts'
import { TopologyError } from '../../../topology/definition/errors.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { type TopologyScope, topology } from '../../../topology/dsl/topology.ts'
import { hopping, session, tumbling } from '../../../topology/dsl/windows/windows.ts'
import { readYaml } from '../../../topology/yaml/load.ts'
import { suite } from '../../support/suite.ts'
import { added, choose, counted, first, isLarge, keyed, large, pair, self, words } from './parts/orders.ts'

const path = fileURLToPath(new URL('orders.yaml', import.meta.url))
const options = { serdes: { string, int64 }, avro: () => string }

const header = `topology: app
functions: ./parts/orders.ts
topics:
  lines: { key: string, value: string }
  payments: { key: string, value: string }
  large: { key: string, value: string }
  counts: { key: string, value: int64 }
`
const lines = topic('lines', { key: string, value: string })
const payments = topic('payments', { key: string, value: string })
const counts = topic('counts', { key: string, value: int64 })

/** Topics are in every definition, so that those which a case does not use make no difference. */
async function differences(yaml: string, declare: (t: TopologyScope) => void): Promise<readonly string[]> {
  const inTypeScript = topology('app', declare)
  const used = new Map([...[lines, payments, large, counts], ...inTypeScript.topics].map(each => [each.name, each]))
  return topologyDifferences(await readYaml(path, header + yaml, options), {
    ...inTypeScript,
    topics: [...used.values()],
  })
}

async function problems(yaml: string): Promise<string[]> {
  try {
    await readYaml(path, header + yaml, options)
    return []
  } catch (error) {
    assert.instance(error, TopologyError)
    return (error as Error).message
      .split('\n  ')
      .slice(1)
      .map(line => line.replace(`${path}:`, ''))
  }
}

suite('yaml streams', test => {
  test('word count', async () => {
    const yaml = `
streams:
  words:
    from: lines
    steps:
      - flat-map-values: words
      - group-by: { by: self, name: by-word, key: string, value: string }
      - count: word-counts
      - to-stream
      - to: counts
`
    const same = await differences(yaml, t =>
      t
        .stream(lines)
        .flatMapValues(words)
        .groupBy(self, { name: 'by-word', key: string, value: string })
        .count('word-counts')
        .toStream()
        .to(counts),
    )
    assert.equal(same, [])
    const otherFunction = await differences(yaml, t =>
      t
        .stream(lines)
        .flatMapValues(line => line.split(' '))
        .groupBy(self, { name: 'by-word', key: string, value: string })
        .count('word-counts')
        .toStream()
        .to(counts),
    )
    assert.equal(otherFunction, ['nodes.streams/lines/flat-map-values.functions.0'])
  })

  test('windows, late records, closing', async () => {
    const found = await differences(
      `
streams:
  bars:
    from: lines
    steps:
      - group-by-key
      - hopping: { size: 1m, advance: 30s, grace: 5s, late: large }
      - aggregate: { store: bars, init: first, add: added, value: string, updates: per-commit }
      - on-close: { idle: 10s }
      - select-key: { by: self, key: string }
      - to: large
  sessions:
    from: payments
    steps:
      - group-by-key
      - session: { gap: 30m }
      - count: sessions
      - suppress-until-close: { name: closed }
  minutes:
    from: lines
    steps:
      - group-by-key
      - tumbling: 1m
      - reduce: { store: longest, by: added }
`,
      t => {
        const bars = { init: first, add: added, value: string, updates: 'per-commit' as const }
        t.stream(lines)
          .groupByKey()
          .windowed(hopping('1m', '30s', { grace: '5s', late: large }))
          .aggregate('bars', bars)
          .onClose({ idle: '10s' })
          .selectKey(self as never, { key: string })
          .to(large)
        t.stream(payments)
          .groupByKey()
          .windowed(session('30m'))
          .count('sessions')
          .suppressUntilClose({ name: 'closed' })
        t.stream(lines).groupByKey().windowed(tumbling('1m')).reduce('longest', added)
      },
    )
    assert.equal(found, [])
  })

  test('joins of streams and tables, in any order of the file', async () => {
    const found = await differences(
      `
streams:
  paid:
    from-stream: orders
    steps:
      - join: { stream: payments, by: pair, name: paid, within: { before: 1m, after: 15m }, grace: 1m, value: string }
      - left-join-table: { table: users, by: pair, value: string }
      - join-global: { table: rates, key: self, by: pair, value: string }
      - merge: payments
      - to: large
  orders: { from: lines, steps: [filter: isLarge] }
  payments: { from: payments }
tables:
  users: { topic: counts, history: 1d }
global-tables:
  rates: { topic: large }
`,
      t => {
        const users = t.table(counts, 'users', { history: '1d' })
        const rates = t.globalTable(large, 'rates')
        const orders = t.stream(lines).filter(isLarge)
        const paying = t.stream(payments)
        const within = { before: '1m', after: '15m' } as const
        orders
          .join(paying, { name: 'paid', within, grace: '1m', value: string }, pair)
          .leftJoinTable(users, pair as never, { value: string })
          .joinGlobal(rates, self, pair, { value: string })
          .merge(paying)
          .to(large)
      },
    )
    assert.equal(found, [])
  })

  test('tables of tables', async () => {
    const found = await differences(
      `
tables:
  orders: { topic: lines }
  customers: { topic: payments }
streams:
  large: { from-table: orders, steps: [filter: { by: isLarge, store: large-orders }] }
  named:
    from-table: large
    steps:
      - join-foreign-key: { table: customers, on: self, by: pair, name: named, value: string }
  totals:
    from-table: orders
    steps:
      - group-by: { by: keyed, name: by-value, key: string, value: string }
      - aggregate: { store: totals, init: first, add: added, subtract: added, value: string }
      - outer-join: { table: customers, by: pair, store: joined, value: string }
      - suppress: { name: seldom, every: 1m }
`,
      t => {
        const orders = t.table(lines, 'orders')
        const customers = t.table(payments, 'customers')
        orders
          .filter(isLarge, { store: 'large-orders' })
          .joinForeignKey(customers, { on: self as never, name: 'named', value: string }, pair as never)
        const aggregate = { init: first, add: added, subtract: added, value: string }
        orders
          .groupBy(keyed, { name: 'by-value', key: string, value: string })
          .aggregate('totals', aggregate)
          .outerJoin(customers, pair as never, { store: 'joined', value: string })
          .suppress({ name: 'seldom', every: '1m' })
      },
    )
    assert.equal(found, [])
  })

  test('branches, dynamic sinks, code in the middle', async () => {
    const found = await differences(
      `
streams:
  sorted: { from: lines, steps: [split: { large: isLarge }] }
  large: { from-stream: sorted.large, steps: [to: large, to-one-of: { topics: [large], by: choose }] }
  rest:
    from-stream: sorted.rest
    steps:
      - process-values: counted
      - repartition: { name: spread, partitions: 3 }
      - peek: first
`.replace(
        'steps: [to: large, to-one-of: { topics: [large], by: choose }]',
        'steps: [{ to: large }, { to-one-of: { topics: [large], by: choose } }]',
      ),
      t => {
        const sorted = t.stream(lines).split({ large: isLarge })
        sorted.large.to(large)
        sorted.large.toOneOf([large], choose)
        sorted.rest.processValues(counted).repartition({ name: 'spread', partitions: 3 }).peek(first)
      },
    )
    assert.equal(found, [])
  })

  test('several streams aggregated together, in windows and without', async () => {
    const found = await differences(
      `
streams:
  orders: { from: lines, steps: [filter: isLarge] }
  both:
    from: payments
    steps:
      - group-by-key
      - cogroup: added
      - with: { stream: orders, by: pair }
      - aggregate: { store: both, init: first, value: string }
  minutes:
    from: payments
    steps:
      - group-by-key
      - cogroup: added
      - with: { stream: orders, by: pair }
      - tumbling: { size: 1m, grace: 5s }
      - aggregate: { store: minutes, init: first, value: string }
      - on-close
  visits:
    from: payments
    steps:
      - group-by-key
      - cogroup: added
      - with: { stream: orders, by: pair }
      - session: 30m
      - aggregate: { store: visits, init: first, merge: added, value: string, updates: per-commit }
`,
      t => {
        const orders = t.stream(lines).filter(isLarge)
        const both = () =>
          t
            .stream(payments)
            .groupByKey()
            .cogroup(added as never)
            .cogroup(orders.groupByKey(), pair as never)
        const made = { init: first as never, value: string }
        both().aggregate('both', made)
        both()
          .windowed(tumbling('1m', { grace: '5s' }))
          .aggregate('minutes', made)
          .onClose()
        both()
          .windowed(session('30m'))
          .aggregate('visits', { ...made, merge: added as never, updates: 'per-commit' })
      },
    )
    assert.equal(found, [])
  })

  test('records that wait for their table, updates that wait up to a limit', async () => {
    const found = await differences(
      `
tables:
  users: { topic: counts, history: 1d }
streams:
  known:
    from: lines
    steps:
      - left-join-table: { table: users, by: pair, value: string, buffer: held, grace: 5s }
      - group-by-key
      - count: seen
      - suppress: { name: seldom, every: 1m, limit: 100, full: emit-early }
`,
      t => {
        const users = t.table(counts, 'users', { history: '1d' })
        t.stream(lines)
          .leftJoinTable(users, pair as never, { value: string, buffer: { name: 'held', grace: '5s' } })
          .groupByKey()
          .count('seen')
          .suppress({ name: 'seldom', every: '1m', limit: { keys: 100, then: 'emit-early' } })
      },
    )
    assert.equal(found, [])
  })

  test('several topics, and those of a pattern', async () => {
    const yaml = `
streams:
  both: { from: [lines, payments], subtopology: work, steps: [to: large] }
  found:
    from-pattern: { match: '^orders', key: string, value: string, offset-reset: latest }
    subtopology: orders
    steps: [filter: isLarge, to: large]
`
    const same = (t: TopologyScope) => {
      t.stream([lines, payments], { subtopology: 'work' }).to(large)
      const found = { key: string, value: string, offsetReset: 'latest', subtopology: 'orders' } as const
      t.stream(/^orders/, found)
        .filter(isLarge)
        .to(large)
    }
    assert.equal(await differences(yaml, same), [])
    assert.equal(
      await problems(`
streams:
  a: { from-pattern: { match: '(', key: string, value: string }, subtopology: x }
  b: { from-pattern: { match: 'a', key: string, value: string } }
  c: { from: [], steps: [to: large] }
  d: { from-stream: c, subtopology: x }
`),
      [
        "1:11 topology 'app' is empty: add a stream, a table or a processor",
        "10:31 match of from-pattern of stream 'a' is no regular expression: Invalid regular expression: /(/: Unterminated group",
        "11:8 stream 'b' begins at a pattern and has no subtopology: give it a name",
        "12:14 from of stream 'c' is empty: name at least one topic",
        "13:24 stream 'd' has a subtopology but begins at no topic: write it where the records are read, beside from",
      ],
    )
  })

  test('nodes know the line of their step', async () => {
    const yaml = `${header}streams:\n  all:\n    from: lines\n    steps:\n      - filter: isLarge\n      - to: large\n`
    const definition: TopologyDefinition = await readYaml(path, yaml, options)
    assert.equal(
      definition.nodes.map(node => [node.name, node.at?.line]),
      [
        ['streams/lines', 10],
        ['streams/lines/filter', 12],
        ['streams/lines/filter/to/large', 13],
      ],
    )
  })

  test('a step that cannot be hides nothing behind it, nor in other parts of the file', async () => {
    const found = await problems(`
tables:
  users: { topic: counts }
streams:
  a: { from: lines, steps: [fliter: isLarge, to: nowhere] }
  b: { from-stream: a, steps: [peek: nothing, to: elsewhere] }
  c: { from: lines, steps: [{ map-values: missing }, { split: { one: absent } }, { no-such-step: 1 }] }
  d:
    from: lines
    steps:
      - join-table: { table: uesrs, by: pair }
      - to-table: { store: again, key: strnig }
processors:
  bad name:
    streams: [lines]
    process: first
`)
    const about = [
      "operator 'fliter'",
      "'nowhere' is not declared",
      "'nothing'",
      "'elsewhere' is not declared",
      "'missing'",
      "'absent'",
      "operator 'no-such-step'",
      "'uesrs' is not declared",
      "'strnig'",
      "'bad name'",
    ]
    for (const part of about)
      assert.ok(
        found.some(line => line.includes(part)),
        `${part} in ${found.join('\n')}`,
      )
    assert.is(found.length, about.length, found.join('\n'))
  })

  test('steps that cannot be', async () => {
    assert.equal(
      await problems(`
streams:
  a: { from: lines, steps: [fliter: isLarge] }
  b: { from: lines, steps: [count: c] }
  c: { from: lines, steps: [group-by-key, filter: isLarge] }
  d: { from: lines, steps: [group-by-key, windowed: 1m] }
  e: { from: lines, steps: [filter: isLrge] }
  f: { from: lines, steps: [filter: { by: isLarge, store: s }] }
  g: { from: lines, steps: [join: { stream: paymets, by: pair, name: n, within: 1m }] }
  h: { from: lines, steps: [select-key: self, group-by-key, count: c] }
  i: { from: lines, steps: [to: larg] }
  j: { from: lines, steps: [filter: value => value.ok] }
  k: { from: lines, steps: [{ filter: isLarge, to: large }] }
  l: { from: lines, steps: [split: { large: isLarge }, filter: isLarge] }
  m: { from: lines, steps: [to-table: t, to-stream: yes] }
`),
      [
        "10:29 stream 'a': there is no operator 'fliter'; did you mean 'filter'?",
        "11:29 stream 'b': 'count' is for a grouped stream, and here is a stream: it takes filter, filter-not, map, map-values, flat-map, flat-map-values, select-key, map-headers, on-error, peek, for-each, merge, repartition, to, through, to-one-of, process, process-values, split, to-table, group-by-key, group-by, join, left-join, outer-join, join-table, left-join-table, join-global, left-join-global",
        "12:43 stream 'c': 'filter' is for a stream, and here is a grouped stream: it takes count, reduce, aggregate, cogroup, tumbling, hopping, sliding, session",
        "13:43 stream 'd': 'windowed' cannot be said in YAML: write 'tumbling', 'hopping', 'sliding' or 'session'",
        "14:37 'by' of filter of stream 'e' 'isLrge' is not known; did you mean 'isLarge'?",
        "15:52 filter of stream 'f' takes no 'store'; it takes by",
        "16:45 'stream' of join of stream 'g' 'paymets' is not declared: add it to streams",
        "17:61 stream 'h': 'c-by-key' must write the key that comes from 'streams/lines/select-key', whose serde is not known: state it where the key is made, as { key: <serde> }",
        "18:33 'topic' of to of stream 'i' 'larg' is not declared; did you mean 'large'?",
        "19:37 'by' of filter of stream 'j' 'value => value.ok' is code: put it into a module, and name it as './module.ts#name'",
        "20:29 a step of stream 'k' has several names: write '- name: ...' for each",
        "21:56 stream 'l': 'filter' is for a stream, and here is a split stream: it takes none: go on from a branch, by 'from-stream: label.branch'",
        "22:53 'by' of to-stream of stream 'm' 'yes' is not known: write it as './module.ts#yes'",
      ],
    )
  })

  test('labels that lead nowhere', async () => {
    assert.equal(
      await problems(`
tables:
  users: { topic: usres }
streams:
  a: { from-stream: b }
  b: { from-stream: a }
  c: { from: lines, from-stream: a }
  d: { steps: [to: large] }
  e: { from: lines, steps: [split: { large: isLarge }] }
  f: { from-stream: e.lrge }
  g: { from-table: d }
  h: { from: lines, steps: [join-table: { table: f, by: pair }] }
`).then(found => found.map(line => line.replace(/^(\d+):\d+/, '$1'))),
      [
        "10 topic of table 'users' 'usres' is not declared: add it to topics",
        "13 from-stream of stream 'b' 'a' needs itself: let the records go through a topic",
        "14 stream 'c' has several beginnings: write one of from, from-pattern, from-stream, from-table",
        "15 stream 'd' has no beginning: write one of from, from-pattern, from-stream, from-table",
        "17 from-stream of stream 'f' 'e.lrge' names no branch: it has large, rest",
      ],
    )
  })
})
