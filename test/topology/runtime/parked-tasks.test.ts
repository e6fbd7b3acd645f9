import * as assert from 'uvu/assert'
import { memoryStorage } from '../../../store/memory-storage.ts'
import { engineMetrics, metricsText } from '../../../topology/app/metrics.ts'
import type { BrokerFaults } from '../../../topology/broker/memory/faults.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import { errorCodes, FatalError, TopologyError } from '../../../topology/definition/errors.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { processor } from '../../../topology/definition/processor.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { failureScopes, scopeOf } from '../../../topology/runtime/failure-scope.ts'
import type { Log } from '../../../topology/runtime/log.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'
import { suite } from '../../support/suite.ts'

const partitions = 3
const input = topic('input', { key: string, value: string, partitions })
const output = topic('output', { key: string, value: string, partitions })

/** Workers on one cluster in memory, whose processor stops at the values that are in `bad`. */
async function rig({ faults }: { readonly faults?: BrokerFaults } = {}) {
  const clock = new VirtualClock({ seed: 1 })
  const broker = new MemoryBroker({ clock, ...(faults && { faults }) })
  const bad = new Set<string>()
  const passing = processor({
    name: 'passing',
    streams: [input],
    sinks: { output },
    failure: { then: 'stop' },
    process({ key, value }, { sinks }) {
      if (bad.has(value)) throw new Error('no good')
      sinks.output.send(key, value)
    },
  })
  const graph = buildGraph(topology('app', t => t.processor(passing)))
  const storage = memoryStorage({ clock })
  const metrics = engineMetrics({ graph })
  const said: { level: string; code: unknown; message: string }[] = []
  const log = new Proxy({} as Log, {
    get: (_, level: string) => (fields: { code?: unknown }, message: string) => {
      said.push({ level, code: fields.code, message })
    },
  })
  const ended: unknown[] = []
  const start = async () => {
    const worker = new Worker({ graph, broker: broker.connect(), storage, clock, log, metrics, createTopics: 'all' })
    void worker.failed.then(error => ended.push(error))
    await clock.resolve(worker.start())
    await clock.advance(1_000)
    return worker
  }
  const writer = await clock.resolve(broker.connect().writer())
  const send = (value: string, ...to: readonly number[]) =>
    clock.resolve(
      writer.send(
        to.map(partition => ({
          topic: 'input',
          partition,
          timestamp: clock.now(),
          key: Buffer.from(`k${partition}`),
          value: Buffer.from(value),
          headers: [],
        })),
      ),
    )
  const committed = async () => {
    const places = [0, 1, 2].map(partition => ({ topic: 'input', partition }))
    const offsets = await clock.resolve(broker.admin.committedOffsets('app-passing', places))
    return offsets.map(found => found?.offset ?? 0)
  }
  return { clock, bad, start, send, committed, metrics, said, ended }
}

const states = (...workers: readonly Worker[]) =>
  workers
    .flatMap(worker => worker.status())
    .map(({ task, state, parked }) => `${task} ${state}${parked ? ` ${parked.code}` : ''}`)
    .sort()

suite('a task that cannot go on', test => {
  test('is parked by name while the others run, and is released when an attempt has run for a while', async () => {
    const { clock, bad, start, send, committed, metrics, said, ended } = await rig()
    const worker = await start()
    bad.add('x')
    await send('x', 1)
    await send('y', 0, 1, 2)
    const before = clock.now()
    await clock.advance(30_000)
    assert.equal(states(worker), ['passing_0 running', 'passing_1 parked STOPPED_BY_POLICY', 'passing_2 running'])
    assert.equal(
      (await committed()).map(offset => offset > 0),
      [true, false, true],
    )
    const { parked } = worker.status().find(({ task }) => task === 'passing_1') ?? {}
    assert.match(parked!.reason, /record input\/1 at offset 0 failed in 'passing' and its policy is to stop: no good/)
    assert.ok(parked!.since >= before && parked!.since < before + 1_000, 'since when, not the last attempt')
    const text = await metricsText([await metrics.values()], { tasks: worker.status(), waiting: [], expected: [] })
    assert.match(text, /^millrace_task_parked\{task="passing_1"\} 1$/m)
    assert.match(text, /^millrace_task_parked\{task="passing_0"\} 0$/m)
    assert.match(text, /^millrace_task_state\{task="passing_1",state="parked"\} 1$/m)
    assert.match(text, /^millrace_tasks_parked_total\{subtopology="passing",code="STOPPED_BY_POLICY"\} 1$/m)
    assert.match(text, /^millrace_tasks_parked_total\{subtopology="passing",code="APPLY_REFUSED"\} 0$/m)
    const lines = said.filter(({ level, message }) => level === 'error' && message.includes('is parked'))
    assert.equal(
      lines.map(({ code }) => code),
      ['STOPPED_BY_POLICY'],
      'one line, however many attempts',
    )
    bad.clear()
    await clock.advance(80_000)
    assert.equal(states(worker), ['passing_0 running', 'passing_1 running', 'passing_2 running'])
    assert.ok(said.some(({ level, message }) => level === 'info' && message === 'passing_1 is parked no longer'))
    assert.equal(ended, [])
    await clock.resolve(worker.stop())
  })

  test('is released where a rebalance gives its partition to another worker', async () => {
    const { clock, bad, start, send, ended } = await rig()
    const first = await start()
    bad.add('x')
    await send('x', 0, 1, 2)
    await clock.advance(10_000)
    assert.is(states(first).filter(line => line.includes('parked')).length, 3)
    const second = await start()
    await clock.advance(10_000)
    const lines = states(first, second)
    assert.is(lines.length, 3, lines.join())
    assert.ok(first.status().length < 3 && second.status().length > 0)
    assert.ok(lines.every(line => line.includes('STOPPED_BY_POLICY')))
    assert.equal(ended, [])
    for (const worker of [first, second]) await clock.resolve(worker.stop())
  })

  test('is parked alone where one partition cannot be read', async () => {
    let broken = true
    const context = { topic: 'input', partition: 2 }
    const error = new FatalError('UNSUPPORTED', 'compression codec 9 is not known', { context })
    let fetches = 0
    const faults: BrokerFaults = {
      onRequest: ({ api }) => (api === 'Fetch' && broken && ++fetches % 5 === 3 ? { kind: 'fail', error } : undefined),
    }
    const { clock, start, send, committed, ended } = await rig({ faults })
    const worker = await start()
    await send('x', 0, 1)
    await clock.advance(10_000)
    assert.equal(states(worker), ['passing_0 running', 'passing_1 running', 'passing_2 parked UNSUPPORTED'])
    assert.equal(await committed(), [1, 1, 0])
    broken = false
    await clock.advance(80_000)
    assert.equal(states(worker), ['passing_0 running', 'passing_1 running', 'passing_2 running'])
    assert.equal(ended, [])
    await clock.resolve(worker.stop())
  })

  test('every code has its reach, and the class of an error that may pass goes before', () => {
    assert.equal(Object.keys(failureScopes).sort(), Object.keys(errorCodes).sort())
    assert.is(scopeOf(new TopologyError('CONFIG_INVALID', 'wrong password')), 'worker')
    assert.is(scopeOf(new TopologyError('STORE_INCOMPATIBLE', 'another shape')), 'worker')
    assert.is(scopeOf(new FatalError('APPLY_REFUSED', 'a trigger')), 'task')
    assert.is(scopeOf(new Error('a defect')), 'task')
  })
})
