import * as assert from 'uvu/assert'
import { memoryStorage } from '../../../store/memory-storage.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import { RetriableError } from '../../../topology/definition/errors.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import type { Serde } from '../../../topology/definition/serde.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { type Log, silentLog } from '../../../topology/runtime/log.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'
import { suite } from '../../support/suite.ts'

/** A worker over a global table whose topic holds one record of these bytes. */
async function workerOver(bytes: Uint8Array, value: Serde<bigint>, log: Log = silentLog) {
  const rates = topic('rates', { key: string, value, partitions: 1 })
  const orders = topic('orders', { key: string, value: int64, partitions: 1 })
  const priced = topic('priced', { key: string, value: int64, partitions: 1 })
  const graph = buildGraph(
    topology('app', t => {
      const known = t.globalTable(rates, 'known')
      t.stream(orders)
        .joinGlobal(
          known,
          (_, key) => key,
          (amount, rate) => amount * rate,
          { value: int64 },
        )
        .to(priced)
    }),
  )
  const clock = new VirtualClock({ seed: 1 })
  const broker = new MemoryBroker({ clock })
  await clock.resolve(broker.admin.createTopics([{ name: 'rates', partitions: 1, config: {} }]))
  const writer = await clock.resolve(broker.writer())
  const record = { topic: 'rates', partition: 0, timestamp: 1, key: Buffer.from('k'), value: bytes, headers: [] }
  await clock.resolve(writer.send([record]))
  const storage = memoryStorage({ clock })
  return { clock, worker: new Worker({ graph, broker: broker.connect(), storage, clock, log, createTopics: 'all' }) }
}

suite('global table', test => {
  test('a record that cannot be decoded refuses the start, and says so: nobody waits for ever', async () => {
    const { clock, worker } = await workerOver(Buffer.from('poison'), int64)
    const refused = await clock.resolve(worker.start().catch((error: Error) => error.message))
    assert.match(String(refused), /the value .* in topic 'rates' with serde 'int64'/)
    await clock.resolve(worker.stop())
  })

  test('a schema that cannot be looked up for now is waited for', async () => {
    let away = 20
    const lines: string[] = []
    const say = (_: unknown, message: string) => void lines.push(message)
    const value: Serde<bigint> = {
      ...int64,
      bind: async binding => ({
        ...(await int64.bind(binding)),
        decode() {
          if (away-- > 0) throw new RetriableError('REGISTRY_UNAVAILABLE', 'the registry is away')
          return 7n
        },
      }),
    }
    const { clock, worker } = await workerOver(Buffer.alloc(8), value, { ...silentLog, info: say, warn: say })
    await clock.resolve(worker.start())
    assert.is(away, -1)
    const table = "the global table of topic 'rates'"
    assert.equal(lines.slice(0, 2), [`${table} waits: the registry is away`, `${table} goes on`])
    await clock.resolve(worker.stop())
  })
})
