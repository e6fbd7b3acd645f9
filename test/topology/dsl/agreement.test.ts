import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { string } from '../../../schemas/serdes.ts'
import { memoryStorage } from '../../../store/memory-storage.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import type { TopologyDefinition } from '../../../topology/definition/definition.ts'
import type { Stream } from '../../../topology/definition/dsl/stream.ts'
import type { Windowed } from '../../../topology/definition/dsl/windowed.ts'
import { hopping, session, sliding, tumbling } from '../../../topology/definition/dsl/windows.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/definition/topology.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { testDriver } from '../../../topology/testing/driver.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'
import { suite } from '../../support/suite.ts'

const input = topic('input', { key: string, value: string, partitions: 1 })
const output = topic('output', { key: string, value: string, partitions: 1 })

type Texts = Stream<string, string>
/** A piece of a topology: from texts to texts. `name` is unique where it stands. */
type Piece = (stream: Texts, name: string) => Texts

const text = { value: string }
/** Aggregates as text, so that pieces fit one another. */
const counted = <V>(stream: Stream<Windowed<string>, V>): Texts =>
  stream.map((value, window) => [`${window.key}@${window.start}`, `${value}`], { key: string, value: string })

const pieces: Readonly<Record<string, Piece>> = {
  filter: stream => stream.filter(value => !value.endsWith('3')),
  doubled: stream => stream.flatMapValues(value => [value, `${value}+`], text),
  rekeyed: stream => stream.selectKey(value => value.charAt(value.length - 1), { key: string }),
  partitioned: (stream, name) => stream.repartition({ name }),
  count: (stream, name) =>
    stream
      .groupByKey()
      .count(name)
      .toStream()
      .mapValues(value => String(value), text),
  joined: (stream, name) =>
    stream
      .groupByKey()
      .reduce(name, (all, value) => `${all}${value}`.slice(-12))
      .toStream(),
  tumbling: (stream, name) =>
    counted(
      stream
        .groupByKey()
        .windowed(tumbling(10, { grace: 5 }))
        .count(name)
        .onUpdate(),
    ),
  closed: (stream, name) =>
    counted(
      stream
        .groupByKey()
        .windowed(hopping(10, 5, { grace: 5 }))
        .count(name)
        .onClose(),
    ),
  sliding: (stream, name) =>
    counted(
      stream
        .groupByKey()
        .windowed(sliding(8, { grace: 5 }))
        .count(name)
        .onUpdate(),
    ),
  sessions: (stream, name) =>
    counted(
      stream
        .groupByKey()
        .windowed(session(6, { grace: 5 }))
        .count(name)
        .onClose(),
    ),
  calmed: (stream, name) =>
    stream
      .toTable(name)
      .suppress({ name: `${name}-calm`, every: 9 })
      .toStream(),
  selfJoined: (stream, name) =>
    stream.leftJoin(
      stream.filter(value => value.length % 2 === 0),
      { name, within: 6, ...text },
      (one, two) => `${one}${two}`.slice(-9),
    ),
  looked: (stream, name) => {
    const last = stream.filterNot(value => value.endsWith('1')).toTable(name)
    return stream.leftJoinTable(last, (one, two) => `${one}${two}`.slice(-9), { name: `${name}-looked`, ...text })
  },
}

const chains = fc.array(fc.constantFrom(...Object.keys(pieces)), { minLength: 1, maxLength: 4 })
const inputs = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), gap: fc.integer({ min: -6, max: 9 }) }), {
  minLength: 5,
  maxLength: 30,
})

interface Fed {
  readonly key: string
  readonly value: string
  readonly at: number
}

function build(chain: readonly string[]): TopologyDefinition {
  return topology('app', t => {
    let stream: Texts = t.stream(input)
    for (const [index, piece] of chain.entries()) stream = pieces[piece]!(stream, `${piece}-${index}`)
    stream.to(output)
  })
}

async function onDriver(definition: TopologyDefinition, fed: readonly Fed[]): Promise<readonly string[]> {
  const driver = await testDriver(definition)
  for (const { key, value, at } of fed) await driver.pipe(input, key, value, { at })
  assert.equal(driver.deadLetters(), [])
  return driver.read(output).map(({ key, value, timestamp }) => `${key}=${value}@${timestamp}`)
}

/** What happens after the first half: nothing, a kill in the middle of the work, or that and the loss of the database. */
type Fault = 'none' | 'killed' | 'killed, database lost'

async function onWorker(
  definition: TopologyDefinition,
  fed: readonly Fed[],
  fault: Fault,
  killAfterMs: number,
): Promise<readonly string[]> {
  const clock = new VirtualClock({ seed: killAfterMs })
  const broker = new MemoryBroker({ clock })
  const outside = broker.connect()
  let storage = memoryStorage({ clock })
  const start = async () => {
    const connection = broker.connect()
    const worker = new Worker({
      graph: buildGraph(definition),
      broker: connection,
      storage,
      clock,
      createTopics: 'all',
    })
    await clock.resolve(worker.start())
    return { worker, connection }
  }
  let running = await start()
  const writer = await clock.resolve(outside.writer())
  const write = (records: readonly Fed[]) =>
    clock.resolve(
      writer.send(
        records.map(({ key, value, at }) => ({
          topic: input.name,
          partition: 0,
          timestamp: at,
          key: Buffer.from(key),
          value: Buffer.from(value),
          headers: [],
        })),
      ),
    )
  const half = Math.floor(fed.length / 2)
  await write(fed.slice(0, half))
  if (fault !== 'none') {
    await clock.advance(killAfterMs)
    running.connection.crash()
    if (fault === 'killed, database lost') storage = memoryStorage({ clock })
    running = await start()
  }
  await write(fed.slice(half))
  await clock.advance(120_000)
  const reader = outside.reader({ isolation: 'read_committed' })
  reader.seek({ topic: output.name, partition: 0 }, 0)
  const written = (await clock.resolve(reader.poll())).flatMap(fetched => fetched.records)
  await reader.close()
  await clock.resolve(running.worker.stop())
  return written.map(({ key, value, timestamp }) => `${key}=${value}@${timestamp}`)
}

suite('test driver, embedded run and restored run agree', test => {
  for (const fault of ['none', 'killed', 'killed, database lost'] as const) {
    test(`for random topologies and inputs; the worker: ${fault}`, async () => {
      await fc.assert(
        fc.asyncProperty(chains, inputs, fc.integer({ min: 0, max: 400 }), async (chain, drafts, killAfterMs) => {
          let time = 0
          const fed = drafts.map(({ key, gap }, index): Fed => {
            time = Math.max(0, time + gap)
            return { key, value: `v${index}`, at: time }
          })
          const definition = build(chain)
          assert.equal(
            await onWorker(definition, fed, fault, killAfterMs),
            await onDriver(definition, fed),
            chain.join(' > '),
          )
        }),
        { numRuns: 40, seed: 1 },
      )
    })
  }
})
