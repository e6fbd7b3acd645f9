import { type Attributes, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node'
import * as assert from 'uvu/assert'
import { store } from '../../../store/definitions.ts'
import { run } from '../../../topology/app/on-demand.ts'
import { deadLetterTopic } from '../../../topology/definition/naming.ts'
import { processor } from '../../../topology/definition/processor.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { suite } from '../../support/suite.ts'
import { waitFor } from '../../support/wait-for.ts'

/*
 * Expected names and attributes: OpenTelemetry's semantic conventions 1.45, "Messaging" (Kafka) and "Database".
 */

const exporter = new InMemorySpanExporter()
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register()

const orders = topic('orders', { key: string, value: string })
const checked = topic('checked', { key: string, value: string })
const seen = store.keyValue('seen', { key: string, value: int64 })
let attempts = 0
const twoSteps = topology('two-steps', t => {
  t.processor(
    processor({
      name: 'check',
      streams: [orders],
      sinks: { checked },
      failure: {
        retry: { attempts: 3, backoff: 1, cap: 1 },
        isRetriable: error => String(error).includes('not yet'),
        then: 'dead-letter',
      },
      process({ key, value }, { sinks }) {
        if (value === 'bad') throw new Error('it is bad')
        if (value === 'twice' && ++attempts === 1) throw new Error('not yet')
        trace.getTracer('mine').startSpan('own work').end()
        sinks.checked.send(key, value)
      },
    }),
  )
  t.processor(
    processor({
      name: 'count',
      streams: [checked],
      stores: { seen },
      async process({ key }, { stores }) {
        stores.seen.put(key, ((await stores.seen.get(key)) ?? 0n) + 1n)
      },
    }),
  )
})

const soon = { what: 'the spans do not come', timeoutMs: 25_000 }
const remote = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
const traceparent = (flags: string) => ({
  key: 'traceparent',
  value: Buffer.from(`00-${remote.traceId}-${remote.spanId}-${flags}`),
})

const spans = () => exporter.getFinishedSpans()
const named = (name: string) => spans().filter(span => span.name === name)
function only(name: string): ReadableSpan {
  const found = named(name)
  assert.is(found.length, 1, `${name} among ${spans().map(span => span.name)}`)
  return found[0]!
}
const linked = (span: ReadableSpan) => span.links.map(({ context }) => context.spanId)

suite('spans of OpenTelemetry', test => {
  test.before.each(() => exporter.reset())

  test("a record's path is one trace: sent, processed, committed, applied", async () => {
    const app = await run(twoSteps)
    await app.send(orders, 'o-1', 'good', { headers: [traceparent('01')] })
    await waitFor(() => named('apply count').length === 1, soon)
    await app.stop()

    const [sent, first, second] = ['send orders', 'process orders', 'process checked'].map(only) as ReadableSpan[]
    for (const span of [sent, first, second, only('own work'), only('commit two-steps-count'), only('apply count')])
      assert.is(span?.spanContext().traceId, remote.traceId, span?.name)
    const parents = [
      [sent, remote.spanId],
      [first, sent!.spanContext().spanId],
      [only('own work'), first!.spanContext().spanId],
      [second, first!.spanContext().spanId],
      [only('commit two-steps-count'), second!.spanContext().spanId],
      [only('apply count'), only('commit two-steps-count').spanContext().spanId],
    ] as const
    for (const [span, parent] of parents) assert.is(span?.parentSpanContext?.spanId, parent, span?.name)
    assert.equal(
      [sent, first].map(span => span?.kind),
      [SpanKind.PRODUCER, SpanKind.CONSUMER],
    )
    const partition = first!.attributes['messaging.destination.partition.id']
    const about = { 'messaging.system': 'kafka', 'messaging.destination.partition.id': partition } as Attributes
    assert.equal(sent?.attributes, {
      ...about,
      'messaging.operation.type': 'send',
      'messaging.operation.name': 'send',
      'messaging.destination.name': 'orders',
    })
    assert.equal(first?.attributes, {
      ...about,
      'messaging.operation.type': 'process',
      'messaging.operation.name': 'process',
      'messaging.destination.name': 'orders',
      'messaging.consumer.group.name': 'two-steps-check',
      'messaging.kafka.offset': 0,
      'millrace.task': `check_${partition}`,
    })
    assert.equal(linked(first!), [sent!.spanContext().spanId], 'the producer is linked, too')
    const commit = only('commit two-steps-count')
    assert.is(commit.kind, SpanKind.CLIENT)
    assert.is(commit.attributes['messaging.operation.type'], 'settle')
    assert.is(commit.attributes['messaging.batch.message_count'], 1)
    assert.equal(linked(commit), [second!.spanContext().spanId])
    const apply = only('apply count')
    assert.is(apply.attributes['db.system.name'], 'postgresql')
    assert.is(apply.attributes['millrace.rows'], 1)
    const polls = named('poll orders')
    assert.equal(
      polls.flatMap(linked),
      [sent!.spanContext().spanId],
      'a poll is linked to the producers of its records',
    )
    assert.is(polls[0]?.attributes['messaging.operation.type'], 'receive')
    assert.is(polls[0]?.attributes['messaging.batch.message_count'], 1)
  })

  test('an attempt that fails is an event; a dead letter marks its span, and carries on the trace', async () => {
    const app = await run(twoSteps)
    await app.send(orders, 'o-2', 'twice')
    await app.send(orders, 'o-3', 'bad', { headers: [traceparent('01')] })
    await waitFor(() => named('process orders').length === 2 && named('apply count').length === 1, soon)
    const { broker } = app.parts
    const bad = ofRemote(named('process orders'))
    const [twice] = named('process orders').filter(span => span !== bad)
    assert.equal(
      twice?.events.map(({ name }) => name),
      ['attempt failed'],
    )
    assert.is(twice?.status.code, SpanStatusCode.UNSET)
    assert.equal(bad.events.at(-1)?.name, 'dead letter')
    assert.is(bad.status.code, SpanStatusCode.ERROR)
    assert.is(bad.attributes['error.type'], 'PROCESS_FAILED')

    const reader = broker.reader({ isolation: 'read_committed' })
    const [spec] = await broker.admin.describeTopics([deadLetterTopic('orders')])
    for (let partition = 0; partition < spec!.partitions; partition++)
      reader.seek({ topic: deadLetterTopic('orders'), partition }, 0)
    const letters = (await reader.poll()).flatMap(({ records }) => records)
    await reader.close()
    const header = letters[0]?.headers.find(({ key }) => key === 'traceparent')?.value?.toString()
    assert.is(header, `00-${remote.traceId}-${ofRemote(named('send orders')).spanContext().spanId}-01`)
    await app.stop()
  })

  test('what its producer did not sample is not recorded, and its trace goes on all the same', async () => {
    const app = await run(twoSteps)
    await app.send(orders, 'o-4', 'good', { headers: [traceparent('00')] })
    await waitFor(async () => (await app.store(seen).get('o-4')) === 1n, soon)
    await app.stop()
    assert.equal(named('process orders'), [])
    assert.equal(named('process checked'), [])
  })

  test('`tracing: false` makes no span', async () => {
    const app = await run(twoSteps, { tracing: false })
    await app.send(orders, 'o-5', 'good')
    await waitFor(async () => (await app.store(seen).get('o-5')) === 1n, soon)
    await app.stop()
    assert.equal(
      spans()
        .map(({ name }) => name)
        .filter(name => name !== 'own work'),
      [],
    )
  })
})

/** The one of the trace that the test began. */
function ofRemote(found: readonly ReadableSpan[]): ReadableSpan {
  return found.find(span => span.spanContext().traceId === remote.traceId)!
}
