import * as assert from 'uvu/assert'
import { memoryStorage } from '../../../store/memory-storage.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import type { MillraceError } from '../../../topology/definition/errors.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { processor } from '../../../topology/definition/processor.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import type { Log } from '../../../topology/runtime/log.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'
import { suite } from '../../support/suite.ts'

const lines = topic('lines', { key: string, value: string, partitions: 2 })
const copies = topic('copies', { key: string, value: string, partitions: 1 })

/** Copies lines, and counts words over a repartition. */
const graph = buildGraph(
  topology('app', t => {
    t.processor(
      processor({
        name: 'copying',
        streams: [lines],
        sinks: { copies },
        process({ key, value }, { sinks }) {
          if (value === 'bad') throw new Error('no good')
          sinks.copies.send(key, value)
        },
      }),
    )
    t.stream(lines).groupByKey({ name: 'by-line' }).count('line-counts')
  }),
)
const counting = graph.subtopologies.find(({ stores }) => stores.length > 0)!.name

async function rig() {
  const clock = new VirtualClock({ seed: 1 })
  const broker = new MemoryBroker({ clock })
  const storage = memoryStorage({ clock })
  const said: { code: unknown; message: string }[] = []
  const log = new Proxy({} as Log, {
    get: (_, level: string) => (fields: { code?: unknown }, message: string) => {
      if (level === 'error') said.push({ code: fields.code, message })
    },
  })
  const ended: MillraceError[] = []
  const start = async (processors: readonly string[] = []) => {
    const parts = { graph, broker: broker.connect(), storage, clock, log }
    const worker = new Worker({ ...parts, createTopics: 'all', processors })
    void worker.failed.then(error => ended.push(error as MillraceError))
    await clock.resolve(worker.start())
    await clock.advance(2_000)
    return worker
  }
  const writer = await clock.resolve(broker.connect().writer())
  const send = (partition: number, value = 'x') => {
    const record = { topic: 'lines', partition, timestamp: clock.now(), headers: [] }
    return clock.resolve(writer.send([{ ...record, key: Buffer.from('k'), value: Buffer.from(value) }]))
  }
  const endOf = async (name: string, partition = 0) =>
    (await clock.resolve(broker.admin.listOffsets([{ topic: name, partition }], 'committed')))[0]!
  const grow = () => clock.resolve(broker.admin.growTopics([{ name: 'lines', partitions: 4 }]))
  return { clock, broker, start, send, endOf, grow, said, ended }
}

const running = (...workers: readonly Worker[]) =>
  workers
    .flatMap(worker => worker.status())
    .filter(({ state }) => state === 'running')
    .map(({ task }) => task)
    .sort()

suite('partitions that are added to an input', test => {
  test('are taken by a sub-topology without state, its dead letters with them, once all its members know', async () => {
    const { clock, start, send, endOf, grow, said, ended } = await rig()
    const first = await start(['copying'])
    await clock.advance(20_000)
    const second = await start(['copying'])
    await grow()
    await send(3)
    await send(3, 'bad')
    await clock.advance(150_000)
    const tasks = [0, 1, 2, 3].map(partition => `copying_${partition}`)
    assert.equal(running(first, second), tasks)
    // Beside those of the sub-topology that neither of them runs.
    assert.equal(
      [...new Set([...first.expected(), ...second.expected()])],
      [...tasks, `${counting}_0`, `${counting}_1`],
    )
    assert.ok((await endOf('copies')) >= 1)
    assert.ok((await endOf('lines.dlq', 3)) >= 1)
    assert.equal([first.unread(), second.unread(), said, ended], [[], [], [], []])
    for (const worker of [first, second]) await clock.resolve(worker.stop())
  })

  test('are told as unread where there is state, with what must be moved, and the tasks run on', async () => {
    const { clock, start, send, grow, said, ended } = await rig()
    const worker = await start([counting])
    await grow()
    await clock.advance(200_000)
    await send(0)
    await clock.advance(1_000)
    assert.equal(running(worker), [`${counting}_0`, `${counting}_1`])
    const [unread, ...more] = worker.unread()
    assert.equal(more, [])
    const { reason, ...place } = unread!
    assert.equal(place, { subtopology: counting, topic: 'lines', from: 2, to: 3 })
    assert.match(reason, /'line-counts' hold state in 2 partitions.*millrace state reset/)
    assert.equal(
      said.map(({ code }) => code),
      ['TOPIC_MISMATCH'],
      'once',
    )
    assert.match(said[0]!.message, `partitions 2 to 3 of 'lines' are not read by '${counting}'`)
    assert.equal(ended, [])
    await clock.resolve(worker.stop())
  })

  test('are no reason to refuse the next start of a sub-topology without state; with state it says what to move', async () => {
    const { clock, broker, start, grow } = await rig()
    await clock.resolve((await start()).stop())
    await grow()
    const worker = new Worker({ graph, broker: broker.connect(), storage: memoryStorage({ clock }), clock })
    const error: MillraceError = await clock.resolve(
      worker.start().then(
        () => assert.unreachable(),
        thrown => thrown,
      ),
    )
    assert.is(error.code, 'TOPIC_MISMATCH')
    assert.match(error.message, 'app-line-counts-changelog has 2, needs 4')
    assert.not.match(error.message, 'dlq')
    assert.match(error.message, `${counting}: 'line-counts' hold state in 2 partitions`)
    await clock.resolve(worker.stop())
  })
})
