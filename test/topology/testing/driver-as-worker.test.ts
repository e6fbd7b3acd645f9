import * as assert from 'uvu/assert'
import type { FailurePolicy } from '../../../topology/definition/definition.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { processor } from '../../../topology/definition/processor.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import { type AnyTopic, type TimestampExtractor, topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { tumbling } from '../../../topology/dsl/windows/windows.ts'
import { testDriver } from '../../../topology/testing/driver.ts'
import type { SimulatedInput } from '../../../topology/testing/simulation/input.ts'
import { EmbeddedRun } from '../../library/embedded-run.ts'
import { disagreement, type Outcome } from '../../library/outcome.ts'
import { drive, type Runnable, work } from '../../library/runs.ts'
import { suite } from '../../support/suite.ts'

type TextTopic = ReturnType<typeof textTopic>

const textTopic = (timestamp?: TimestampExtractor<string, string>) =>
  topic('input', { key: string, value: string, partitions: 1, ...(timestamp && { timestamp }) })
const output = topic('output', { key: string, value: string, partitions: 1 })

/** A topology of one processor, which forwards `fails(value)` with the value that its store had. */
function keeper(
  input: TextTopic,
  options: { readonly ttl?: number; readonly failure?: FailurePolicy; fails?(value: string): void } = {},
): Runnable {
  const { ttl, failure, fails } = options
  const kept = keyValueStore('kept', { key: string, value: string, ...(ttl !== undefined && { ttl }) })
  const one = processor({
    name: 'keeper',
    streams: [input],
    stores: { kept },
    sinks: { output },
    ...(failure && { failure }),
    async process({ key, value }, { stores, sinks }) {
      const before = (await stores.kept.get(key)) ?? 'nothing'
      stores.kept.put(key, value)
      sinks.output.send(key, `${before}, then ${value}`)
      fails?.(value)
    },
  })
  return runnable([output], t => t.processor(one))
}

function runnable(outputs: readonly AnyTopic[], declare: Parameters<typeof topology>[1]): Runnable {
  const definition = topology('app', declare)
  return { definition, graph: buildGraph(definition), outputs }
}

/** Records of key `k` (or another, before a colon) at their times. Shape: `fed('a', 10, 'other:b', 20)`. */
function fed(...drawn: readonly (string | number)[]): SimulatedInput[] {
  const records: SimulatedInput[] = []
  for (let index = 0; index < drawn.length; index += 2) {
    const parts = String(drawn[index]).split(':')
    records.push({
      topic: 'input',
      key: parts.length > 1 ? parts[0] : 'k',
      value: parts.at(-1),
      at: Number(drawn[index + 1]),
    })
  }
  return records
}

/** The outcome in the driver, which a worker's must equal. */
async function asInWorker(run: Runnable, input: readonly SimulatedInput[]): Promise<Outcome> {
  const driven = await drive(run, input)
  assert.is(disagreement(await work(run, input), driven), undefined)
  return driven
}

const headersOf = (outcome: Outcome, place: string) =>
  (outcome.deadLetters[place] ?? []).map(
    letter => JSON.parse(letter.slice(letter.indexOf('{'))) as Record<string, string>,
  )

suite('the test driver answers as a worker does', test => {
  test('rows whose time to live is over are not read', async () => {
    const run = keeper(textTopic(), { ttl: 100 })
    const { outputs, stores } = await asInWorker(run, fed('a', 0, 'b', 99, 'other:x', 199, 'c', 199, 'other:y', 150))
    // 'b' was written at 99 and its 100 ms are over at 199
    assert.equal(outputs['output k'], ['"nothing, then a" 0', '"a, then b" 99', '"nothing, then c" 199'])
    assert.equal(stores.kept, ['"k" "c" 199', '"other" "y" 150'])
  })

  test('a row whose time to live is over is gone for the test as well, and comes back when it is written again', async () => {
    const driver = await testDriver(keeper(textTopic(), { ttl: 100 }).definition)
    const input = textTopic()
    const kept = driver.store('kept')
    await driver.pipe(input, 'k', 'a', { at: 0 })
    assert.is(kept.get('k'), 'a')
    await driver.pipe(input, 'other', 'x', { at: 100 })
    assert.is(kept.get('k'), undefined)
    assert.equal(kept.all(), [{ key: 'other', value: 'x', timestamp: 100 }])
    await driver.pipe(input, 'k', 'b', { at: 100 })
    assert.is(kept.get('k'), 'b')
  })

  test('retention takes windows out of their store', async () => {
    const input = textTopic()
    const run = runnable([], t => {
      t.stream(input)
        .groupByKey()
        .windowed(tumbling(10, { grace: 0, retention: 20 }))
        .count('windows')
    })
    const { stores } = await asInWorker(run, fed('a', 1, 'b', 12, 'c', 25, 'd', 47))
    // windows begin at 0, 10, 20 and 40; retention counts from the latest: those that begin by 20 are over
    assert.is(stores.windows?.length, 1)
    assert.match(stores.windows?.[0] ?? '', '40')
    // rows expire with the commit, which is synchronous all the same
    const driver = await testDriver(run.definition)
    for (const at of [1, 47]) driver.pipeSync(input, 'k', 'a', { at })
    assert.is(driver.store('windows').all().length, 1)
  })

  test('a timestamp extractor is told the stream time', async () => {
    const told: number[] = []
    const input = textTopic((record, streamTime) => {
      told.push(streamTime)
      return Math.max(record.timestamp, streamTime)
    })
    const { outputs } = await asInWorker(keeper(input), fed('a', 50, 'b', 20, 'c', 70))
    assert.equal(told, [-1, 50, 50, -1, 50, 50])
    assert.equal(outputs['output k'], ['"nothing, then a" 50', '"a, then b" 50', '"b, then c" 70'])
  })

  test('what is written has the timestamp that it was written with, whatever its topic extracts', async () => {
    const later = topic('later', { key: string, value: string, partitions: 1, timestamp: () => 999 })
    const run = runnable([later], t => {
      t.stream(textTopic()).to(later)
    })
    const { outputs } = await asInWorker(run, fed('a', 5))
    assert.equal(outputs['later k'], ['"a" 5'])
  })

  test('a record whose timestamp extractor throws is a dead letter', async () => {
    const input = textTopic(({ value, timestamp }) => {
      if (value === 'bad') throw new Error('no time in it')
      return timestamp
    })
    const outcome = await asInWorker(keeper(input), fed('a', 1, 'bad', 2, 'b', 3))
    assert.equal(outcome.outputs['output k'], ['"nothing, then a" 1', '"a, then b" 3'])
    const [letter] = headersOf(outcome, 'input k')
    assert.is(letter?.['millrace.dlq.stage'], 'decode')
    assert.is(letter?.['millrace.dlq.error.message'], 'no time in it')
    assert.is(letter?.['millrace.dlq.attempts'], '1')
  })

  for (const given of [Number.NaN, 1.5])
    test(`a record whose timestamp extractor gives ${given} is a dead letter`, async () => {
      const input = textTopic(({ value, timestamp }) => (value === 'bad' ? given : timestamp))
      const outcome = await asInWorker(keeper(input), fed('bad', 2, 'b', 3))
      assert.equal(outcome.outputs['output k'], ['"nothing, then b" 3'])
      assert.is(headersOf(outcome, 'input k')[0]?.['millrace.dlq.stage'], 'decode')
    })

  for (const given of [-1, -1_000])
    test(`a record whose timestamp extractor gives ${given} is left out, and moves no time`, async () => {
      const told: number[] = []
      const input = textTopic(({ value, timestamp }, streamTime) => {
        told.push(streamTime)
        return value === 'bad' ? given : timestamp
      })
      const outcome = await asInWorker(keeper(input), fed('bad', 2, 'b', 3))
      assert.equal(outcome.outputs['output k'], ['"nothing, then b" 3'])
      assert.equal(outcome.deadLetters, {})
      assert.ok(told.every(time => time === -1))
    })

  test('a record whose time in its topic is below zero is left out and counted', async () => {
    const run = keeper(textTopic())
    const { outputs, deadLetters } = await asInWorker(run, fed('a', -5, 'b', 3))
    assert.equal(outputs['output k'], ['"nothing, then b" 3'])
    assert.equal(deadLetters, {})
    const driver = await testDriver(run.definition)
    await driver.pipe(textTopic(), 'k', 'a', { at: -5 })
    assert.equal(driver.skipped, { 'negative-time': 1 })
  })

  test('after a failure whose policy is to stop nothing is processed any more', async () => {
    const fails = (value: string) => {
      if (value === 'bad') throw new Error('boom')
    }
    const run = keeper(textTopic(), { failure: { then: 'stop' }, fails })
    const { outputs, deadLetters, stores, stopped } = await asInWorker(run, fed('a', 1, 'bad', 2, 'b', 3))
    assert.equal(outputs['output k'], ['"nothing, then a" 1'])
    assert.equal(stores.kept, ['"k" "a" 1'])
    assert.equal(deadLetters, {})
    assert.match(stopped, "record input/0 at offset 1 failed in 'keeper' and its policy is to stop: boom")
    const driver = await testDriver(run.definition)
    const input = textTopic()
    const message = (piping: Promise<void>) =>
      piping.then(
        () => 'none',
        error => (error as Error).message,
      )
    assert.match(await message(driver.pipe(input, 'k', 'bad')), 'boom')
    assert.match(await message(driver.pipe(input, 'k', 'good')), 'boom')
    assert.throws(() => driver.pipeSync(input, 'k', 'good'), /boom/)
    assert.match(await message(driver.advanceWallClock('1s')), 'boom')
    assert.equal(driver.read(output), [])
  })

  test('bytes that cannot be decoded are a dead letter, or stop the run where the policy is to stop', async () => {
    const numbers = topic('input', { key: string, value: int64, partitions: 1 })
    const bad = { topic: 'input', bytes: { key: Buffer.from('k'), value: Buffer.from('short') }, at: 4 }
    const counting = (failure: FailurePolicy) =>
      runnable([], t => t.processor(processor({ name: 'strict', streams: [numbers], failure, process: () => {} })))
    const outcome = await asInWorker(counting({ then: 'dead-letter' }), [bad])
    const [letter] = headersOf(outcome, 'input k')
    assert.is(letter?.['millrace.dlq.stage'], 'decode')
    assert.is(letter?.['millrace.dlq.error.code'], 'DECODE_FAILED')
    const { stopped } = await asInWorker(counting({ then: 'stop' }), [bad])
    assert.match(stopped, 'record input/0 at offset 0 failed')
  })

  test('a retry waits its back-off on the clock of the driver, and a dead letter tells its attempts and times', async () => {
    const retry = { attempts: 3, backoff: '1s', cap: '2s' } as const
    let attempts = 0
    const run = keeper(textTopic(), {
      failure: { retry, isRetriable: () => true, then: 'dead-letter' },
      fails: () => {
        attempts++
        throw new Error('not yet')
      },
    })
    const outcome = await asInWorker(run, fed('a', 7))
    assert.is(attempts, 8) // four in each
    assert.equal(outcome.outputs, {})
    assert.equal(outcome.stores.kept, [])
    assert.match(outcome.deadLetters['input k']?.[0] ?? '', 'after a while')
    const driver = await testDriver(run.definition, { now: 1_000_000 })
    await driver.pipe(textTopic(), 'k', 'a')
    const embedded = await EmbeddedRun.start({ ...run, seed: 1, kills: 0 })
    await embedded.write(fed('a', 0))
    for (const letter of [driver.deadLetters()[0], embedded.deadLetters('input')[0]]) {
      assert.is(letter?.headers['millrace.dlq.attempts'], '4')
      const [first, last] = ['first', 'last'].map(which =>
        Date.parse(letter?.headers[`millrace.dlq.${which}-failure`] ?? ''),
      )
      const waited = (last as number) - (first as number)
      // full back-offs are 1, 2 and 2 s, and each is drawn from its upper half
      assert.ok(waited >= 2_500 && waited <= 5_000, `${waited} ms`)
    }
    assert.is(driver.deadLetters().length, 0)
  })

  test('the first failure is at the wall clock of the driver', async () => {
    const run = keeper(textTopic(), {
      fails: () => {
        throw new Error('boom')
      },
    })
    const driver = await testDriver(run.definition, { now: Date.parse('2024-05-01T10:00:00Z') })
    await driver.advanceWallClock('90s')
    driver.pipe(textTopic(), 'k', 'a')
    await driver.pipe(textTopic(), 'k', 'b')
    const times = driver.deadLetters().map(({ headers }) => headers['millrace.dlq.first-failure'])
    assert.equal(times, ['2024-05-01T10:01:30.000Z', '2024-05-01T10:01:30.000Z'])
  })

  test('a retried record keeps its driver synchronous', async () => {
    let attempts = 0
    const run = runnable([output], t => {
      const once = processor({
        name: 'once',
        streams: [textTopic()],
        sinks: { output },
        failure: { retry: { attempts: 2, backoff: '1m', cap: '1m' }, isRetriable: () => true, then: 'stop' },
        process({ key, value }, { sinks, now }) {
          if (++attempts < 3) throw new Error('not yet')
          sinks.output.send(key, `${value} ${now >= 60_000 ? 'later' : 'at once'}`)
        },
      })
      t.processor(once)
    })
    const driver = await testDriver(run.definition)
    driver.pipeSync(textTopic(), 'k', 'a')
    // two waits of half a minute to a minute
    assert.equal(
      driver.read(output).map(({ value }) => value),
      ['a later'],
    )
  })

  test('a wall-clock punctuator is due when a back-off has moved the clock so far', async () => {
    let failures = 0
    const run = runnable([output], t => {
      const ticking = processor({
        name: 'ticking',
        streams: [textTopic()],
        sinks: { output },
        failure: { retry: { attempts: 1, backoff: '10s', cap: '10s' }, isRetriable: () => true, then: 'stop' },
        punctuations: [
          {
            name: 'tick',
            on: 'wall-clock',
            every: '4s',
            run: (time, { sinks }) => sinks.output.send('tick', String(time)),
          },
        ],
        process() {
          if (failures++ === 0) throw new Error('not yet')
        },
      })
      t.processor(ticking)
    })
    const driver = await testDriver(run.definition)
    await driver.pipe(textTopic(), 'k', 'a')
    const ticks = driver.read(output)
    // one call after the gap of 5 to 10 s
    assert.is(ticks.length, 1)
    assert.ok(Number(ticks[0]?.value) >= 5_000)
  })

  test('a punctuator that fails stops the run: it has no record to dead-letter', async () => {
    const run = runnable([], t => {
      const one = processor({
        name: 'one',
        streams: [textTopic()],
        punctuations: [
          {
            name: 'tick',
            on: 'stream-time',
            every: 10,
            run() {
              throw new Error('boom')
            },
          },
        ],
        process: () => {},
      })
      t.processor(one)
    })
    const { stopped } = await asInWorker(run, fed('a', 0, 'b', 20))
    assert.match(stopped, "punctuator 'tick' failed in 'one' and its policy is to stop: boom")
  })
})
