import * as assert from 'uvu/assert'
import type { StateStorage } from '../../../store/contract.ts'
import { memoryStorage } from '../../../store/memory-storage.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import type { Broker } from '../../../topology/broker/port.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'
import { suite } from '../../support/suite.ts'

const rates = topic('rates', { key: string, value: int64, partitions: 1 })
const fees = topic('fees', { key: string, value: int64, partitions: 1 })
const orders = topic('orders', { key: string, value: int64, partitions: 1 })
const priced = topic('priced', { key: string, value: int64, partitions: 1 })

/** Two global tables, whose topics hold what is given, and a join over both. */
const graph = buildGraph(
  topology('app', t => {
    const join = { value: int64 }
    t.stream(orders)
      .joinGlobal(
        t.globalTable(rates, 'rates'),
        (_, key) => key,
        (amount, rate) => amount * rate,
        join,
      )
      .joinGlobal(
        t.globalTable(fees, 'fees'),
        (_, key) => key,
        (amount, fee) => amount + fee,
        join,
      )
      .to(priced)
  }),
)

/** A worker over parts that count what it has open. Its migration takes a second; `silent` readers never get an answer. */
async function counted(values: { readonly rates: Uint8Array; readonly fees: Uint8Array }, silent = false) {
  const clock = new VirtualClock({ seed: 1 })
  const memory = new MemoryBroker({ clock })
  const open = { readers: 0, members: 0 }
  const client = memory.connect()
  const broker: Broker = {
    admin: client.admin,
    producer: options => client.producer(options),
    writer: () => client.writer(),
    reader(options) {
      const reader = client.reader(options)
      open.readers++
      const close = reader.close.bind(reader)
      let closed = () => {}
      const answer = new Promise<[]>(resolve => {
        closed = () => resolve([])
      })
      return Object.assign(reader, {
        ...(silent && { poll: () => answer }),
        async close() {
          open.readers--
          closed()
          await close()
        },
      })
    },
    join(options) {
      const member = client.join(options)
      open.members++
      const leave = member.leave.bind(member)
      return Object.assign(member, {
        async leave() {
          open.members--
          await leave()
        },
      })
    },
    close: () => client.close(),
  }
  const tables = memoryStorage({ clock })
  const storage: StateStorage = {
    ...tables,
    async migrate(application, stores) {
      await clock.sleep(1_000)
      await tables.migrate(application, stores)
    },
  }
  const specs = ['rates', 'fees', 'orders', 'priced'].map(name => ({ name, partitions: 1, config: {} }))
  await clock.resolve(memory.admin.createTopics(specs))
  const writer = await clock.resolve(memory.writer())
  const record = { partition: 0, timestamp: 1, key: Buffer.from('k'), headers: [] }
  await clock.resolve(
    writer.send([
      { ...record, topic: 'rates', value: values.rates },
      { ...record, topic: 'fees', value: values.fees },
    ]),
  )
  return { clock, open, worker: new Worker({ graph, broker, storage, clock }) }
}

const one = Buffer.from([0, 0, 0, 0, 0, 0, 0, 1])
const none = { readers: 0, members: 0 }

suite('stop of a worker', test => {
  test('while it starts: what was begun is closed, and nothing begins afterwards', async () => {
    const { clock, open, worker } = await counted({ rates: one, fees: one })
    const starting = worker.start()
    await clock.advance(500)
    await clock.resolve(worker.stop())
    await clock.resolve(starting)
    await clock.advance(10_000)
    assert.equal(open, none)
    assert.equal(worker.status(), [])
  })

  test('while it reads global tables that do not come to their ends: it does not wait for them', async () => {
    const { clock, open, worker } = await counted({ rates: one, fees: one }, true)
    const starting = worker.start()
    await clock.advance(60_000)
    assert.equal(open, { readers: 2, members: 0 })
    await clock.resolve(worker.stop())
    await clock.resolve(starting)
    assert.equal(open, none)
  })

  test('after a start that failed on one of its global tables: the others are closed too', async () => {
    const { clock, open, worker } = await counted({ rates: Buffer.from('poison'), fees: one })
    const refused = await clock.resolve(worker.start().catch((error: Error) => error.message))
    assert.match(String(refused), /topic 'rates'/)
    await clock.resolve(worker.stop())
    assert.equal(open, none)
  })
})
