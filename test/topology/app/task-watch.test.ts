import * as assert from 'uvu/assert'
import { memoryRegistry } from '../../../schemas/registry/memory.ts'
import { memoryStorage } from '../../../store/memory-storage.ts'
import { runOn } from '../../../topology/app/run.ts'
import { TaskWatch } from '../../../topology/app/task-watch.ts'
import type { BrokerRequest } from '../../../topology/broker/memory/faults.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { processor } from '../../../topology/definition/processor.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import type { LogFields } from '../../../topology/runtime/log.ts'
import type { EngineSettings } from '../../../topology/runtime/task-environment.ts'
import type { TaskStatus } from '../../../topology/runtime/task-status.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'
import { suite } from '../../support/suite.ts'

const input = topic('input', { key: string, value: string, partitions: 1 })
const output = topic('output', { key: string, value: string, partitions: 1 })

/** A worker whose processor hangs on the record 'hang' until `free` is called. */
async function hanging(settings: Partial<EngineSettings> = {}, slowAfter?: '20s') {
  const clock = new VirtualClock({ seed: 1 })
  const cut = { heartbeats: false }
  const faults = {
    onRequest: ({ api }: BrokerRequest) =>
      cut.heartbeats && api === 'Heartbeat' ? ({ kind: 'drop-request' } as const) : undefined,
  }
  const broker = new MemoryBroker({ clock, faults })
  let free = () => {}
  const gate = new Promise<void>(resolve => {
    free = resolve
  })
  const graph = buildGraph(
    topology('app', t =>
      t.processor(
        processor({
          name: 'copy',
          streams: [input],
          sinks: { output },
          failure: { then: 'stop', ...(slowAfter && { slowAfter }) },
          async process({ key, value }, { sinks }) {
            if (value === 'hang') await gate
            sinks.output.send(key, value)
          },
        }),
      ),
    ),
  )
  const lines: { readonly level: string; readonly fields: LogFields; readonly message: string }[] = []
  const say = (level: string) => (fields: LogFields, message: string) => void lines.push({ level, fields, message })
  const counted: string[] = []
  const outside = broker.connect()
  const parts = {
    broker: broker.connect(),
    registry: memoryRegistry(),
    storage: memoryStorage({ clock }),
    clock,
    where: 'memory',
    close: async () => {},
  }
  const app = await clock.resolve(
    runOn(graph, parts, {
      createTopics: 'all',
      settings,
      log: { debug() {}, info: say('info'), warn: say('warn'), error: say('error') },
      metrics: {
        stuck: ({ subtopology, partition }, reason) => void counted.push(`${subtopology}_${partition} ${reason}`),
      },
    }),
  )
  const writer = await clock.resolve(outside.writer())
  const send = (values: readonly string[]) =>
    clock.resolve(
      writer.send(
        values.map(value => ({
          topic: 'input',
          partition: 0,
          timestamp: 1_000,
          key: Buffer.from('k'),
          value: Buffer.from(value),
          headers: [],
        })),
      ),
    )
  const written = async () => {
    const reader = outside.reader({ isolation: 'read_committed' })
    reader.seek({ topic: 'output', partition: 0 }, 0)
    const fetched = await clock.resolve(reader.poll())
    await reader.close()
    return fetched.flatMap(({ records }) => records.map(({ value }) => String(value)))
  }
  return { clock, app, send, written, lines, counted, free, cut }
}

