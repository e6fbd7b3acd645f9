import * as assert from 'uvu/assert'
import type { NodeContext, ProcessNode, Punctuation } from '../../../topology/definition/definition.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { processor } from '../../../topology/definition/processor.ts'
import type { FlowRecord, StreamRecord } from '../../../topology/definition/record.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { suite } from '../../support/suite.ts'

const lines = topic('lines', { key: string, value: string })
const limits = topic('limits', { key: string, value: int64 })
const accepted = topic('accepted', { key: string, value: string })
const seen = keyValueStore('seen-lines', { key: string, value: int64 })

const gate = processor({
  name: 'gate',
  streams: [lines],
  tables: { limits },
  stores: { seen },
  sinks: { accepted },
  punctuations: [
    {
      name: 'tick',
      every: '1m',
      on: 'stream-time',
      run: (time, { sinks }) => sinks.accepted.send('tick', String(time)),
    },
  ],
  prefetch: record => ({ seen: [[record.value]], limits: [[record.key]] }),
  async process(record, { stores, tables, sinks, now }) {
    const count = ((await stores.seen.get(record.value)) ?? 0n) + 1n
    stores.seen.put(record.value, count)
    const limit = (await tables.limits.get(record.key)) ?? 0n
    const headers = [{ key: 'at', value: Buffer.from(String(now)) }]
    if (count <= limit) sinks.accepted.send(record.key, record.value, { headers })
  },
})

const gated = topology('app', t => {
  t.processor(gate)
  t.repartition({ name: 'by-value', from: lines, to: accepted, by: record => record.value })
})

function node(name: string): ProcessNode {
  const found = gated.nodes.find(each => each.name === name)
  if (found?.kind !== 'process') throw new Error(`no process node '${name}'`)
  return found
}

/** A context over plain maps that keeps what is forwarded. */
function fakeContext(tables: Record<string, Map<unknown, unknown>> = {}) {
  const forwarded: { record: FlowRecord; child: string | undefined }[] = []
  const punctuations: Punctuation[] = []
  const skipped: string[] = []
  let current: StreamRecord | undefined
  const context: NodeContext = {
    task: { subtopology: 'gate', partition: 0 },
    forward: (record, child) => void forwarded.push({ record, child }),
    store: store => {
      const rows = tables[store.name] ?? new Map()
      const table = { get: (k: unknown) => rows.get(k), put: (k: unknown, v: unknown) => rows.set(k, v) }
      return { ...table, delete: (k: unknown) => rows.delete(k) } as never
    },
    streamTime: () => 7,
    caughtUp: () => true,
    now: () => 1000,
    source: () => current,
    skip: reason => skipped.push(reason),
    punctuate: punctuation => punctuations.push(punctuation),
  }
  const from = (record: StreamRecord) => {
    current = record
    return record
  }
  return { context, forwarded, punctuations, skipped, from }
}

function record(key: string | null, value: unknown, timestamp = 5): StreamRecord {
  return { topic: 'lines', partition: 0, offset: 0, timestamp, key, value, headers: [{ key: 'trace', value: null }] }
}

