import * as assert from 'uvu/assert'
import { RetriableError } from '../../../topology/definition/errors.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { type AnyProcessor, processor } from '../../../topology/definition/processor.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { suite } from '../../support/suite.ts'
import { scripted } from './scripted-group.ts'

const lines = topic('lines', { key: string, value: string, partitions: 1 })
const away = () => new RetriableError('REGISTRY_UNAVAILABLE', 'the registry is away')

/** A worker that has its one task, and records of these times in its input. */
async function running(one: AnyProcessor, times: readonly number[]) {
  const parts = scripted()
  const { clock, broker, storage, joined, memory } = parts
  const graph = buildGraph(topology('app', t => t.processor(one)))
  const worker = new Worker({ graph, broker, storage, clock, createTopics: 'all' })
  await clock.resolve(worker.start())
  const assign = async (id: number) => {
    joined[0]!.onAssigned('[0]', { id, memberId: 'm' })
    await clock.advance(20_000)
  }
  await assign(1)
  const writer = await clock.resolve(memory.writer())
  const record = { topic: 'lines', partition: 0, key: Buffer.from('k'), value: Buffer.from('x'), headers: [] }
  await clock.resolve(writer.send(times.map(timestamp => ({ ...record, timestamp }))))
  await clock.advance(1_000)
  const committed = async () => {
    const [offset] = await clock.resolve(
      memory.admin.committedOffsets('app-reader', [{ topic: 'lines', partition: 0 }]),
    )
    return offset
  }
  return { ...parts, worker, assign, committed }
}

suite('a task told to stop in the middle', test => {
  for (const [what, generation] of [
    ['runs on', 2],
    ['is opened anew', 3],
  ] as const)
    test(`a punctuator that could not run yet runs when the task ${what}: its record was not committed without it`, async () => {
      let healthy = false
      const ran: number[] = []
      const one = processor({
        name: 'reader',
        streams: [lines],
        process: () => {},
        punctuations: [
          {
            name: 'tick',
            every: '1s',
            on: 'stream-time',
            run(time) {
              if (!healthy) throw away()
              ran.push(time)
            },
          },
        ],
      })
      const { clock, worker, joined, assign, committed } = await running(one, [1_000])
      await clock.resolve(joined[0]!.onRevoked())
      assert.is((await committed())?.offset ?? 0, 0)
      healthy = true
      await assign(generation)
      assert.equal(ran, [1_000])
      assert.is((await committed())?.offset, 1)
      await clock.resolve(worker.stop())
    })

  test('a record that is put back leaves no trace in stream time', async () => {
    let healthy = false
    const seen: number[] = []
    const one = processor({
      name: 'reader',
      streams: [lines],
      process(_, { streamTime }) {
        if (streamTime === 1_000 && !healthy) throw away()
        seen.push(streamTime)
      },
      punctuations: [{ name: 'tick', every: '1s', on: 'stream-time', run: time => void seen.push(time) }],
    })
    const { clock, worker, joined, assign } = await running(one, [500, 1_000])
    await clock.resolve(joined[0]!.onRevoked())
    healthy = true
    await assign(3)
    // each record, and then the punctuator that it makes due
    assert.equal(seen, [500, 500, 1_000, 1_000])
    await clock.resolve(worker.stop())
  })
})
