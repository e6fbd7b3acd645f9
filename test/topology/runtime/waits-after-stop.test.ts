import * as assert from 'uvu/assert'
import type { StateStorage } from '../../../store/contract.ts'
import { memoryStorage } from '../../../store/memory-storage.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import type { Broker } from '../../../topology/broker/port.ts'
import type { Clock } from '../../../topology/definition/clock.ts'
import type { TopologyDefinition } from '../../../topology/definition/definition.ts'
import { RetriableError } from '../../../topology/definition/errors.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { processor } from '../../../topology/definition/processor.ts'
import type { Serde } from '../../../topology/definition/serde.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'
import { suite } from '../../support/suite.ts'

const lines = topic('lines', { key: string, value: string, partitions: 1 })
const seen = keyValueStore('seen', { key: string, value: string })

/** Keeps what it reads. */
const keeping = processor({
  name: 'reader',
  streams: [lines],
  stores: { seen },
  process: ({ key, value }, { stores }) => stores.seen.put(key, value!),
})

/** Fails for ever, and is tried again every ten minutes. */
const failing = processor({
  name: 'reader',
  streams: [lines],
  failure: { retry: { attempts: 1_000, backoff: '10m', cap: '10m' }, isRetriable: () => true, then: 'stop' },
  process: () => {
    throw new Error('no good')
  },
})

const away = (code: 'BROKER_UNAVAILABLE' | 'STORE_UNAVAILABLE' | 'REGISTRY_UNAVAILABLE') =>
  new RetriableError(code, 'it is away: wait')

/** A worker on memory parts, two records in its topic, and how many sleeps it is in. */
async function started(
  definition: TopologyDefinition,
  spoil: (parts: { broker: Broker; storage: StateStorage }) => void,
) {
  const time = new VirtualClock({ seed: 1 })
  const memory = new MemoryBroker({ clock: time })
  const sleeps = { under: 0, longest: 0 }
  const clock: Clock = {
    now: () => time.now(),
    monotonic: () => time.monotonic(),
    random: () => time.random(),
    after: (ms, callback) => time.after(ms, callback),
    yield: () => time.yield(),
    async sleep(ms, signal) {
      sleeps.under++
      sleeps.longest = Math.max(sleeps.longest, ms)
      await time.sleep(ms, signal)
      sleeps.under--
    },
  }
  const parts = { broker: memory.connect() as Broker, storage: { ...memoryStorage({ clock: time }) } }
  spoil(parts)
  await time.resolve(memory.admin.createTopics(['lines', 'other'].map(name => ({ name, partitions: 1, config: {} }))))
  const writer = await time.resolve(memory.writer())
  const record = { topic: 'lines', partition: 0, timestamp: 1, headers: [], key: Buffer.from('k') }
  await time.resolve(writer.send([{ ...record, value: Buffer.from('v') }]))
  const worker = new Worker({ graph: buildGraph(definition), ...parts, clock })
  const starting = worker.start()
  await time.advance(60_000)
  return { time, worker, starting, sleeps }
}

type Started = Awaited<ReturnType<typeof started>>

/** Stops the worker in the middle of a long wait: at once, and nothing sleeps on. */
async function endsWithItsWaits({ time, worker, starting, sleeps }: Started): Promise<void> {
  assert.ok(sleeps.longest > 1_000, `the longest wait was ${sleeps.longest} ms`)
  assert.is(sleeps.under, 1)
  const begun = time.now()
  await time.resolve(worker.stop())
  await time.resolve(starting)
  await time.settle()
  assert.is(sleeps.under, 0)
  assert.ok(time.now() - begun < 100, `stopping took ${time.now() - begun} ms`)
}

suite('a stop ends every wait between attempts', test => {
  test('of a task that cannot be opened because Postgres is away', async () => {
    const definition = topology('app', t => t.processor(keeping))
    const waiting = await started(definition, ({ storage }) => {
      storage.claim = () => Promise.reject(away('STORE_UNAVAILABLE'))
    })
    await endsWithItsWaits(waiting)
  })

  test('of a task whose last commit fails while it stops', async () => {
    const definition = topology('app', t => t.processor(keeping))
    let refuse = () => {}
    const { time, worker, starting, sleeps } = await started(definition, ({ broker }) => {
      const producer = broker.producer.bind(broker)
      const commit = () =>
        new Promise<never>((_, reject) => {
          refuse = () => reject(away('BROKER_UNAVAILABLE'))
        })
      broker.producer = options => Object.assign(producer(options), { commit })
    })
    await time.resolve(starting)
    assert.equal([worker.status()[0]?.commits, worker.status()[0]?.processed], [0, 1])
    const stopping = worker.stop()
    await time.settle()
    refuse()
    await time.resolve(stopping)
    await time.settle()
    assert.is(sleeps.under, 0)
  })

  test('of a record whose processor fails', async () => {
    const definition = topology('app', t => t.processor(failing))
    await endsWithItsWaits(await started(definition, () => {}))
  })

  test('of a reader whose broker is away', async () => {
    const definition = topology('app', t => t.processor(keeping))
    const waiting = await started(definition, ({ broker }) => {
      const reader = broker.reader.bind(broker)
      broker.reader = options =>
        Object.assign(reader(options), { poll: () => Promise.reject(away('BROKER_UNAVAILABLE')) })
    })
    await endsWithItsWaits(waiting)
  })

  test('of a global table whose schemas cannot be looked up', async () => {
    const decode = () => {
      throw away('REGISTRY_UNAVAILABLE')
    }
    const unknown: Serde<string> = { ...string, bind: async binding => ({ ...(await string.bind(binding)), decode }) }
    const definition = topology('app', t => {
      t.globalTable(topic('lines', { key: string, value: unknown, partitions: 1 }), 'words')
      t.processor(
        processor({
          name: 'idle',
          streams: [topic('other', { key: string, value: string, partitions: 1 })],
          process: () => {},
        }),
      )
    })
    await endsWithItsWaits(await started(definition, () => {}))
  })
})