suite('watch over tasks', test => {
  test('a record that takes longer than five minutes makes its task stuck: once in the log, counted, until it comes on', async () => {
    const { clock, app, send, written, lines, counted, free } = await hanging()
    await send(['a', 'hang', 'b'])
    await clock.advance(299_000)
    assert.is(app.status()[0]!.stuck, undefined)
    assert.equal(counted, [])
    await clock.advance(30_000)
    assert.match(
      app.status()[0]!.stuck!,
      /^record input\/0 at offset 1 has been processed for 3\d\d s, and may take 300 s$/,
    )
    const told = lines.filter(({ level }) => level === 'error')
    assert.is(told.length, 1)
    assert.match(told[0]!.message, /^copy_0 is stuck: record input\/0 at offset 1/)
    const place = { task: 'copy_0', topic: 'input', partition: 0, offset: 1 }
    assert.equal(told[0]!.fields, { ...place, key: 'k', code: 'TASK_STUCK' })
    assert.equal(counted, ['copy_0 record'])
    free()
    await clock.advance(5_000)
    assert.is(app.status()[0]!.stuck, undefined)
    assert.is(lines.at(-1)!.message, 'copy_0 comes on again')
    assert.equal(await written(), ['a', 'hang', 'b'])
    await clock.resolve(app.stop())
  })

  test('a processor may set its own time', async () => {
    const { clock, app, send, counted, free } = await hanging({}, '20s')
    await send(['hang'])
    await clock.advance(25_000)
    assert.match(app.status()[0]!.stuck!, 'may take 20 s')
    assert.equal(counted, ['copy_0 record'])
    free()
    await clock.resolve(app.stop())
  })

  test('a stop while a record hangs is over in time, says which record, and commits nothing of it', async () => {
    const { clock, app, send, written, lines, free } = await hanging()
    await send(['hang', 'b'])
    await clock.advance(20_000)
    const from = clock.now()
    await clock.resolve(app.stop())
    assert.ok(clock.now() - from < 12_000, `${clock.now() - from} ms`)
    const [given] = lines.filter(({ level }) => level === 'error')
    assert.match(
      given!.message,
      /^copy_0 gives up record input\/0 at offset 0, which has not come to its end for \d+ s: it is not committed/,
    )
    assert.equal([given!.fields.code, given!.fields.key], ['TASK_STUCK', 'k'])
    free()
    await clock.advance(5_000)
    assert.equal(await written(), [], 'what comes late is of nobody any more')
  })

  test('a task that is lost while a record hangs is given up by name, and its next life alone commits the record', async () => {
    const { clock, app, send, written, lines, free, cut } = await hanging({ stopTimeoutMs: 5_000 })
    await send(['hang', 'b'])
    await clock.advance(5_000)
    cut.heartbeats = true
    await clock.advance(60_000)
    cut.heartbeats = false
    await clock.advance(20_000)
    const given = lines.filter(({ fields }) => fields.code === 'TASK_STUCK')
    assert.is(given.length, 1, given.map(({ message }) => message).join('; '))
    assert.match(given[0]!.message, /^copy_0 gives up record input\/0 at offset 0, which has not come to its end/)
    assert.is(app.status()[0]!.state, 'running', 'it is opened anew, though the record of its last life still hangs')
    free()
    await clock.advance(5_000)
    assert.equal(await written(), ['hang', 'b'])
    await clock.resolve(app.stop())
  })

  test('lag is that of the broker also while the input is paused', async () => {
    const { clock, app, send, free } = await hanging({ maxQueueBytes: 300 })
    await send(['hang', ...Array(20).fill('x')])
    await clock.advance(3_000)
    await send(Array(1_000).fill('y'))
    await clock.advance(10_000)
    assert.is(app.status()[0]!.lag, 1_021)
    free()
    await clock.advance(20_000)
    assert.is(app.status()[0]!.lag, 0)
    await clock.resolve(app.stop())
  })

  test('a task with work to do that does not come on is stuck; one that waits for a server, or has nothing to do, is not', async () => {
    const clock = new VirtualClock({ seed: 1 })
    const task: TaskStatus = {
      task: 'copy_0',
      state: 'running',
      lag: 5,
      processed: 7,
      commits: 2,
      lastCommitAt: 900,
      unapplied: 0,
      deadLetters: 0,
      restoring: undefined,
      outage: undefined,
    }
    let now = task
    const log = { debug() {}, info() {}, warn() {}, error() {} }
    const worker = { status: () => [now], refreshLag: async () => {} }
    const watch = new TaskWatch(worker, { clock, log, metrics: {}, stalledTaskMs: 60_000 })
    const after = async (status: TaskStatus, ms = 61_000) => {
      now = status
      watch.status()
      await clock.advance(ms)
      return watch.status()[0]!.stuck
    }
    assert.is(await after(task), 'it has 5 records to process, and has not come on for 61 s')
    assert.is(await after({ ...task, processed: 8 }, 59_000), undefined)
    assert.is(await after({ ...task, lag: 0 }), undefined)
    assert.is(await after({ ...task, outage: 'Postgres does not answer' }), undefined)
    assert.is(await after({ ...task, state: 'suspended' }), undefined)
    assert.is(await after({ ...task, lag: 0, unapplied: 3 }), 'it has 3 commits to apply, and has not come on for 61 s')
  })

  test('a task that is not open after all that time is stuck, unless its restore comes on', async () => {
    const clock = new VirtualClock({ seed: 1 })
    const counted: string[] = []
    const restoring = (remaining: number): TaskStatus => ({
      task: 'copy_0',
      state: 'restoring',
      lag: undefined,
      processed: 0,
      commits: 0,
      lastCommitAt: undefined,
      unapplied: 0,
      deadLetters: 0,
      restoring: { remaining } as TaskStatus['restoring'],
      outage: undefined,
    })
    let now = restoring(900)
    const log = { debug() {}, info() {}, warn() {}, error() {} }
    const worker = { status: () => [now], refreshLag: async () => {} }
    const metrics = { stuck: () => void counted.push('stuck') }
    const watch = new TaskWatch(worker, { clock, log, metrics, stalledTaskMs: 60_000 })
    for (const remaining of [900, 600, 300]) {
      now = restoring(remaining)
      assert.is(watch.status()[0]!.stuck, undefined)
      await clock.advance(59_000)
    }
    await clock.advance(2_000)
    assert.is(watch.status()[0]!.stuck, 'it is restoring, and has not come on for 61 s')
    now = { ...now, outage: 'Postgres does not answer' }
    assert.is(watch.status()[0]!.stuck, undefined)
    assert.equal(counted, ['stuck'])
  })
})
