import * as assert from 'uvu/assert'
import { json } from '../../../schemas/json.ts'
import { RetriableError } from '../../../topology/definition/errors.ts'
import { processor } from '../../../topology/definition/processor.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { type TestDriverOptions, testDriver } from '../../../topology/testing/driver.ts'
import { suite } from '../../support/suite.ts'

const input = topic('input', { key: string, value: string })
const output = topic('output', { key: string, value: int64 })
const copies = topic('copies', { key: string, value: string })
const orders = topic('orders', { key: string, value: json<{ total: number }>() })
const changedOrders = topic('changed-orders', { key: string, value: json<{ total: number }>() })
const totals = keyValueStore('totals', { key: string, value: int64 })

/** Counts, and fails on the words that are told. */
const counter = (fail: (value: string, attempt: number) => void = () => {}, policy = {}) => {
  let attempt = 0
  return topology('app', t => {
    t.processor(
      processor({
        name: 'counter',
        streams: [input],
        stores: { totals },
        sinks: { output, copies },
        ...policy,
        async process({ key, value }, { stores, sinks }) {
          const total = ((await stores.totals.get(key)) ?? 0n) + 1n
          stores.totals.put(key, total)
          sinks.copies.send(key, value)
          fail(value, ++attempt)
          sinks.output.send(key, total)
        },
      }),
    )
  })
}

