import { readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { memoryStorage } from '../../../store/memory-storage.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'
import { difference, recordHeaders, type VectorCase, type VectorStep } from '../../lab/vectors/case.ts'
import { writtenRecord } from '../../lab/vectors/run.ts'
import { vectorTopology } from '../../lab/vectors/topologies.ts'
import { suite } from '../../support/suite.ts'

const file = new URL('../../data/kafka-streams-4.1.json', import.meta.url)
const cases = JSON.parse(readFileSync(file, 'utf8')) as readonly VectorCase[]
// Cases of operators on top of each other.
const compositionsFile = new URL('../../data/kafka-streams-compositions.json', import.meta.url)
const compositions = JSON.parse(readFileSync(compositionsFile, 'utf8')) as readonly VectorCase[]

/** The event half way through a case. */
const interruptions = ['the worker is restarted', 'the worker is killed', 'the database is lost'] as const
type Interruption = (typeof interruptions)[number]

/** Longer than the session of a member that was killed, after which its tasks are another's. Units: ms. */
const afterwardsMs = 60_000

/** Runs a case on a real worker over memory parts; half way through something happens to it. */
async function runOnWorker(vector: VectorCase, interruption: Interruption): Promise<string | undefined> {
  const { topology, inputs, output } = vectorTopology(vector)
  const clock = new VirtualClock({ seed: 7 })
  const broker = new MemoryBroker({ clock })
  const outside = broker.connect()
  let storage = memoryStorage({ clock })
  const start = async () => {
    const connection = broker.connect()
    const worker = new Worker({ graph: buildGraph(topology), broker: connection, storage, clock, createTopics: 'all' })
    await clock.resolve(worker.start())
    return { worker, connection }
  }
  let running = await start()
  const writer = await clock.resolve(outside.writer())
  const reader = outside.reader({ isolation: 'read_committed' })
  reader.seek({ topic: output.name, partition: 0 }, 0)
  const [keys, values] = [
    await output.key.bind({ topic: 'out', part: 'key' }),
    await output.value.bind({ topic: 'out', part: 'value' }),
  ]

  const step = async ({
    in: [topic, key, value, timestamp, headers],
    out,
  }: VectorStep): Promise<string | undefined> => {
    const bytes = (text: string | null) => (text === null ? null : Buffer.from(text))
    const at = { topic: inputs[topic]!.name, partition: 0, timestamp, headers: recordHeaders(headers) }
    await clock.resolve(writer.send([{ ...at, key: bytes(key), value: bytes(value) }]))
    await clock.advance(2_000)
    const written = (await clock.resolve(reader.poll())).flatMap(fetched => fetched.records)
    const decoded = await Promise.all(
      written.map(async record => ({
        key: await keys.decode(record.key),
        value: await values.decode(record.value),
        timestamp: record.timestamp,
        headers: record.headers,
      })),
    )
    return difference(out, decoded.map(writtenRecord))
  }

  const half = Math.floor(vector.steps.length / 2)
  for (const [index, one] of vector.steps.entries()) {
    if (index === half) {
      if (interruption === 'the worker is killed') running.connection.crash()
      else await clock.resolve(running.worker.stop())
      if (interruption === 'the database is lost') storage = memoryStorage({ clock })
      running = await start()
      await clock.advance(afterwardsMs)
    }
    const found = await step(one)
    if (found) return `step ${index + 1}, ${JSON.stringify(one.in)}: ${found}`
  }
  await clock.resolve(running.worker.stop())
  return undefined
}

suite('vectors on a worker, interrupted half way', test => {
  // Four cases a kind: every kind meets every interruption.
  for (const [index, vector] of [...cases, ...compositions].entries()) {
    const interruption = interruptions[index % interruptions.length] as Interruption
    test(`${vector.name}: ${interruption}`, async () => {
      assert.is(await runOnWorker(vector, interruption), undefined)
    })
  }
})
