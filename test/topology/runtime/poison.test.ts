import * as assert from 'uvu/assert'
import { memoryStorage } from '../../../store/memory-storage.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import { buildGraph, type TopologyGraph } from '../../../topology/definition/graph.ts'
import { type AnyProcessor, processor } from '../../../topology/definition/processor.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { bindCodecs } from '../../../topology/runtime/codecs.ts'
import { TaskCounts } from '../../../topology/runtime/task-counts.ts'
import { TaskGraph } from '../../../topology/runtime/task-graph.ts'
import { TaskOutput } from '../../../topology/runtime/task-output.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'
import { claimMemory, openTable } from '../../store/open-table.ts'
import { suite } from '../../support/suite.ts'

const input = topic('input', { key: string, value: string, partitions: 1 })
const output = topic('output', { key: string, value: string, partitions: 1 })
const seen = keyValueStore('seen', { key: string, value: string })

/** Runs records through a processor; gives what ended the worker, and keys of outputs and dead letters. */
async function outcome(one: AnyProcessor, keys: readonly string[]) {
  const clock = new VirtualClock({ seed: 1 })
  const broker = new MemoryBroker({ clock })
  const graph = buildGraph(topology('app', t => t.processor(one)))
  const outside = broker.connect()
  const storage = memoryStorage({ clock })
  const worker = new Worker({ graph, broker: broker.connect(), storage, clock, createTopics: 'all' })
  let failure: unknown
  void worker.failed.then(error => {
    failure = error
  })
  await clock.resolve(worker.start())
  const writer = await clock.resolve(outside.writer())
  const at = { topic: 'input', partition: 0, headers: [] }
  const record = (key: string, index: number) => ({
    ...at,
    timestamp: 1_000 + index,
    key: Buffer.from(key),
    value: Buffer.from('x'),
  })
  await clock.resolve(writer.send(keys.map(record)))
  await clock.advance(5_000)
  const reader = outside.reader({ isolation: 'read_committed' })
  const keysOf = async (name: string) => {
    if ((await clock.resolve(outside.admin.describeTopics([name]))).length === 0) return []
    reader.seek({ topic: name, partition: 0 }, 0)
    const fetched = await clock.resolve(reader.poll())
    reader.remove({ topic: name, partition: 0 })
    return fetched.flatMap(({ records }) => records.map(({ key }) => String(key)))
  }
  failure ??= worker.status()[0]?.parked?.code
  const found = { failure, outputs: await keysOf('output'), deadLetters: await keysOf('input.dlq') }
  await clock.resolve(worker.stop())
  return found
}

const keys = ['a', 'bad', 'b'] as const
const expected = { failure: undefined, outputs: ['a', 'b'], deadLetters: ['bad'] }

suite('poison', test => {
  test('bytes that cannot be decoded park the task where the policy is to stop: no record is passed over', async () => {
    const numbers = topic('input', { key: string, value: int64, partitions: 1 })
    const strict = processor({ name: 'strict', streams: [numbers], failure: { then: 'stop' }, process: () => {} })
    const { failure, deadLetters } = await outcome(strict, ['a'])
    assert.is(failure, 'STOPPED_BY_POLICY')
    assert.equal(deadLetters, [])
  })

  for (const [what, timestamp] of [
    ['not a number', Number.NaN],
    ['no whole number', 1.5],
    ['before the epoch', -5],
  ] as const)
    test(`an output whose timestamp is ${what} is the fault of its record`, async () => {
      const stamping = processor({
        name: 'stamping',
        streams: [input],
        sinks: { output },
        process({ key, value }, { sinks }) {
          sinks.output.send(key, value, key === 'bad' ? { timestamp } : {})
        },
      })
      assert.equal(await outcome(stamping, keys), expected)
    })

  for (const chosen of [-1, 1, 0.5, Number.NaN])
    test(`an output for partition ${chosen} of a topic that has one is the fault of its record`, async () => {
      const graph = buildGraph({
        kind: 'topology',
        name: 'app',
        topics: [input, output],
        stores: [],
        nodes: [
          { kind: 'source', name: 'in', topics: ['input'], role: 'stream' },
          { kind: 'sink', name: 'out', parents: ['in'], topic: 'output', partition: () => chosen },
        ],
      })
      const task = await taskOf(graph)
      assert.throws(() => task.process(recordAt('a')), /'out' failed: partition .* was chosen/)
    })

  test('a prefetch that throws is no hint, and spoils those of no other record', async () => {
    const reading = processor({
      name: 'reading',
      streams: [input],
      stores: { seen },
      prefetch({ key }) {
        if (key === 'bad') throw new TypeError('cannot read properties of null')
        return { seen: [[key]] }
      },
      process: () => {},
    })
    const task = await taskOf(buildGraph(topology('app', t => t.processor(reading))))
    assert.equal([...task.wanted('input', keys.map(recordAt))], [['seen', [['a'], ['b']]]])
  })
})

function recordAt(key: string) {
  return { topic: 'input', partition: 0, offset: 0, timestamp: 0, key, value: 'x', headers: [] }
}

async function taskOf(graph: TopologyGraph): Promise<TaskGraph> {
  const storage = await claimMemory(seen as never)
  const codecs = await bindCodecs(graph, undefined)
  const table = await openTable(seen, storage)
  return new TaskGraph({
    graph,
    subtopology: graph.subtopologies[0]!,
    partition: 0,
    tables: new Map([['seen', table]]),
    globals: new Map(),
    codecs,
    output: new TaskOutput(),
    counts: new TaskCounts(),
    partitionsOf: () => 1,
    now: () => 0,
    caughtUp: () => true,
    monotonic: () => 0,
  })
}
