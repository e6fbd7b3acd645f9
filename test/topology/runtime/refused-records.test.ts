import * as assert from 'uvu/assert'
import { memoryStorage } from '../../../store/memory-storage.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import type { RawRecord, TopicSpec } from '../../../topology/broker/port.ts'
import type { MillraceError } from '../../../topology/definition/errors.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { type AnyProcessor, processor } from '../../../topology/definition/processor.ts'
import { nullable } from '../../../topology/definition/serdes/nullable.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { deadLetter, deadLetterHeaders } from '../../../topology/runtime/dead-letter.ts'
import type { Metrics } from '../../../topology/runtime/metrics.ts'
import type { EngineSettings } from '../../../topology/runtime/task-environment.ts'
import { extractorOf } from '../../../topology/runtime/task-inputs.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'
import { suite } from '../../support/suite.ts'

const partitions = 3
const farAhead = 4_000_000_000_000
const input = topic('input', { key: string, value: string, partitions })
const output = topic('output', { key: string, value: string, partitions })
const bare = topic('bare', { key: nullable(string), value: string, partitions })
const totals = keyValueStore('totals', { key: string, value: int64 })

/** Counts by key, and hands each count on; what a record's value asks for beside is done, too. */
const counting = processor({
  name: 'counting',
  streams: [input],
  stores: { totals },
  sinks: { output, bare },
  async process({ key, value }, { stores, sinks }) {
    const total = ((await stores.totals.get(key)) ?? 0n) + 1n
    stores.totals.put(key, total)
    sinks.output.send(key, `${key} ${total}`)
    if (value === 'keyless') sinks.bare.send(null, 'x')
    if (value === 'large') sinks.output.send(key, 'x'.repeat(9_000))
    if (value === 'ahead') sinks.output.send(key, 'x', { timestamp: farAhead })
  },
})

const spec = (name: string, config: Record<string, string> = {}): TopicSpec => ({ name, partitions, config })

/** Runs three workers over the values, one record each, in turn for the partitions; gives what came of it. */
async function run(
  values: readonly string[],
  {
    one = counting as AnyProcessor,
    topics = [] as readonly TopicSpec[],
    timestampOf = (index: number) => 1_000 + index,
    // Most records may fail here.
    settings = { breaker: { records: 1_000, share: 1 } } as Partial<EngineSettings>,
    metrics = {} as Metrics,
  } = {},
) {
  const clock = new VirtualClock({ seed: 1 })
  const broker = new MemoryBroker({ clock, maxMessageBytes: 8_000 })
  const graph = buildGraph(topology('app', t => t.processor(one)))
  const storage = memoryStorage({ clock })
  const outside = broker.connect()
  const known = [spec('input', { 'message.timestamp.after.max.ms': '9223372036854775807' }), spec('output')]
  const made = [...known, spec('bare', { 'cleanup.policy': 'compact' })].filter(each =>
    topics.every(other => other.name !== each.name),
  )
  await clock.resolve(outside.admin.createTopics([...topics, ...made]))
  const failures: unknown[] = []
  const workers: Worker[] = []
  for (let index = 0; index < 3; index++) {
    const worker = new Worker({
      graph,
      broker: broker.connect(),
      storage,
      clock,
      metrics,
      settings,
      createTopics: 'all',
    })
    void worker.failed.then(error => failures.push(error))
    workers.push(worker)
    await clock.resolve(worker.start())
  }
  const writer = await clock.resolve(outside.writer())
  const records = values.map((value, index) => ({
    topic: 'input',
    partition: index % partitions,
    timestamp: timestampOf(index),
    key: Buffer.from(value === 'alone' ? value : `k${index % partitions}`),
    value: Buffer.from(value),
    headers: [],
  }))
  await clock.resolve(writer.send(records))
  await clock.advance(60_000)
  const read = async (name: string): Promise<readonly RawRecord[]> => {
    const reader = outside.reader({ isolation: 'read_committed' })
    const found: RawRecord[] = []
    for (let partition = 0; partition < partitions; partition++) {
      reader.seek({ topic: name, partition }, 0)
      const [end] = await clock.resolve(outside.admin.listOffsets([{ topic: name, partition }], 'committed'))
      for (let position = 0; position < end!; )
        for (const fetched of await clock.resolve(reader.poll())) {
          found.push(...fetched.records)
          position = fetched.position
        }
      reader.remove({ topic: name, partition })
    }
    await reader.close()
    return found
  }
  const text = (data: Uint8Array | null) => (data === null ? null : Buffer.from(data).toString())
  const running = workers.flatMap(worker => worker.status()).filter(({ state }) => state === 'running').length
  const letters = await read('input.dlq')
  const outputs = (await read('output')).map(({ value }) => text(value))
  const rows = Object.fromEntries(storage.rows('totals').map(({ key, value }) => [key[0], value[0]]))
  for (const worker of workers) await clock.resolve(worker.stop())
  const header = (letter: RawRecord, name: keyof typeof deadLetterHeaders) =>
    text(letter.headers.find(({ key }) => key === deadLetterHeaders[name])?.value ?? null)
  return { failures, running, letters, outputs, rows, header, text, now: clock.now() }
}

