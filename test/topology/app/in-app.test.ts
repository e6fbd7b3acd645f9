import * as assert from 'uvu/assert'
import { avro } from '../../../schemas/avro/avro.ts'
import { store } from '../../../store/definitions.ts'
import { openProducer, run } from '../../../topology/app/on-demand.ts'
import { openTelemetryMetrics } from '../../../topology/app/telemetry.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import { processor } from '../../../topology/definition/processor.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { partitionOf } from '../../../topology/runtime/partitioner.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { suite } from '../../support/suite.ts'
import { waitFor } from '../../support/wait-for.ts'

const words = topic('words', { key: string, value: string, partitions: 4, misplaced: 'dead-letter' })
const counts = store.keyValue('counts', { key: string, value: int64 })
const counting = topology('counting', t => {
  t.processor(
    processor({
      name: 'count',
      streams: [words],
      stores: { counts },
      async process({ key }, { stores }) {
        stores.counts.put(key, ((await stores.counts.get(key)) ?? 0n) + 1n)
      },
    }),
  )
})
const soon = { what: 'it does not come', timeoutMs: 25_000 }

suite('an application inside a program', test => {
  test('sends, and reads the committed rows of all partitions', async () => {
    const app = await run(counting)
    for (const word of ['be', 'or', 'not', 'be', 'bee']) {
      const { partition } = await app.send(words, word, 'x')
      assert.is(partition, partitionOf(Buffer.from(word), 4))
    }
    const view = app.store(counts)
    await waitFor(async () => (await view.all()).reduce((sum, { value }) => sum + value, 0n) === 5n, soon)
    assert.is(await view.get('be'), 2n)
    assert.is(await view.get('nobody'), undefined)
    assert.equal(
      (await view.range('be', 'not')).map(({ key, value }) => [key, value]),
      [
        ['be', 2n],
        ['bee', 1n],
        ['not', 1n],
      ],
    )
    assert.equal(
      (await view.prefix('or')).map(({ key }) => key),
      ['or'],
    )
    assert.equal(
      (await view.all({ limit: 2 })).map(({ key }) => key),
      ['be', 'bee'],
    )
    assert.throws(() => app.store('count'), /store 'count' is not in the topology; did you mean 'counts'\?/)
    assert.match(await app.prometheus(), /^millrace_records_processed_total\{subtopology="count"\} 5$/m)
    await app.stop()
  })

  test('pauses, resumes and tells its state', async () => {
    const app = await run(counting)
    const states: string[] = []
    app.onState(state => states.push(state))
    await waitFor(() => app.state === 'running', soon)
    app.pause()
    assert.is(app.state, 'paused')
    await new Promise(resolve => setTimeout(resolve, 300))
    await app.send(words, 'be', 'x')
    await new Promise(resolve => setTimeout(resolve, 500))
    assert.is(await app.store(counts).get('be'), undefined)
    app.resume()
    await waitFor(async () => (await app.store(counts).get('be')) === 1n, soon)
    await app.stop()
    assert.is(app.state, 'stopped')
    assert.equal(states.slice(-3), ['paused', 'running', 'stopped'])
  })

  test('an abort stops it, once', async () => {
    const control = new AbortController()
    const app = await run(counting, { signal: control.signal })
    control.abort()
    await app.stop()
    assert.is(app.state, 'stopped')
    let refused: unknown
    await run(counting, { signal: control.signal }).catch(error => {
      refused = error
    })
    assert.is((refused as Error).name, 'AbortError')
  })

  test('a record of a foreign partitioner is counted, and dead-lettered where the topic says so', async () => {
    const broker = new MemoryBroker({ clock: systemClock })
    const added: [string, number, unknown][] = []
    const meter = {
      createCounter: (name: string) => ({
        add: (value: number, attributes?: unknown) => added.push([name, value, attributes]),
      }),
      createHistogram: () => ({ record() {} }),
    }
    const app = await run(counting, { kafka: broker, metrics: openTelemetryMetrics(meter) })
    const producer = await openProducer({ kafka: broker })
    const wrong = (partitionOf(Buffer.from('be'), 4) + 1) % 4
    assert.equal(await producer.send(words, 'be', 'x', { partition: wrong }), { topic: 'words', partition: wrong })
    await producer.send(words, 'be', 'x')
    await waitFor(async () => (await app.store(counts).get('be')) === 1n, soon)
    await waitFor(
      async () => /^millrace_dead_letters_total\{[^}]*stage="decode"[^}]*\} 1$/m.test(await app.prometheus()),
      soon,
    )
    assert.match(await app.prometheus(), /^millrace_records_misplaced_total\{[^}]*topic="words"[^}]*\} 1$/m)
    assert.equal(
      added.filter(([name]) => name === 'millrace.records.misplaced'),
      [['millrace.records.misplaced', 1, { subtopology: 'count', topic: 'words' }]],
    )
    const consumed = added.filter(([name]) => name === 'millrace.records.consumed')
    assert.is(
      consumed.reduce((sum, [, records]) => sum + records, 0),
      2,
    )
    assert.equal(consumed[0]?.[2], { subtopology: 'count', topic: 'words' })
    await producer.close()
    await app.stop()
  })

  test('values and keys are those of the topic, or do not compile', async () => {
    const Order = avro({ type: 'record', name: 'Order', fields: [{ name: 'id', type: 'string' }] })
    const orders = topic('orders', { key: string, value: Order })
    const broker = new MemoryBroker({ clock: systemClock })
    const producer = await openProducer({ kafka: broker })
    // @ts-expect-error: the topic's value is an order
    const wrong = producer.send(orders, 'o-1', 5).catch(error => error.message)
    assert.match(await wrong, /order|record|Order/i)
    await producer.close()
  })
})
