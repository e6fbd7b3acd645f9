import * as assert from 'uvu/assert'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { processor } from '../../../topology/definition/processor.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { suite } from '../../support/suite.ts'
import { scripted } from './scripted-group.ts'

const changelog = 'app-known-changelog'
/** Rows of which two fill a batch, and three are more than one poll of a restore brings. Units: bytes. */
const rowBytes = 400_000
const count = 10

/** A task whose changelog holds ten large rows, and whose table takes 5 s for each stretch of them. */
async function restoring() {
  const operations: string[] = []
  const before = async ({ operation }: { operation: string }) => {
    operations.push(operation)
    if (operation === 'Apply') await parts.clock.sleep(5_000)
    return undefined
  }
  const parts = scripted({ before })
  const { clock, broker, memory, storage, joined } = parts
  const one = processor({
    name: 'reader',
    streams: [topic('lines', { key: string, value: string, partitions: 1 })],
    stores: { known: keyValueStore('known', { key: string, value: string }) },
    process: () => {},
  })
  const graph = buildGraph(topology('app', t => t.processor(one)))
  const worker = new Worker({ graph, broker, storage, clock, createTopics: 'all' })
  await clock.resolve(worker.start())
  const offsets = [{ topic: 'lines', partition: 0, offset: 0, metadata: '' }]
  await clock.resolve(memory.admin.commitOffsets('app-reader', offsets))
  const writer = await clock.resolve(memory.writer())
  const value = Buffer.alloc(rowBytes, 'x')
  await clock.resolve(
    writer.send(
      Array.from({ length: count }, (_, index) => ({
        topic: changelog,
        partition: 0,
        timestamp: 1,
        key: Buffer.from(`k${index}`),
        value,
        headers: [],
      })),
    ),
  )
  const rows = () => storage.rows('known').length
  const assign = (id: number) => joined[0]!.onAssigned('[0]', { id, memberId: 'm' })
  const state = () => worker.status()[0]?.state
  return { ...parts, worker, operations, rows, assign, state }
}

suite('a restore that a rebalance interrupts', test => {
  for (const [what, interrupt] of [
    ['revoked', ({ clock, joined }: Awaited<ReturnType<typeof restoring>>) => clock.resolve(joined[0]!.onRevoked())],
    [
      'lost',
      async ({ joined }: Awaited<ReturnType<typeof restoring>>) =>
        joined[0]!.onLost('it was silent', 'GENERATION_ENDED'),
    ],
  ] as const)
    test(`${what}: it ends where it is, and the next owner goes on from there`, async () => {
      const parts = await restoring()
      const { clock, worker, operations, rows, assign, state } = parts
      assign(1)
      await clock.advance(12_000)
      assert.is(state(), 'restoring')
      const restored = rows()
      assert.ok(restored > 0 && restored < count, `${restored} rows`)
      const progress = worker.status()[0]!.restoring!
      assert.is(progress.store, 'known')
      assert.ok(progress.remaining > 0 && progress.remaining < count, `${progress.remaining} remaining`)

      await interrupt(parts)
      await clock.advance(5_000)
      // the stretch that was on its way may have been written: nothing after it is
      const left = rows()
      assert.ok(left - restored <= 2, `${left - restored} rows more`)
      const asked = operations.length
      await clock.advance(60_000)
      assert.is(operations.length, asked, 'nobody asks the table anything')
      assert.is(rows(), left)

      assign(3)
      await clock.advance(60_000)
      assert.is(state(), 'running')
      assert.is(rows(), count)
      // once, at the beginning: a restore that goes on wipes nothing
      assert.is(operations.filter(operation => operation === 'Wipe').length, 1)
      await clock.resolve(worker.stop())
    })
})
