import * as assert from 'uvu/assert'
import type { NodeDefinition } from '../../../topology/definition/definition.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { bindCodecs } from '../../../topology/runtime/codecs.ts'
import { TaskCounts } from '../../../topology/runtime/task-counts.ts'
import { TaskGraph } from '../../../topology/runtime/task-graph.ts'
import { TaskOutput } from '../../../topology/runtime/task-output.ts'
import { suite } from '../../support/suite.ts'

const input = topic('input', { key: string, value: string })
const output = topic('output', { key: string, value: string })

/** A node that holds one record back until it is flushed. */
function holding(name: string, send: () => void): readonly NodeDefinition[] {
  let held = true
  return [
    {
      kind: 'process',
      name,
      operator: 'holding',
      parents: ['in'],
      stores: [],
      create: context => ({
        process: () => {},
        flush() {
          if (!held) return
          context.forward({ key: name, value: 'held', timestamp: 0, headers: [] })
          send()
          held = false
        },
      }),
    },
    { kind: 'sink', name: `${name}/out`, parents: [name], topic: output.name },
  ]
}

suite('flush of a task graph', test => {
  test('a node that fails still holds its results, and the others hand theirs on once', async () => {
    let fails = true
    const graph = buildGraph({
      kind: 'topology',
      name: 'app',
      topics: [input, output],
      stores: [],
      nodes: [
        { kind: 'source', name: 'in', topics: ['input'], role: 'stream' },
        ...holding('first', () => {}),
        ...holding('second', () => {
          if (fails) throw new Error('away')
        }),
      ],
    })
    const written = new TaskOutput()
    const task = new TaskGraph({
      graph,
      subtopology: graph.subtopologies[0]!,
      partition: 0,
      tables: new Map(),
      globals: new Map(),
      codecs: await bindCodecs(graph, undefined),
      output: written,
      counts: new TaskCounts(),
      partitionsOf: () => 1,
      now: () => 0,
      caughtUp: () => true,
      monotonic: () => 0,
    })
    assert.throws(() => task.flush(), /'second' failed: away/)
    fails = false
    task.flush()
    assert.equal(
      written.take().records.map(({ key }) => String(key)),
      ['first', 'second'],
    )
  })
})