suite('test driver', test => {
  test('piped records come out with their metadata, and are read once', async () => {
    const driver = await testDriver(counter())
    const headers = [{ key: 'trace', value: Buffer.from('1') }]
    await driver.pipe(input, 'k', 'a', { at: 5, headers })
    await driver.pipe(input, 'k', 'b', { at: 6 })
    assert.equal(driver.read(output), [
      { key: 'k', value: 1n, timestamp: 5, headers },
      { key: 'k', value: 2n, timestamp: 6 },
    ])
    assert.equal(driver.read(output), [])
    const [copy] = driver.readRecords(copies)
    assert.is(copy?.offset, 0)
    assert.is(copy?.partition, 0)
    assert.is(copy?.topic, 'copies')
  })

  test('lists of records, and time that moves by itself', async () => {
    const driver = await testDriver(counter())
    await driver.pipeAll(input, [
      { key: 'a', value: 'x' },
      { key: 'b', value: 'x', at: 3 },
    ])
    driver.advanceTime('1s')
    await driver.pipe(input, 'a', 'x')
    assert.equal(
      driver.read(output).map(({ timestamp }) => timestamp),
      [0, 3, 1_000],
    )
  })

  test('stores are looked into by name or definition', async () => {
    const driver = await testDriver(counter(), { partitions: 3 })
    for (const key of ['c', 'a', 'b', 'a']) await driver.pipe(input, key, 'x', { at: 9 })
    const store = driver.store(totals)
    assert.is(store.get('a'), 2n)
    assert.is(driver.store('totals').get('d'), undefined)
    assert.equal(store.entry('b'), { key: 'b', value: 1n, timestamp: 9 })
    assert.equal(
      store
        .all()
        .map(({ key }) => key)
        .sort(),
      ['a', 'b', 'c'],
    )
    assert.equal(
      store
        .range('b', 'c')
        .map(({ key }) => key)
        .sort(),
      ['b', 'c'],
    )
    assert.equal(
      store.prefix('c').map(({ key }) => key),
      ['c'],
    )
    assert.throws(() => driver.store('total'), /store 'total' is not in the topology: it has 'totals'/)
    assert.throws(() => driver.read(topic('foreign', { key: string, value: string })), /topic 'foreign' is not/)
  })

  test('one partition can be forced on every topic; a higher number is for those that declare none', async () => {
    const wide = topic('input', { key: string, value: string, partitions: 4 })
    const copying = topology('app', t => {
      t.stream(wide).to(copies)
    })
    const partitionsOf = async (options: TestDriverOptions) => {
      const driver = await testDriver(copying, options)
      for (const key of 'abcdefgh') await driver.pipe(wide, key, 'x')
      const found = driver.readRecords(copies).map(({ partition }) => partition)
      const error = await driver.pipe(wide, 'a', 'x', { partition: 3 }).catch((refused: Error) => refused.message)
      return { highest: Math.max(...found), error }
    }
    const refused = "topic 'input' has no partition 3: it has 1 in this driver"
    assert.equal(await partitionsOf({ partitions: 1 }), { highest: 0, error: refused })
    assert.equal(await partitionsOf({ partitions: 3 }), { highest: 2, error: undefined })
    assert.equal(await partitionsOf({}), { highest: 0, error: undefined })
    // all records meet in one task
    const driver = await testDriver(
      topology('app', t => {
        const first = keyValueStore('first', { key: string, value: string })
        t.processor(
          processor({
            name: 'first',
            streams: [wide],
            stores: { first },
            process: ({ key }, { stores, task }) => stores.first.put(key, `${task.partition}`),
          }),
        )
      }),
      { partitions: 1 },
    )
    for (const key of 'abcdefgh') await driver.pipe(wide, key, 'x')
    assert.equal(
      [
        ...new Set(
          driver
            .store('first')
            .all()
            .map(({ value }) => value),
        ),
      ],
      ['0'],
    )
  })

  test('bytes can be piped as they stand in Kafka', async () => {
    const numbers = topic('numbers', { key: string, value: int64 })
    const sums = topic('sums', { key: string, value: int64 })
    const driver = await testDriver(
      topology('app', t => {
        t.stream(numbers).to(sums)
      }),
    )
    const seven = Buffer.alloc(8)
    seven.writeBigInt64BE(7n)
    const headers = [{ key: 'trace', value: Buffer.from('1') }]
    await driver.pipeBytes(numbers, Buffer.from('k'), seven, { at: 5, headers })
    await driver.pipeBytes(numbers, null, Buffer.from('poison'), { at: 6 })
    assert.equal(driver.read(sums), [{ key: 'k', value: 7n, timestamp: 5, headers }])
    const [letter, ...more] = driver.deadLetters(numbers)
    assert.equal(more, [])
    assert.is(letter?.key, null)
    assert.equal(letter?.value, Buffer.from('poison'))
    assert.is(letter?.timestamp, 6)
    assert.is(letter?.headers['millrace.dlq.stage'], 'decode')
  })

  test('bytes that a global table cannot read end the run, as they end a worker', async () => {
    const names = topic('names', { key: string, value: int64 })
    const driver = await testDriver(
      topology('app', t => {
        const table = t.globalTable(names, 'all-names')
        t.stream(input)
          .joinGlobal(
            table,
            (_, key) => key,
            (value, name) => `${value} ${name}`,
            { value: string },
          )
          .to(copies)
      }),
    )
    await driver.pipe(names, 'k', 7n)
    assert.is(driver.store('all-names').get('k'), 7n)
    await driver.pipe(input, 'k', 'a')
    assert.equal(
      driver.read(copies).map(({ value }) => value),
      ['a 7'],
    )
    const message = (piping: Promise<void>) => piping.then(String, (error: Error) => error.message)
    const refused = await message(driver.pipeBytes(names, Buffer.from('k'), Buffer.from('x')))
    assert.match(refused, /int64/)
    assert.is(await message(driver.pipe(input, 'k', 'a')), refused)
  })

  test('calls that are not awaited are done one after the other', async () => {
    const driver = await testDriver(counter())
    const piping = ['a', 'b', 'c'].map(value => driver.pipe(input, 'k', value))
    await piping.at(-1)
    assert.equal(
      driver.read(output).map(({ value }) => value),
      [1n, 2n, 3n],
    )
  })

  test('a record that waits for a registry that never answers ends with an error', async () => {
    const silent = {
      ...string,
      bind: () => ({
        encode: (value: string) => Buffer.from(value),
        decode: () => {
          throw new RetriableError('REGISTRY_UNAVAILABLE', 'the registry is away')
        },
      }),
    }
    const unread = topic('unread', { key: string, value: silent })
    const driver = await testDriver(
      topology('app', t => {
        t.stream(unread).peek(() => {})
      }),
    )
    assert.throws(() => driver.pipeSync(unread, 'k', 'a'), /an outage does not end by itself in the test driver/)
  })

  test('a record that fails leaves nothing behind but a dead letter', async () => {
    const driver = await testDriver(
      counter(value => {
        if (value === 'poison') throw new Error('boom')
      }),
    )
    for (const value of ['a', 'poison', 'b']) await driver.pipe(input, 'k', value, { at: 1 })
    assert.equal(
      driver.read(copies).map(({ value }) => value),
      ['a', 'b'],
    )
    assert.is(driver.store(totals).get('k'), 2n)
    const [letter, ...more] = driver.deadLetters(input)
    assert.equal(more, [])
    assert.is(String(letter?.value), 'poison')
    assert.is(letter?.headers['millrace.dlq.error.message'], 'boom')
    assert.is(letter?.headers['millrace.dlq.processor'], 'counter')
    assert.is(letter?.headers['millrace.dlq.offset'], '1')
    assert.equal(driver.deadLetters(), [])
  })

  test('what may heal is tried again, and each attempt begins anew', async () => {
    const failure = { retry: { attempts: 3, backoff: '1s', cap: '1s' }, then: 'dead-letter' }
    const fail = (_: string, attempt: number) => {
      if (attempt < 3) throw new RetriableError('PROCESS_FAILED' as never, 'not yet')
    }
    const driver = await testDriver(counter(fail, { failure }))
    await driver.pipe(input, 'k', 'a')
    assert.equal(driver.deadLetters(), [])
    assert.is(driver.store(totals).get('k'), 1n)
    assert.is(driver.read(copies).length, 1)
  })

  test('a policy that stops throws at the test', async () => {
    const fail = () => {
      throw new Error('boom')
    }
    const driver = await testDriver(counter(fail, { failure: { then: 'stop' } }))
    let message = ''
    await driver.pipe(input, 'k', 'a').catch(error => {
      message = error.message
    })
    assert.match(message, "record input/0 at offset 0 failed in 'counter' and its policy is to stop: boom.")
  })

  test('the synchronous form is for synchronous topologies', async () => {
    const synchronous = topology('app', t => {
      t.stream(input)
        .mapValues(value => value.toUpperCase())
        .to(copies)
    })
    const driver = await testDriver(synchronous)
    driver.pipeSync(input, 'k', 'a')
    assert.equal(driver.read(copies), [{ key: 'k', value: 'A', timestamp: 0 }])
    const other = await testDriver(counter())
    assert.throws(() => other.pipeSync(input, 'k', 'a'), /needs asynchronous work: await driver\.pipe/)
  })

  test('records are frozen: who changes one sees it fail', async () => {
    const driver = await testDriver(
      topology('app', t => {
        t.stream(orders)
          .peek(order => {
            order.total = 0
          })
          .to(changedOrders)
      }),
    )
    await driver.pipe(orders, 'k', { total: 7 })
    assert.equal(driver.read(changedOrders), [])
    assert.match(
      driver.deadLetters()[0]?.headers['millrace.dlq.error.message'] ?? '',
      /Cannot assign to read only property/,
    )
  })

  test('what a serde or a store cannot hold fails as it would in production', async () => {
    const wide = topic('wide', { key: string, value: string })
    const texts = keyValueStore('texts', { key: string, value: string })
    const driver = await testDriver(
      topology('app', t => {
        t.processor(
          processor({
            name: 'keeper',
            streams: [wide],
            stores: { texts },
            process: ({ key, value }, { stores }) => stores.texts.put(key, value),
          }),
        )
      }),
    )
    await driver.pipe(wide, 'k', 'nul \u0000 byte')
    assert.match(driver.deadLetters()[0]?.headers['millrace.dlq.error.message'] ?? '', /NUL/)
    assert.equal(driver.store(texts).all(), [])
  })

  test('topics of the topology are read again until nothing is left to do', async () => {
    const steps = topic('steps', { key: string, value: int64 })
    const driver = await testDriver(
      topology('app', t => {
        t.stream(steps)
          .filter(value => value > 0n)
          .mapValues(value => value - 1n)
          .to(steps)
      }),
    )
    await driver.pipe(steps, 'k', 3n)
    assert.equal(
      driver.read(steps).map(({ value }) => value),
      [2n, 1n, 0n],
    )
  })

  test('punctuators on stream time follow the records', async () => {
    const ticks = topic('ticks', { key: string, value: string })
    const driver = await testDriver(
      topology('app', t => {
        t.stream(input)
          .processValues({
            name: 'ticker',
            value: string,
            process: () => {},
            punctuations: [
              { name: 'tick', every: 10, on: 'stream-time', run: (time, { forward }) => forward('t', String(time)) },
            ],
          })
          .to(ticks)
      }),
    )
    for (const at of [0, 5, 12, 48]) await driver.pipe(input, 'k', 'x', { at })
    assert.equal(
      driver.read(ticks).map(({ value }) => value),
      ['0', '12', '48'],
    )
  })
})
