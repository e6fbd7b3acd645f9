import * as assert from 'uvu/assert'
import { groupOffsets } from '../../ops/offsets/group-offsets.ts'
import { moveOffsets } from '../../ops/offsets/move-offsets.ts'
import { parseTarget } from '../../ops/offsets/target.ts'
import { memoryStorage } from '../../store/memory-storage.ts'
import { MemoryBroker } from '../../topology/broker/memory/memory-broker.ts'
import type { MillraceError } from '../../topology/definition/errors.ts'
import { buildGraph } from '../../topology/definition/graph.ts'
import { processor } from '../../topology/definition/processor.ts'
import { string } from '../../topology/definition/serdes/primitives.ts'
import { topic } from '../../topology/definition/topic.ts'
import { topology } from '../../topology/dsl/topology.ts'
import { Worker } from '../../topology/runtime/worker.ts'
import { VirtualClock } from '../../topology/testing/virtual-clock.ts'
import { suite } from '../support/suite.ts'

/** A worker that has processed four records of one partition, at 1 to 4 s, and the values that it saw. */
async function processed(offsetReset: 'earliest' | 'latest' = 'earliest') {
  const words = topic('words', { key: string, value: string, partitions: 2, offsetReset })
  const seen: string[] = []
  const one = processor({ name: 'reader', streams: [words], process: ({ value }) => void seen.push(value) })
  const graph = buildGraph(topology('app', t => t.processor(one)))
  const clock = new VirtualClock({ seed: 1 })
  const cluster = new MemoryBroker({ clock })
  const { admin } = cluster.connect()
  const start = async () => {
    const storage = memoryStorage({ clock })
    const worker = new Worker({ graph, broker: cluster.connect(), storage, clock, createTopics: 'all' })
    await clock.resolve(worker.start())
    await clock.advance(2_000)
    return worker
  }
  const worker = await start()
  const writer = await clock.resolve(cluster.connect().writer())
  await clock.resolve(
    writer.send(
      ['a', 'b', 'c', 'd'].map((value, index) => ({
        topic: 'words',
        partition: 0,
        timestamp: (index + 1) * 1_000,
        key: Buffer.from('k'),
        value: Buffer.from(value),
        headers: [],
      })),
    ),
  )
  await clock.advance(2_000)
  const move = (to: string, yes = true, choice = {}) =>
    clock.resolve(
      moveOffsets(graph, admin, { processor: 'reader', ...choice }, parseTarget(to), yes).catch(
        (error: MillraceError) => error.message,
      ),
    )
  const committed = async () =>
    (await clock.resolve(groupOffsets(graph, admin, { topic: 'words', partition: 0 })))[0]!.committed
  return { clock, graph, admin, seen, start, worker, move, committed }
}

suite('offsets command', test => {
  test('it lists first, committed and last offsets, and names the inputs there are', async () => {
    const { clock, graph, admin, worker } = await processed()
    const places = await clock.resolve(groupOffsets(graph, admin, {}))
    assert.equal(
      places.map(({ group, topic: name, partition, first, committed, end }) => [
        group,
        name,
        partition,
        first,
        committed,
        end,
      ]),
      [
        ['app-reader', 'words', 0, 0, 4, 4],
        ['app-reader', 'words', 1, 0, undefined, 0],
      ],
    )
    const unknown = await clock.resolve(groupOffsets(graph, admin, { topic: 'nouns' }).catch(error => error.message))
    assert.match(unknown, "no input on the cluster has topic 'nouns': the inputs are words")
    await clock.resolve(worker.stop())
  })

  test('a group with members is not moved; one without is, and goes on from there', async () => {
    const { clock, seen, start, worker, move, committed } = await processed()
    assert.match(
      String(await move('earliest')),
      "group 'app-reader' has a member running: stop the workers of 'reader' first",
    )
    await clock.resolve(worker.stop())
    const partition = { topic: 'words', partition: 0 }
    assert.equal(await move('2', false, partition), [{ group: 'app-reader', ...partition, from: 4, to: 2 }])
    assert.is(await committed(), 4, 'nothing happens unless told')
    await move('2', true, partition)
    assert.is(await committed(), 2)
    const next = await start()
    assert.equal(seen, ['a', 'b', 'c', 'd', 'c', 'd'])
    await clock.resolve(next.stop())
  })

  test('a place is an offset, an end, a step or a time', async () => {
    const { clock, worker, move, committed } = await processed()
    await clock.resolve(worker.stop())
    const one = { topic: 'words', partition: 0 }
    for (const [to, offset] of [
      ['earliest', 0],
      ['+3', 3],
      ['-1', 2],
      ['latest', 4],
      ['1970-01-01T00:00:02Z', 1],
      ['1970-01-01T01:00:00Z', 4],
    ] as const) {
      await move(to, true, one)
      assert.is(await committed(), offset, to)
    }
    assert.match(String(await move('5', true, one)), 'words/0 has the offsets 0 to 4, not 5')
    // The first record of a partition is the one that fails: the group has committed nothing there, and stands at its beginning.
    assert.match(
      String(await move('+1', true, { topic: 'words', partition: 1 })),
      'words/1 has the offsets 0 to 0, not 1',
    )
    const late = await processed('latest')
    await late.clock.resolve(late.worker.stop())
    assert.match(
      String(await late.move('+1', true, { topic: 'words', partition: 1 })),
      'no offset in words/1 to step from',
    )
    assert.throws(() => parseTarget('soon'), /'soon' is no place in a topic/)
  })
})
