import * as assert from 'uvu/assert'
import type { FailurePolicy } from '../../../topology/definition/definition.ts'
import { RetriableError } from '../../../topology/definition/errors.ts'
import { nullable } from '../../../topology/definition/serdes/nullable.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { type TopologyScope, topology } from '../../../topology/dsl/topology.ts'
import { tumbling } from '../../../topology/dsl/windows/windows.ts'
import { testDriver } from '../../../topology/testing/driver.ts'
import { suite } from '../../support/suite.ts'

const lines = topic('lines', { key: string, value: nullable(string) })
const out = topic('out', { key: string, value: nullable(string) })
const counts = topic('counts', { key: string, value: int64 })
const stop: FailurePolicy = { then: 'stop' }
const fails = (): never => {
  throw new Error('cannot')
}

const stopped: Readonly<Record<string, (t: TopologyScope) => void>> = {
  'an operator without state': t => t.stream(lines).onError(stop).mapValues(fails).to(out),
  'the operators behind it': t =>
    t
      .stream(lines)
      .onError(stop)
      .peek(() => {})
      .selectKey(fails, { key: string })
      .to(out),
  'an aggregation': t => t.stream(lines).onError(stop).groupByKey().reduce('last', fails).toStream().to(out),
  'an aggregation behind a repartition': t =>
    void t
      .stream(lines)
      .onError(stop)
      .groupBy(value => value ?? '', { name: 'by', key: string })
      .aggregate('all', { init: fails, add: all => all, value: string }),
  'a window': t =>
    void t
      .stream(lines)
      .onError(stop)
      .groupByKey()
      .windowed(tumbling(5))
      .aggregate('all', { init: fails, add: all => all, value: string }),
  'a table': t => t.table(lines, 'kept').onError(stop).mapValues(fails).toStream().to(out),
  'a table that is read': t => t.table(lines, 'kept', { onError: stop }).mapValues(fails).toStream().to(out),
  'a join with a table': t => {
    const table = t.table(lines, 'kept')
    t.stream(lines).onError(stop).joinTable(table, fails).to(out)
  },
  'a sink': t => t.stream(lines).onError(stop).to(out, { partitioner: fails }),
  'a dynamic sink': t => t.stream(lines).onError(stop).toOneOf([out], fails),
  'code of process, by its own': t =>
    t.stream(lines).processValues<string>({ name: 'code', value: string, failure: stop, process: fails }).to(out),
  'code of transformValues, by its own': t =>
    t
      .table(lines, 'kept')
      .transformValues<string>({ name: 'code', value: string, failure: stop, transform: fails })
      .toStream()
      .to(out),
}

suite('failure policies of operators', test => {
  for (const [name, declare] of Object.entries(stopped))
    test(`stop the run where ${name} fails`, async () => {
      const driver = await testDriver(topology('app', declare))
      let error: unknown
      // The second record meets what the first has left.
      await driver.pipe(lines, 'k', 'v').catch(first => (error = first))
      if (error === undefined) await driver.pipe(lines, 'k', 'w').catch(second => (error = second))
      assert.is((error as { code?: string } | undefined)?.code, 'STOPPED_BY_POLICY')
    })

  test('hold up to the next one, and for their own branch alone', async () => {
    const driver = await testDriver(
      topology('app', t => {
        const strict = t.stream(lines).onError(stop)
        strict.onError({ then: 'dead-letter' }).mapValues(fails).to(out)
        t.stream(lines).filter(fails).to(out)
      }),
    )
    await driver.pipe(lines, 'k', 'v')
    assert.is(driver.deadLetters().length, 1)
  })

  test('may try again what may pass, also where user errors say so', async () => {
    for (const [retry, error] of [
      [{}, new RetriableError('STORE_UNAVAILABLE', 'busy')],
      [{ isRetriable: (each: unknown) => (each as Error).message === 'busy' }, new Error('busy')],
    ] as const) {
      let attempts = 0
      const policy = { retry: { attempts: 3, backoff: '10ms', cap: '1s' }, then: 'stop', ...retry } as const
      const driver = await testDriver(
        topology('app', t =>
          t
            .stream(lines)
            .onError(policy)
            .mapValues(value => {
              if (++attempts < 3) throw error
              return value
            })
            .to(out),
        ),
      )
      await driver.pipe(lines, 'k', 'v')
      assert.is(attempts, 3)
      assert.is(driver.read(out).length, 1)
    }
  })

  test('also hold for records that cannot be decoded', async () => {
    const driver = await testDriver(topology('app', t => t.stream(counts).onError(stop).to(counts)))
    const error = await driver.pipeBytes(counts, null, Uint8Array.of(1)).catch(each => each)
    assert.is(error?.code, 'STOPPED_BY_POLICY')
  })

  test('that cannot be followed are told once, with the place', () => {
    const retry = { attempts: 0, backoff: '1s', cap: '1s' } as const
    const wrong = () =>
      topology('app', t =>
        t
          .stream(lines)
          .onError({ retry, then: 'stop' })
          .peek(() => {})
          .to(out),
      )
    assert.throws(wrong, /^failure policy behind 'streams\/lines': 0 attempts cannot be made/)
  })
})
