import * as assert from 'uvu/assert'
import { diagramOf } from '../../../topology/definition/describe/diagram.ts'
import { layOut } from '../../../topology/definition/describe/layers.ts'
import { describeMermaid } from '../../../topology/definition/describe/mermaid.ts'
import { describeSvg } from '../../../topology/definition/describe/svg.ts'
import { describeText } from '../../../topology/definition/describe/text.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { suite } from '../../support/suite.ts'
import { counts, definition, lines, repartition, sink, source, work } from './parts.ts'

const graph = buildGraph(
  definition(
    [lines('lines', { partitions: 3 }), lines('rates'), lines('counts'), lines('app-by-word-repartition')],
    [counts('word-counts'), counts('rates')],
    [
      source('rates', ['rates'], { role: 'global', store: 'rates' }),
      source('lines', ['lines']),
      work('split', ['lines'], { operator: 'flatMap' }),
      repartition('by-word', ['split']),
      work('count', ['by-word'], {
        operator: 'count',
        stores: ['word-counts'],
        globals: ['rates'],
        parameters: { sizeMs: 60_000 },
      }),
      sink('out', ['count'], 'counts'),
    ],
  ),
)

suite('describe', test => {
  test('as text', () => {
    assert.is(
      describeText(graph),
      `topology app: 2 sub-topologies, 4 topics, 2 stores

by-word  (group app-by-word, 3 tasks)
  reads   app-by-word-repartition
  writes  counts
  stores
    word-counts  key-value  string -> int64  app-word-counts-changelog
  nodes
    by-word  repartition  app-by-word-repartition             -> count
    count    count        [word-counts] [rates] sizeMs=60000  -> out
    out      sink         to counts

lines  (group app-lines, 3 tasks)
  reads   lines
  writes  app-by-word-repartition
  nodes
    lines    stream       lines                       -> split
    split    flatMap                                  -> by-word
    by-word  repartition  to app-by-word-repartition

global tables
  rates -> rates`,
    )
  })

  test('as Mermaid', () => {
    assert.is(
      describeMermaid(graph),
      `flowchart LR
  subgraph s0["by-word"]
    b0["count"]
    b1[("word-counts")]
  end
  subgraph s1["lines"]
    b2["split"]
  end
  b3(["app-by-word-repartition"])
  b4(["counts"])
  b5(["lines"])
  b6(["rates"])
  b7[("rates")]
  b3 --> b0
  b0 --- b1
  b7 -.-> b0
  b0 --> b4
  b5 --> b2
  b2 --> b3
  b6 --> b7`,
    )
  })

  test('a dynamic sink is a box of its own', () => {
    const nodes = [source('in', ['a']), sink('out', ['in'], record => String(record.key))]
    const dynamic = buildGraph(definition([lines('a')], [], nodes))
    assert.equal(diagramOf(dynamic).arrows, [{ from: 'topic:a', to: 'topic:(chosen by record)', kind: 'records' }])
    assert.match(describeText(dynamic), /writes {2}\(chosen by record\)/)
  })

  test('as SVG: every box once, nothing outside the picture', () => {
    const svg = describeSvg(graph)
    const size = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)
    const [width, height] = [Number(size?.[1]), Number(size?.[2])]
    const rects = [
      ...svg.matchAll(/<rect class="(\w+)" x="([\d.-]+)" y="([\d.-]+)" width="([\d.]+)" height="([\d.]+)"/g),
    ]
    assert.equal(
      rects.map(rect => rect[1]),
      ['frame', 'frame', 'node', 'store', 'node', 'topic', 'topic', 'topic', 'topic', 'global'],
    )
    for (const [, kind, ...numbers] of rects) {
      const [x, y, w, h] = numbers.map(Number) as [number, number, number, number]
      assert.ok(x >= 0 && y >= 0 && x + w <= width && y + h <= height, `${kind} at ${x},${y}`)
    }
    assert.is(svg.match(/<path class="records"/g)?.length, 5)
    assert.is(svg.match(/<text/g)?.length, 10)
  })

  test('an arrow that leads back stays inside the picture', () => {
    const circle = [source('in', ['a']), work('w', ['in']), sink('out', ['w'], 'b'), sink('again', ['w'], 'a')]
    const svg = describeSvg(buildGraph(definition([lines('a'), lines('b')], [], circle)))
    const curves = [
      ...svg.matchAll(/<path class="records" d="M ([\d.-]+) ([\d.-]+) C (\S+) (\S+) (\S+) (\S+) (\S+) ([\d.-]+)"/g),
    ]
    const [back, ...others] = curves.map(curve => curve.slice(1).map(Number)).filter(curve => curve[0]! > curve[6]!)
    assert.is(others.length, 0)
    // A cubic Bezier curve at its middle: (start + 3 * control + 3 * control + end) / 8.
    const peak = (back![1]! + 6 * back![3]! + back![7]!) / 8
    assert.ok(peak >= 0 && peak < back![1]!, `peak at ${peak}`)
  })

  test('labels are escaped', () => {
    const odd = buildGraph(definition([lines('a')], [], [source('in', ['a']), work('x < "y" & z', ['in'])]))
    assert.match(describeSvg(odd), /x &lt; &quot;y&quot; &amp; z/)
    assert.match(describeMermaid(odd), /\["x &lt; &quot;y&quot; &amp; z"\]/)
  })

  test('layout: columns follow the edges, a circle is cut, nothing overlaps', () => {
    const items = ['a', 'b', 'c', 'd'].map(id => ({ id, width: 50, height: 20 }))
    const edges = [
      ['a', 'b'],
      ['b', 'd'],
      ['a', 'c'],
      ['c', 'd'],
      ['d', 'a'],
    ] as const
    const { items: placed, width, height } = layOut(items, edges, { across: 10, down: 5 })
    const at = (id: string) => [placed.get(id)?.x, placed.get(id)?.y]
    assert.equal(
      [at('a'), at('b'), at('c'), at('d')],
      [
        [0, 12.5],
        [60, 0],
        [60, 25],
        [120, 12.5],
      ],
    )
    assert.equal([width, height], [170, 45])
  })

  test('layout: items stand across from their neighbours', () => {
    const items = ['a', 'b', 'x', 'y'].map(id => ({ id, width: 50, height: 20 }))
    const crossed = [
      ['a', 'y'],
      ['b', 'x'],
    ] as const
    const { items: placed } = layOut(items, crossed, { across: 10, down: 5 })
    assert.is(placed.get('a')?.y, placed.get('y')?.y)
    assert.is(placed.get('b')?.y, placed.get('x')?.y)
  })
})