suite('processor nodes', test => {
  test('a processor is a sub-topology of its name, a repartition another', () => {
    const graph = buildGraph(gated)
    assert.equal(
      graph.subtopologies.map(part => [part.name, part.group, part.inputs, part.stores.map(store => store.name)]),
      [
        ['by-value', 'app-by-value', ['lines'], []],
        ['gate', 'app-gate', ['limits', 'lines'], ['limits', 'seen-lines']],
      ],
    )
    assert.equal(
      gated.nodes.map(each => each.name),
      [
        'gate/streams/lines',
        'gate/tables/limits/topic',
        'gate/tables/limits',
        'gate',
        'gate/sinks/accepted',
        'by-value/streams/lines',
        'by-value',
        'by-value/sinks/accepted',
      ],
    )
  })

  test('user code sees its record, stores, tables and sinks; sends carry time and headers on', async () => {
    const tables = { 'seen-lines': new Map(), limits: new Map([['k', 1n]]) }
    const { context, forwarded, from } = fakeContext(tables)
    const running = node('gate').create(context)
    await running.process(from(record('k', 'to be')))
    await running.process(from(record('k', 'to be')))
    assert.is(tables['seen-lines'].get('to be'), 2n)
    const headers = [
      { key: 'trace', value: null },
      { key: 'at', value: Buffer.from('1000') },
    ]
    assert.equal(forwarded, [
      { record: { key: 'k', value: 'to be', timestamp: 5, headers }, child: 'gate/sinks/accepted' },
    ])
  })

  test('a punctuation sends with its own time', async () => {
    const { context, forwarded, punctuations } = fakeContext()
    node('gate').create(context)
    assert.equal(
      punctuations.map(each => [each.name, each.every, each.on]),
      [['tick', '1m', 'stream-time']],
    )
    await punctuations[0]?.run(60_000)
    assert.equal(forwarded[0]?.record, { key: 'tick', value: '60000', timestamp: 60_000, headers: [] })
  })

  test('a table keeps the last value of a key; a null value deletes, a null key is skipped', () => {
    const limitsRows = new Map<unknown, unknown>()
    const { context, skipped } = fakeContext({ limits: limitsRows })
    const table = node('gate/tables/limits').create(context)
    table.process(record('a', 1n))
    table.process(record('b', 1n))
    table.process(record('a', 2n))
    table.process(record('b', null))
    table.process(record(null, 3n))
    assert.equal([...limitsRows], [['a', 2n]])
    assert.equal(skipped, ['null-key'])
  })

  test('prefetch asks by store name', () => {
    assert.equal(node('gate').prefetch?.(record('k', 'to be')), { 'seen-lines': [['to be']], limits: [['k']] })
  })

  test('a processor that does not say what it reads has its tables prefetched by the record key', () => {
    const numbered = topic('numbered', { key: int64, value: string })
    const reading = (streams: readonly [typeof lines] | readonly [typeof lines, typeof numbered]) => {
      const declared = topology('app', t =>
        t.processor(processor({ name: 'p', streams, tables: { limits }, process: () => undefined })),
      )
      return declared.nodes.find(each => each.name === 'p') as ProcessNode
    }
    assert.equal(reading([lines]).prefetch?.(record('k', 'v')), { limits: [['k']] })
    assert.equal(reading([lines]).prefetch?.(record(null, 'v')), {})
    assert.is(reading([lines, numbered]).prefetch, undefined)
  })

  test('a repartition sets the key and keeps the rest', () => {
    const { context, forwarded } = fakeContext()
    node('by-value').create(context).process(record('k', 'to be'))
    assert.equal(forwarded[0]?.record, { ...record('k', 'to be'), key: 'to be' })
  })

  test('synchronous user code stays synchronous', () => {
    const plain = processor({
      name: 'plain',
      streams: [lines],
      sinks: { accepted },
      process: (line, { sinks }) => sinks.accepted.send(line.key, line.value),
    })
    const [, process] = topology('app', t => t.processor(plain)).nodes
    const { context, from } = fakeContext()
    assert.is((process as ProcessNode).create(context).process(from(record('k', 'v'))), undefined)
  })

  test('a send that fails later fails the record, in the order of the sends', async () => {
    const plain = processor({
      name: 'plain',
      streams: [lines],
      sinks: { accepted },
      process: (line, { sinks }) => {
        sinks.accepted.send('1', line.value)
        sinks.accepted.send('2', line.value)
      },
    })
    const [, process] = topology('app', t => t.processor(plain)).nodes
    const { context, from } = fakeContext()
    const sent: unknown[] = []
    const forward = async ({ key }: FlowRecord) => {
      await Promise.resolve()
      sent.push(key)
      if (key === '2') throw new Error('no room')
    }
    const running = (process as ProcessNode).create({ ...context, forward })
    try {
      await running.process(from(record('k', 'v')))
      assert.unreachable()
    } catch (error) {
      assert.is((error as Error).message, 'no room')
    }
    assert.equal(sent, ['1', '2'])
  })
})
