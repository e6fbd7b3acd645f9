import * as assert from 'uvu/assert'
import { RepartitionPurge } from '../../../topology/app/repartition-purge.ts'
import { run } from '../../../topology/app/run.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { int64, string, topic, topology } from '../../../topology/index.ts'
import { silentLog } from '../../../topology/runtime/log.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { suite } from '../../support/suite.ts'
import { waitFor } from '../../support/wait-for.ts'

const words = topic('words', { key: string, value: string, partitions: 2 })
const counts = topic('counts', { key: string, value: int64, partitions: 2 })
const definition = topology('purged', t => {
  t.stream(words)
    .groupBy(word => word, { name: 'by-word', key: string })
    .count('totals')
    .toStream()
    .to(counts)
})
const repartition = 'purged-by-word-repartition'

suite('the purge of repartition topics', test => {
  test('removes what every group has processed, and nothing else; the totals stay right', async () => {
    const broker = new MemoryBroker({ clock: systemClock })
    const app = await run(definition, { kafka: broker })
    const outside = broker.connect()
    const send = async (total: number) => {
      for (let index = 0; index < 20; index++) await app.send(words, `k${index}`, `word-${index % 4}`)
      await waitFor(async () => (await app.store('totals').get('word-0')) === BigInt(total), {
        what: 'the words are not counted',
      })
    }
    await send(5)
    const purge = new RepartitionPurge({
      graph: buildGraph(definition),
      broker: outside,
      clock: systemClock,
      log: silentLog,
      status: () => app.status(),
    })
    const at = [0, 1].map(partition => ({ topic: repartition, partition }))
    const offsets = (which: 'earliest' | 'latest') => outside.admin.listOffsets(at, which)
    assert.equal(await offsets('earliest'), [0, 0])
    const [spec] = await outside.admin.describeTopics([repartition])
    assert.equal([spec?.config['retention.ms'], spec?.config['segment.bytes']], ['-1', '52428800'])
    await waitFor(
      async () => {
        await purge.purge()
        const [starts, ends] = [await offsets('earliest'), await offsets('latest')]
        return starts.every((start, partition) => start === ends[partition])
      },
      { what: 'the repartition topic is not purged' },
    )
    const inputs = await outside.admin.listOffsets([{ topic: 'words', partition: 0 }], 'earliest')
    assert.equal(inputs, [0], 'topics of the user are left alone')
    await send(10)
    await app.stop()
    await outside.close()
  })

  test('a user without the right is told once, and asked no more', async () => {
    const told: unknown[] = []
    let asked = 0
    const reader = buildGraph(definition).subtopologies.find(({ inputs }) => inputs.includes(repartition))!
    const refused = Object.assign(new Error('DELETE is not allowed'), { code: 'CONFIG_INVALID' })
    const purge = new RepartitionPurge({
      graph: buildGraph(definition),
      broker: {
        admin: {
          async committedOffsets() {
            asked++
            throw refused
          },
        },
      } as never,
      clock: systemClock,
      log: { ...silentLog, warn: (_: unknown, message: string) => told.push(message) } as never,
      status: () => [{ task: `${reader.name}_0`, state: 'running' }] as never,
    })
    await purge.purge()
    await purge.purge()
    assert.is(asked, 1)
    assert.is(told.length, 1)
    assert.match(String(told[0]), /repartition topics are not purged, and grow: DELETE is not allowed/)
  })
})
