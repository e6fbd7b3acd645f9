import * as assert from 'uvu/assert'
import { store } from '../../../store/definitions.ts'
import { engineMetrics, metricsText, sumOf } from '../../../topology/app/metrics.ts'
import { run } from '../../../topology/app/run.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { processor } from '../../../topology/definition/processor.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import type { TaskStatus } from '../../../topology/runtime/task-status.ts'
import { suite } from '../../support/suite.ts'
import { waitFor } from '../../support/wait-for.ts'

const words = topic('words', { key: string, value: string, partitions: 1 })
const counts = topic('counts', { key: string, value: int64, partitions: 1 })
const counting = topology('counting', t => {
  t.processor(
    processor({
      name: 'counter',
      streams: [words],
      stores: { totals: store.keyValue('totals', { key: string, value: int64 }) },
      sinks: { counts },
      async process({ key, value }, { stores, sinks }) {
        if (value === 'poison') throw new Error('poison')
        const total = ((await stores.totals.get(key)) ?? 0n) + 1n
        stores.totals.put(key, total)
        sinks.counts.send(key, total)
      },
    }),
  )
})

const task: TaskStatus = {
  task: 'counter_0',
  state: 'running',
  lag: 3,
  processed: 0,
  commits: 0,
  lastCommitAt: undefined,
  unapplied: 1,
  deadLetters: 0,
  restoring: undefined,
  outage: undefined,
}

/** The sample lines of a family, or of one with these labels. */
const samples = (text: string, name: string) => text.split('\n').filter(line => line.startsWith(name))