/** The counts of partition `p`, up to `count`. */
const counts = (count: number) => [0, 1, 2].flatMap(p => Array.from({ length: count }, (_, n) => `k${p} ${n + 1}`))

/** Thirty records, of which the one at the place is the poison. */
const withPoison = (poison: string, at = 9) => Array.from({ length: 31 }, (_, index) => (index === at ? poison : 'x'))

suite('records that the broker refuses', test => {
  for (const [what, poison, says] of [
    ['a record without a key for a compacted topic', 'keyless', /INVALID_RECORD \(87\)/],
    ['a record too far ahead of the clock', 'ahead', /INVALID_TIMESTAMP \(32\)/],
    ['a record over the limit that the cluster has', 'large', /over the limit of/],
  ] as const)
    test(`${what} is one dead letter, and all else is processed once by three workers`, async () => {
      const { failures, running, letters, outputs, rows, header, text } = await run(withPoison(poison))
      assert.equal(failures, [])
      assert.is(running, partitions)
      assert.equal(outputs.sort(), [...counts(10)].sort())
      assert.equal(rows, { k0: 10n, k1: 10n, k2: 10n })
      assert.is(letters.length, 1)
      const [letter] = letters as [RawRecord]
      assert.is(text(letter.value), poison)
      assert.is(header(letter, 'offset'), '3')
      assert.is(header(letter, 'stage'), 'produce')
      assert.match(header(letter, 'processor')!, /^counting\/sinks\//)
      assert.match(header(letter, 'errorMessage')!, says)
      assert.is(header(letter, 'errorCode'), poison === 'large' ? 'RECORD_TOO_LARGE' : 'RECORD_REFUSED')
    })

  test('a record whose timestamp no number holds cannot be decoded, and its letter says the timestamp in a header', () => {
    const record = { topic: 'input', partition: 0, offset: 7, timestamp: 2 ** 63, key: null, value: null, headers: [] }
    const graph = buildGraph(topology('app', t => t.processor(counting)))
    let error: unknown
    try {
      extractorOf(graph, () => 0)({ ...record, key: 'k', value: 'v' })
    } catch (thrown) {
      error = thrown
    }
    assert.is((error as MillraceError).code, 'DECODE_FAILED')
    const times = { attempts: 1, firstFailureAt: 5_000, lastFailureAt: 5_000 }
    const where = { application: 'app', subtopology: 'counting', processor: 'counting' }
    const letter = deadLetter(record, { error, stage: 'decode', ...where, ...times })
    assert.is(letter.timestamp, 5_000)
    const said = letter.headers.find(({ key }) => key === deadLetterHeaders.timestamp)?.value
    assert.is(Buffer.from(said!).toString(), '9223372036854775807')
  })

  test('a stream of nothing but poison makes a dead letter each, soon', async () => {
    const values = Array.from({ length: 3_000 }, () => 'ahead')
    const { failures, running, letters, outputs, rows } = await run(values)
    assert.equal([failures, running, outputs, rows], [[], partitions, [], {}])
    assert.is(letters.length, 3_000)
    assert.is(new Set(letters.map(letter => `${letter.partition}/${letter.value}/${letter.offset}`)).size, 3_000)
  })

  test('the breaker counts refused records over the tasks that are opened again for them, each once', async () => {
    const values = Array.from({ length: 6_000 }, () => 'ahead')
    // Far fewer records go into a commit than the breaker looks at.
    const settings = { breaker: { records: 1_000, share: 0.5 }, maxBufferBytes: 10_000 }
    const { letters, outputs } = await run(values, { settings })
    assert.equal(outputs, [])
    for (const partition of [0, 1, 2]) {
      const count = letters.filter(letter => letter.partition === partition).length
      assert.ok(count > 100 && count <= 500, `${count} dead letters of partition ${partition}`)
    }
  })

  test('a refused delete of an expired row is the fault of no record', async () => {
    const kept = keyValueStore('kept', { key: string, value: string, ttl: '1m' })
    const keeping = processor({
      name: 'keeping',
      streams: [input],
      stores: { kept },
      sinks: { output },
      process({ key, value }, { stores, sinks }) {
        if (value === 'keep') stores.kept.put(`${key} old`, value)
        sinks.output.send(key, value, { timestamp: 1_000 })
      },
    })
    // Deletes carry stream time, which is far ahead from the fourth record on, though no row is written then.
    const values = [...Array(3).fill('keep'), ...Array(30).fill('x')]
    const { failures, letters, outputs, running } = await run(values, {
      one: keeping,
      topics: [spec('app-kept-changelog', { 'cleanup.policy': 'compact' })],
      timestampOf: index => (index < 3 ? 1_000 : farAhead),
      // A commit for each record.
      settings: { maxBufferBytes: 1 },
    })
    assert.equal([failures, letters, running], [[], [], partitions])
    assert.is(outputs.length, 33)
  })

  test('a row that the changelog refuses leads to its record, though many records share a commit', async () => {
    const changelog = spec('app-totals-changelog', { 'cleanup.policy': 'compact' })
    const timestampOf = (index: number) => (index === 301 ? farAhead : 1_000 + index)
    const values = Array.from({ length: 600 }, (_, index) => (index === 301 ? 'alone' : 'x'))
    const { failures, running, letters, rows, header } = await run(values, {
      topics: [changelog, spec('output', { 'message.timestamp.after.max.ms': '9223372036854775807' })],
      timestampOf,
    })
    assert.equal(failures, [])
    assert.is(running, partitions)
    assert.equal(rows, { k0: 200n, k1: 199n, k2: 200n })
    assert.equal(
      letters.map(letter => `${letter.partition}/${header(letter, 'offset')}`),
      ['1/100'],
    )
  })

  test('an output of a punctuator is a dead letter in its place, and its other outputs stand', async () => {
    const ticking = processor({
      name: 'ticking',
      streams: [input],
      sinks: { output },
      process: ({ key, value }, { sinks }) => sinks.output.send(key, value),
      punctuations: [
        {
          name: 'tick',
          on: 'wall-clock',
          every: 40_000,
          run(_, { sinks, task }) {
            sinks.output.send(`k${task.partition}`, 'before')
            if (task.partition === 1) sinks.output.send('k1', 'x', { timestamp: farAhead })
            sinks.output.send(`k${task.partition}`, 'after')
          },
        },
      ],
    })
    let written = 0
    const metrics: Metrics = {
      wrote(_, records) {
        written += records.length
      },
    }
    const { failures, running, letters, outputs, header } = await run(['a', 'b', 'c'], { one: ticking, metrics })
    assert.is(written, 10, 'all that was written is counted, the dead letter in the place of the output')
    assert.equal(failures, [])
    assert.is(running, partitions)
    assert.equal(outputs.sort(), ['a', 'b', 'c', 'before', 'before', 'before', 'after', 'after', 'after'].sort())
    assert.is(letters.length, 1)
    const [letter] = letters as [RawRecord]
    assert.equal([header(letter, 'topic'), header(letter, 'offset'), letter.partition], ['output', '-1', 1])
    assert.is(header(letter, 'timestamp'), String(farAhead))
    assert.is(header(letter, 'errorCode'), 'RECORD_REFUSED')
  })

  test('a dead letter that its own topic refuses is written without its value', async () => {
    const { failures, running, letters, outputs, header, text } = await run(withPoison('ahead'), {
      topics: [spec('input.dlq')],
      timestampOf: index => (index === 9 ? farAhead : 1_000 + index),
    })
    assert.equal(failures, [])
    assert.is(running, partitions)
    assert.is(outputs.length, 30)
    assert.is(letters.length, 1)
    const [letter] = letters as [RawRecord]
    assert.is(letter.value, null)
    assert.is(text(letter.key), 'k0')
    assert.ok(letter.timestamp < farAhead)
    assert.is(header(letter, 'timestamp'), String(farAhead))
    assert.is(header(letter, 'reduced'), 'true')
  })
})
