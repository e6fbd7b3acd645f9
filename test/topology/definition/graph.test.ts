import * as assert from 'uvu/assert'
import { TopologyError } from '../../../topology/definition/errors.ts'
import { buildGraph, problemsOf } from '../../../topology/definition/graph.ts'
import { problemLine } from '../../../topology/definition/problem.ts'
import { suite } from '../../support/suite.ts'
import { counts, definition, lines, repartition, sink, source, work } from './parts.ts'

const internal = lines('app-by-word-repartition')

/** lines -> split -> [by-word] -> count(store) -> counts */
const wordCount = definition(
  [lines('lines', { partitions: 3 }), lines('counts'), internal],
  [counts('word-counts')],
  [
    source('lines', ['lines']),
    work('split', ['lines']),
    repartition('by-word', ['split']),
    work('count', ['by-word'], { stores: ['word-counts'] }),
    sink('out', ['count'], 'counts'),
  ],
)

function messages(...parts: Parameters<typeof definition>): string[] {
  return problemsOf(definition(...parts)).map(problem => problem.message)
}

suite('graph', test => {
  test('a repartition is the sink of one sub-topology and the entry of another', () => {
    const graph = buildGraph(wordCount)
    const [reading, writing] = graph.subtopologies
    assert.equal(
      graph.subtopologies.map(part => part.name),
      ['by-word', 'lines'],
    )
    assert.equal(reading?.inputs, ['app-by-word-repartition'])
    assert.equal(
      reading?.nodes.map(node => node.name),
      ['count', 'out'],
    )
    assert.equal(
      reading?.entries.get('app-by-word-repartition')?.map(node => node.name),
      ['by-word'],
    )
    assert.equal(
      reading?.children.get('by-word')?.map(node => node.name),
      ['count'],
    )
    assert.equal(
      writing?.sinks.map(node => node.name),
      ['by-word'],
    )
    assert.not.ok(writing?.children.has('by-word'))
    assert.is(writing?.group, 'app-lines')
    assert.equal(
      reading?.stores.map(store => store.name),
      ['word-counts'],
    )
  })

  test('a definition is checked once: a file that was read is not validated again when it runs', () => {
    assert.is(problemsOf(wordCount), problemsOf(wordCount))
    assert.is(problemsOf({ ...wordCount }) === problemsOf(wordCount), false)
  })

  test('a repartition topic inherits the partition count of its writer', () => {
    const graph = buildGraph(wordCount)
    assert.equal(
      graph.subtopologies.map(part => part.partitions),
      [3, 3],
    )
    assert.is(graph.topics.get('app-by-word-repartition')?.partitions, 3)
  })

  test('a repartition topic that is joined with another input takes its count', () => {
    const graph = buildGraph(
      definition(
        [lines('lines', { partitions: 3 }), lines('words', { partitions: 8 }), internal],
        [counts('joined')],
        [
          source('lines', ['lines']),
          repartition('by-word', ['lines']),
          source('words', ['words']),
          work('left', ['by-word'], { stores: ['joined'] }),
          work('right', ['words'], { stores: ['joined'] }),
        ],
      ),
    )
    assert.is(graph.topics.get('app-by-word-repartition')?.partitions, 8)
    assert.equal(
      graph.subtopologies.map(part => [part.name, part.partitions]),
      [
        ['by-word', 8],
        ['lines', 3],
      ],
    )
  })

  test('nodes that share a store share a task; readers of one topic do too unless they are named', () => {
    const parts = (subtopology?: string) => {
      const named = (name: string) => (subtopology === undefined ? {} : { subtopology: `${subtopology}-${name}` })
      return buildGraph(
        definition(
          [lines('lines')],
          [],
          [source('a', ['lines'], named('a')), source('b', ['lines'], named('b')), work('x', ['a']), work('y', ['b'])],
        ),
      ).subtopologies.map(part => part.name)
    }
    assert.equal(parts(), ['lines'])
    assert.equal(parts('asked'), ['asked-a', 'asked-b'])
  })

  test('names do not depend on positions', () => {
    const reversed = buildGraph({ ...wordCount, nodes: wordCount.nodes.toReversed() })
    assert.equal(
      reversed.subtopologies.map(part => part.group),
      ['app-by-word', 'app-lines'],
    )
    assert.equal(
      reversed.subtopologies[0]?.nodes.map(node => node.name),
      ['count', 'out'],
    )
  })

  test('a global table stands apart', () => {
    const graph = buildGraph(
      definition(
        [lines('lines'), lines('rates')],
        [counts('rates')],
        [
          source('lines', ['lines']),
          source('rates', ['rates'], { role: 'global', store: 'rates' }),
          work('look-up', ['lines'], { globals: ['rates'] }),
        ],
      ),
    )
    assert.equal(
      graph.globals.map(global => [global.source.name, global.store.name]),
      [['rates', 'rates']],
    )
    assert.equal(
      graph.subtopologies.map(part => part.inputs),
      [['lines']],
    )
  })

  test('a circle through topics is legal, through edges it is not', () => {
    const through = [source('s', ['a']), work('w', ['s']), sink('k', ['w'], 'a')]
    assert.equal(messages([lines('a')], [], through), [])
    const edges = [source('s', ['a']), work('v', ['s', 'w']), work('w', ['v'])]
    assert.equal(messages([lines('a')], [], edges), [
      "'v' -> 'w' -> 'v' is a cycle inside sub-topology 'a': let the records go through a topic or a repartition",
    ])
  })

  test('every problem is reported at once, with its place', () => {
    const at = { file: 'app.yaml', line: 14, column: 14 }
    const broken = definition(
      [lines('lines', { partitions: 6 }), lines('fills', { partitions: 3 })],
      [counts('seen'), counts('seen'), counts('forgotten')],
      [
        source('lines', ['lines']),
        source('fills', ['fills']),
        work('risk', ['lines', 'fils'], { stores: ['seen', 'sen'] }),
        work('more', ['fills'], { stores: ['seen'] }),
        sink('out', ['risk'], 'line', { at }),
      ],
    )
    const expected = [
      "two stores are called 'seen': give each a name of its own",
      "parent 'fils' of process 'risk' does not exist; did you mean 'fills'?",
      "store 'sen' of 'risk' does not exist; did you mean 'seen'?",
      "app.yaml:14:14 topic 'line' of sink 'out' is not declared; did you mean 'lines'?",
      "store 'forgotten' is not attached to anything: add it to the stores of a processor, or remove it",
      "inputs of sub-topology 'fills' have different partition counts ('fills' has 3, 'lines' has 6): " +
        "repartition 'fills' to 6, or declare equal counts",
    ]
    assert.equal(problemsOf(broken).map(problemLine), expected)
    try {
      buildGraph(broken)
      assert.unreachable()
    } catch (error) {
      assert.instance(error, TopologyError)
      assert.is((error as TopologyError).code, 'TOPOLOGY_INVALID')
      assert.is((error as Error).message, ["topology 'app' has 6 problems:", ...expected].join('\n  '))
    }
  })

  test('names that break rules or collide', () => {
    const found = messages(
      [lines('a b'), lines('x.y'), lines('x_y'), lines('app-s-changelog'), lines('n', { partitions: 0 })],
      [counts('s-t'), counts('s.t')],
      [source('in', ['a b', 'x.y', 'x_y', 'n']), work('w', ['in'], { stores: ['s-t', 's.t'] }), work('w', ['in'])],
    )
    assert.equal(found, [
      "topic name 'a b' may hold only letters, digits, '.', '_' and '-': choose another name",
      "topics 'x.y' and 'x_y' differ by '.' and '_' only, which Kafka refuses: choose another name",
      "topic 'app-s-changelog' has the name of an internal topic of 'app': choose another name",
      "topic 'n' has 0 partitions: write a whole number from 1",
      "stores 's-t' and 's.t' would share the table s_t: rename one",
      "two operators are called 'w': give each a name of its own",
    ])
  })

  test('topics declared twice must agree', () => {
    const nodes = [source('in', ['a']), work('w', ['in'])]
    assert.equal(messages([lines('a'), lines('a')], [], nodes), [])
    assert.equal(messages([lines('a'), lines('a', { partitions: 2 })], [], nodes), [
      "topic 'a' is declared twice, with no and 2 partitions: declare it once",
    ])
  })

  test('loose ends', () => {
    assert.equal(messages([], [], []), ["topology 'app' is empty: add a stream, a table or a processor"])
    assert.equal(messages([lines('a')], [], [source('in', ['a'])]), [
      "sub-topology 'a' reads but does nothing: add a processor or a sink",
    ])
    assert.equal(messages([lines('a')], [], [source('in', ['a']), work('w', [])]), [
      "process 'w' has no parent: connect it to a source, or remove it",
      "sub-topology 'a' reads but does nothing: add a processor or a sink",
    ])
    assert.equal(messages([lines('a'), internal], [], [source('in', ['a']), repartition('by-word', ['in'])]), [
      "repartition 'by-word' is written but never read: use it, or write to a declared topic",
    ])
    const afterSink = [source('in', ['a']), sink('out', ['in'], 'a'), work('w', ['out'])]
    assert.equal(messages([lines('a')], [], afterSink), [
      "process 'w' has the sink 'out' as a parent: read the sink's topic instead",
    ])
  })

  test('a sink without serdes', () => {
    const bare = { kind: 'topic', name: 'bare' } as unknown as ReturnType<typeof lines>
    assert.equal(messages([lines('a'), bare], [], [source('in', ['a']), sink('out', ['in'], 'bare')]), [
      "topic 'bare' of sink 'out' has no key serde: declare one, such as topic('bare', { key: string })",
      "topic 'bare' of sink 'out' has no value serde: declare one, such as topic('bare', { value: string })",
    ])
  })

  test('two names asked for in one sub-topology, and one name for two', () => {
    const shared = [
      source('a', ['a'], { subtopology: 'one' }),
      source('b', ['b'], { subtopology: 'two' }),
      work('x', ['a'], { stores: ['s'] }),
      work('y', ['b'], { stores: ['s'] }),
    ]
    assert.equal(messages([lines('a'), lines('b')], [counts('s')], shared), [
      "'one' and 'two' would be one sub-topology, as they are connected by edges or share a store: give them one name, or cut them",
    ])
    const twice = [
      source('a', ['a'], { subtopology: 'one' }),
      source('b', ['b'], { subtopology: 'one' }),
      work('x', ['a']),
      work('y', ['b']),
    ]
    assert.equal(messages([lines('a'), lines('b')], [], twice), [
      "two unconnected sub-topologies are called 'one': connect them, or give one another name",
    ])
  })

  test('a sub-topology name that cannot stand in a group', () => {
    const named = [source('a', ['a'], { subtopology: 'my risk' }), work('x', ['a'])]
    assert.equal(messages([lines('a')], [], named), [
      "sub-topology name 'my risk' may hold only letters, digits, '.', '_' and '-': choose another name",
    ])
  })

  test('a failure policy that cannot be followed', () => {
    const failing = (attempts: number, backoff: '1s' | '5s') => {
      const failure = { retry: { attempts, backoff, cap: '2s' as const }, then: 'dead-letter' as const }
      return messages([lines('a')], [], [source('in', ['a']), work('w', ['in'], { failure })])
    }
    assert.equal(failing(3, '1s'), [])
    assert.equal(failing(0, '1s'), ["failure policy of 'w': 0 attempts cannot be made: write a whole number from 1"])
    assert.equal(failing(3, '5s'), ["failure policy of 'w': the cap '2s' is shorter than the backoff '5s': swap them"])
  })

  test('a dynamic sink needs no topic of its own', () => {
    const graph = buildGraph(
      definition(
        [lines('a'), lines('b')],
        [],
        [source('in', ['a']), sink('out', ['in'], record => String(record.key))],
      ),
    )
    assert.is(graph.subtopologies[0]?.sinks.length, 1)
  })
})