suite('metrics', test => {
  test('count what the engine did', async () => {
    const broker = new MemoryBroker({ clock: systemClock })
    const metrics = engineMetrics({ graph: buildGraph(counting) })
    const app = await run(counting, { kafka: broker, metrics })
    const outside = broker.connect()
    const writer = await outside.writer()
    const timestamp = Date.now() - 2_000
    await writer.send(
      ['x', 'x', 'poison', 'x'].map(value => ({
        topic: 'words',
        partition: 0,
        timestamp,
        key: Buffer.from('key'),
        value: Buffer.from(value),
        headers: [],
      })),
    )
    await waitFor(() => app.status().some(({ processed, unapplied }) => processed === 4 && unapplied === 0), {
      what: 'the records are not processed',
    })
    await app.stop()
    const text = await metricsText([await metrics.values()], { tasks: [task], waiting: [], expected: [] })
    const line = (name: string) => samples(text, name)
    // 4 records in; 3 outputs and 1 dead letter out
    assert.equal(line('millrace_records_processed_total'), [
      'millrace_records_processed_total{subtopology="counter"} 4',
    ])
    assert.equal(line('millrace_dead_letters_total').sort(), [
      'millrace_dead_letters_total{subtopology="counter",topic="words",stage="decode"} 0',
      'millrace_dead_letters_total{subtopology="counter",topic="words",stage="process"} 1',
      'millrace_dead_letters_total{subtopology="counter",topic="words",stage="produce"} 0',
    ])
    assert.equal(line('millrace_records_consumed_total'), [
      'millrace_records_consumed_total{subtopology="counter",topic="words"} 4',
    ])
    assert.equal(line('millrace_records_written_total'), ['millrace_records_written_total{subtopology="counter"} 4'])
    const commits = Number(line('millrace_commit_seconds_count')[0]?.split(' ')[1])
    assert.ok(commits >= 1 && commits <= 5, `${commits} commits`)
    // Nothing was younger than 2 s.
    assert.equal(line('millrace_record_latency_seconds_bucket{le="1",'), [
      'millrace_record_latency_seconds_bucket{le="1",subtopology="counter"} 0',
    ])
    assert.match(line('millrace_record_latency_seconds_count')[0] ?? '', / [1-5]$/)
  })

  test('time reconciliations and count their failures, by the reason in the row, and reads of stores', async () => {
    const broker = new MemoryBroker({ clock: systemClock })
    const [{ name: column } = { name: '' }] = buildGraph(counting).stores.get('totals')?.value.columns ?? []
    const reconciliations = { totals: { column, reasons: ['1', '7'] } }
    const metrics = engineMetrics({ graph: buildGraph(counting), reconciliations })
    const app = await run(counting, { kafka: broker, metrics })
    const writer = await broker.connect().writer()
    const at = { topic: 'words', partition: 0, headers: [], timestamp: Date.now() }
    await writer.send(
      ['x', 'x', 'poison', 'x'].map((value, n) => ({ ...at, key: Buffer.from(`k${n}`), value: Buffer.from(value) })),
    )
    await waitFor(() => app.status().some(({ processed, unapplied }) => processed === 4 && unapplied === 0), {
      what: 'the records are not processed',
    })
    await app.stop()
    const text = await metricsText([await metrics.values()], { tasks: [], waiting: [], expected: [] })
    const failures = 'millrace_reconciliation_failures_total{subtopology="counter"'
    assert.equal(samples(text, failures).sort(), [
      `${failures},reason="1"} 3`,
      `${failures},reason="7"} 0`,
      `${failures},reason="DEAD_LETTER"} 1`,
    ])
    assert.equal(samples(text, 'millrace_reconciliation_seconds_count'), [
      'millrace_reconciliation_seconds_count{subtopology="counter"} 4',
    ])
    const reads = 'millrace_store_reads_total{subtopology="counter",store="totals"'
    assert.equal(samples(text, reads).sort(), [`${reads},source="memory"} 3`, `${reads},source="postgres"} 0`])
    const misnamed = { totals: { column: 'why', reasons: [] } }
    assert.throws(
      () => engineMetrics({ graph: buildGraph(counting), reconciliations: misnamed }),
      /store 'totals' has no column 'why' \(it has/,
    )
  })

  test('name every task of the topology as expected, also of processors that nobody runs', async () => {
    const shipping = topology('shipping', t => {
      const both = { key: string, value: string, partitions: 2 }
      for (const name of ['pack', 'send'])
        t.processor(processor({ name, streams: [topic(`to-${name}`, both)], stores: {}, sinks: {}, process() {} }))
    })
    const app = await run(shipping, { kafka: new MemoryBroker({ clock: systemClock }), processors: ['pack'] })
    await waitFor(() => app.status().length === 2, { what: 'it has no tasks' })
    const text = await app.prometheus()
    await app.stop()
    assert.equal(
      samples(text, 'millrace_task_expected'),
      ['pack_0', 'pack_1', 'send_0', 'send_1'].map(task => `millrace_task_expected{task="${task}"} 1`),
    )
  })

  test('are there at 0 before anything happened, for every sub-topology, topic and node', async () => {
    const metrics = engineMetrics({ graph: buildGraph(counting), decisions: { counts: 'counted', other: 'never' } })
    const text = await metricsText([await metrics.values()], { tasks: [], waiting: [], expected: ['counter_0'] })
    const values = (name: string) => samples(text, `${name}{`).map(line => line.split(' ').at(-1))
    for (const name of ['processed', 'consumed', 'written'].map(what => `millrace_records_${what}_total`))
      assert.equal(values(name), ['0'], name)
    assert.equal(values('millrace_dead_letters_total'), ['0', '0', '0'])
    assert.equal(values('millrace_stuck_total'), ['0', '0'])
    assert.ok(values('millrace_records_skipped_total').length >= 5)
    assert.ok(values('millrace_tasks_reopened_total').every(value => value === '0'))
    assert.equal(values('millrace_commit_seconds_count'), ['0'])
    assert.equal(samples(text, 'millrace_decision_latency_seconds_count'), [
      'millrace_decision_latency_seconds_count{subtopology="counter",outcome="counted"} 0',
    ])
    assert.equal(
      samples(text, 'millrace_task_expected'),
      ['millrace_task_expected{task="counter_0"} 1'],
      'nobody owns it',
    )
  })

  test('time each decision: as many samples as decisions, by their outcome', async () => {
    const broker = new MemoryBroker({ clock: systemClock })
    const metrics = engineMetrics({ graph: buildGraph(counting), decisions: { counts: 'counted' } })
    const app = await run(counting, { kafka: broker, metrics })
    const writer = await broker.connect().writer()
    const at = { topic: 'words', partition: 0, headers: [], key: Buffer.from('key'), timestamp: Date.now() - 2_000 }
    await writer.send(Array.from({ length: 600 }, () => ({ ...at, value: Buffer.from('x') })))
    await waitFor(() => app.status().some(({ processed, unapplied }) => processed === 600 && unapplied === 0), {
      what: 'the records are not processed',
    })
    await app.stop()
    const text = await metricsText([await metrics.values()], { tasks: [], waiting: [], expected: [] })
    const name = 'millrace_decision_latency_seconds'
    assert.equal(samples(text, `${name}_count`), [`${name}_count{subtopology="counter",outcome="counted"} 600`])
    assert.equal(samples(text, `${name}_bucket{le="1",`), [
      `${name}_bucket{le="1",subtopology="counter",outcome="counted"} 0`,
    ])
  })

  test('of several threads are added up; gauges of tasks come from their status', async () => {
    const threads = await Promise.all(
      [2, 3].map(async records => {
        const metrics = engineMetrics({ graph: buildGraph(counting) })
        metrics.processed?.({ subtopology: 'counter', partition: 0 }, records)
        metrics.committed?.({ subtopology: 'counter', partition: 0 }, 20, records, 100)
        metrics.reopened?.({ subtopology: 'counter', partition: 0 }, 'FENCED')
        // As they come from another thread.
        return structuredClone(await metrics.values())
      }),
    )
    const text = await metricsText(threads, {
      tasks: [task, { ...task, task: 'counter_1', outage: 'x' }],
      waiting: ['y'],
      expected: ['counter_0', 'counter_1'],
    })
    assert.equal(samples(text, 'millrace_records_processed_total'), [
      'millrace_records_processed_total{subtopology="counter"} 5',
    ])
    assert.equal(samples(text, 'millrace_tasks_reopened_total{subtopology="counter",code="FENCED"}'), [
      'millrace_tasks_reopened_total{subtopology="counter",code="FENCED"} 2',
    ])
    assert.equal(samples(text, 'millrace_commit_seconds_sum'), [
      'millrace_commit_seconds_sum{subtopology="counter"} 0.04',
    ])
    assert.equal(samples(text, 'millrace_commit_seconds_bucket{le="0.01"'), [
      'millrace_commit_seconds_bucket{le="0.01",subtopology="counter"} 0',
    ])
    assert.equal(samples(text, 'millrace_commit_seconds_bucket{le="0.025"'), [
      'millrace_commit_seconds_bucket{le="0.025",subtopology="counter"} 2',
    ])
    assert.equal(samples(text, 'millrace_task_lag_records'), [
      'millrace_task_lag_records{task="counter_0"} 3',
      'millrace_task_lag_records{task="counter_1"} 3',
    ])
    assert.equal(samples(text, 'millrace_task_state{task="counter_0",state="r'), [
      'millrace_task_state{task="counter_0",state="restoring"} 0',
      'millrace_task_state{task="counter_0",state="running"} 1',
    ])
    assert.equal(samples(text, 'millrace_task_waiting'), [
      'millrace_task_waiting{task="counter_0"} 0',
      'millrace_task_waiting{task="counter_1"} 1',
    ])
    assert.equal(samples(text, 'millrace_worker_waiting'), ['millrace_worker_waiting 1'])
    const [kept] = [await metricsText([await sumOf(threads)], { tasks: [], waiting: [], expected: [] })]
    assert.equal(samples(kept, 'millrace_records_processed_total'), [
      'millrace_records_processed_total{subtopology="counter"} 5',
    ])
  })
})
