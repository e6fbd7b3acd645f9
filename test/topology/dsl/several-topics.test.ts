import * as assert from 'uvu/assert'
import { describeText } from '../../../topology/definition/describe/text.ts'
import { sameTopology } from '../../../topology/definition/equality.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { int32, int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { resolvePatterns } from '../../../topology/definition/topic-patterns.ts'
import type { Stream } from '../../../topology/dsl/streams/stream.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { fingerprintOf } from '../../../topology/runtime/fingerprint.ts'
import { testDriver } from '../../../topology/testing/driver.ts'
import { suite } from '../../support/suite.ts'

const orders = topic('orders', { key: string, value: string, partitions: 2 })
const returns = topic('returns', { key: string, value: string, partitions: 2 })
const sizes = topic('sizes', { key: string, value: int64, partitions: 2 })
const wide = topic('wide', { key: string, value: string, partitions: 3 })
const numbered = topic('numbered', { key: int32, value: string, partitions: 2 })
const counts = topic('counts', { key: string, value: int64, partitions: 2 })
const out = topic('out', { key: string, value: string, partitions: 2 })

suite('several topics in one stream', test => {
  test('are read by the same tasks: records of one key meet, whichever topic they come from', async () => {
    const definition = topology('app', t => t.stream([orders, returns]).groupByKey().count('n').toStream().to(counts))
    assert.equal(
      buildGraph(definition).subtopologies.map(({ inputs, partitions }) => [inputs, partitions]),
      [[['orders', 'returns'], 2]],
    )
    const driver = await testDriver(definition)
    await driver.pipe(orders, 'a', 'x')
    await driver.pipe(returns, 'a', 'y')
    await driver.pipe(returns, 'b', 'z')
    assert.equal(
      driver.read(counts).map(({ key, value }) => [key, value]),
      [
        ['a', 1n],
        ['a', 2n],
        ['b', 1n],
      ],
    )
  })

  test('of one list, and one topic twice, are one source; the order of the list is no matter of state', () => {
    const nodes = (list: readonly (typeof orders | typeof returns)[]) =>
      topology('app', t => {
        t.stream(list)
          .filter(() => true)
          .to(out)
        t.stream(list)
          .filterNot(() => true)
          .to(out)
      }).nodes.filter(({ kind }) => kind === 'source')
    assert.is(nodes([orders, returns, orders]).length, 1)
    assert.is(nodes([orders])[0]?.name, 'streams/orders')
  })

  test('may hold different values, whose serde is then not known', () => {
    const mixed: Stream<string, string | bigint> = topologyStream(t => t.stream([orders, sizes]))
    assert.is(mixed.stage.value, undefined)
    assert.is(topologyStream(t => t.stream([orders, returns])).stage.value, string)
  })

  test('need one serde of keys, equal partition counts, and at least one topic', () => {
    assert.throws(
      () => topology('app', t => t.stream([orders, numbered]).forEach(() => {})),
      /reads keys of 'string' in 'orders' and of 'int32' in 'numbered': read them as two streams/,
    )
    assert.throws(
      () => buildGraph(topology('app', t => t.stream([orders, wide]).forEach(() => {}))),
      /different partition counts \('orders' has 2, 'wide' has 3\): repartition 'orders' to 3/,
    )
    assert.throws(
      () => buildGraph(topology('app', t => t.stream([]).forEach(() => {}))),
      /reads no topic: name at least one/,
    )
  })
})

suite('topics of a pattern', test => {
  const shop = () =>
    topology('app', t =>
      t
        .stream(/^orders\./, { key: string, value: string, subtopology: 'orders' })
        .groupByKey()
        .count('n')
        .toStream()
        .to(counts),
    )

  test('are those that are there: others, dead letters, internal ones and those of Kafka are not meant', async () => {
    const topics = ['orders.de', 'orders.fr', 'returns', 'orders.de.dlq', 'orders.de.dlq.state', '__orders.x']
    const [definition, driver] = [shop(), await testDriver(shop(), { topics })]
    assert.equal(buildGraph(definition).subtopologies[0]?.inputs, [])
    assert.equal(buildGraph(resolvePatterns(definition, topics)).subtopologies[0]?.inputs, ['orders.de', 'orders.fr'])
    for (const name of ['orders.de', 'orders.fr'])
      await driver.pipe(topic(name, { key: string, value: string }), 'a', 'x', { partition: 0 })
    assert.equal(
      driver.read(counts).map(({ value }) => value),
      [1n, 2n],
    )
  })

  test('count among them topics that the topology declares and writes itself', async () => {
    const own = topic('orders.own', { key: string, value: string, partitions: 1 })
    const definition = topology('app', t => {
      t.stream(orders).to(own)
      t.stream(/^orders\./g, { key: string, value: string, subtopology: 'all' }).to(out)
    })
    const driver = await testDriver(definition, { partitions: 1 })
    await driver.pipe(orders, 'a', 'x')
    await driver.pipe(orders, 'a', 'y')
    assert.equal(
      driver.read(out).map(({ value }) => value),
      ['x', 'y'],
    )
  })

  test('that come and go are no other topology, and a pattern that matches nothing is told', async () => {
    const definition = shop()
    const [one, two] = [['orders.a'], ['orders.a', 'orders.b']].map(names => resolvePatterns(definition, names))
    assert.is(fingerprintOf(one!), fingerprintOf(two!))
    assert.is(fingerprintOf(definition), fingerprintOf(one!))
    assert.ok(sameTopology(definition, shop()))
    const other = topology('app', t =>
      t
        .stream(/^order\./, { key: string, value: string, subtopology: 'orders' })
        .groupByKey()
        .count('n')
        .toStream()
        .to(counts),
    )
    assert.not(sameTopology(definition, other))
    assert.is.not(fingerprintOf(definition), fingerprintOf(other))
    assert.match(describeText(buildGraph(definition)), /reads {3}\/\^orders\\\.\//)
    const error = await testDriver(definition).catch(each => each)
    assert.match(error.message, /^no topic matches \/\^orders\\\.\/, which 'orders\/streams\/\^orders\\\.' reads/)
  })
})

function topologyStream<S>(declare: (t: Parameters<Parameters<typeof topology>[1]>[0]) => S): S {
  let stream: S | undefined
  topology('app', t => {
    stream = declare(t)
  })
  return stream as S
}
