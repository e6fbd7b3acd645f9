import * as assert from 'uvu/assert'
import type { Header } from '../../../topology/definition/record.ts'
import { nullable } from '../../../topology/definition/serdes/nullable.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { type TopologyScope, topology } from '../../../topology/dsl/topology.ts'
import { tumbling } from '../../../topology/dsl/windows/windows.ts'
import { testDriver } from '../../../topology/testing/driver.ts'
import { suite } from '../../support/suite.ts'

const lines = topic('lines', { key: string, value: string })
const out = topic('out', { key: string, value: nullable(string) })
const counts = topic('counts', { key: string, value: int64 })

const given: readonly Header[] = [{ key: 'trace', value: Buffer.from('t1') }]
const shown = (headers: readonly Header[] = []) =>
  headers.map(({ key, value }) => `${key}=${value === null ? 'null' : Buffer.from(value).toString()}`)

/** The headers of what comes out for one record with the header `trace`. */
async function headersOf(declare: (t: TopologyScope) => void): Promise<readonly string[][]> {
  const driver = await testDriver(topology('app', declare))
  await driver.pipe(lines, 'k', 'v', { at: 5, headers: given })
  assert.equal(driver.deadLetters(), [])
  return driver.read(out).map(({ headers }) => shown(headers))
}

suite('headers in steps', test => {
  test('are read by every function, and set by mapHeaders: added, replaced, taken away; text is UTF-8, null stays null', async () => {
    const all = await headersOf(t => {
      const stream = t.stream(lines)
      stream.mapHeaders((value, key, { headers }) => [...headers, { key: 'of', value: `${key}${value}é` }]).to(out)
      stream.mapHeaders(() => [{ key: 'only', value: null }]).to(out)
      stream.mapHeaders(() => []).to(out)
      stream.filter((_, __, { headers }) => shown(headers).includes('trace=t1')).to(out)
    })
    assert.equal(all, [['trace=t1', 'of=kvé'], ['only=null'], [], ['trace=t1']])
  })

  test('go through a repartition, a store and a window with the record that set them', async () => {
    const driver = await testDriver(
      topology('app', t => {
        const tagged = t.stream(lines).mapHeaders(value => [{ key: 'of', value }])
        const counted = tagged.groupBy(() => 'all', { name: 'by-all', key: string }).count('n')
        counted.toStream().to(counts)
        const windows = tagged
          .groupByKey()
          .windowed(tumbling(10))
          .reduce('last', (_, value) => value)
        windows
          .suppressUntilClose({ name: 'held' })
          .toStream((_, { key }) => key)
          .to(out)
      }),
    )
    for (const [value, at] of [
      ['a', 1],
      ['b', 2],
      ['c', 30],
    ] as const)
      await driver.pipe(lines, 'k', value, { at })
    assert.equal(
      driver.read(counts).map(({ headers }) => shown(headers)),
      [['of=a'], ['of=b'], ['of=c']],
    )
    assert.equal(
      driver.read(out).map(({ value, headers }) => [value, shown(headers)]),
      [['b', ['of=b']]],
      'held back until the window closed: of the record shown, not of the one that closed it',
    )
  })

  test('process adds some to those of the record, and knows the place of its input', async () => {
    const driver = await testDriver(
      topology('app', t =>
        t
          .stream(lines)
          .flatMapValues(value => [value, value])
          .processValues<string>({
            name: 'place',
            value: string,
            process: (_, key, { forward, source }) =>
              forward(key, `${source?.topic} ${source?.partition} ${source?.offset}`, {
                headers: [{ key: 'own', value: null }],
              }),
          })
          .to(out),
      ),
    )
    await driver.pipe(lines, 'k', 'v', { at: 5 })
    await driver.pipe(lines, 'k', 'v', { at: 5, headers: given })
    assert.equal(
      driver.read(out).map(({ value, headers }) => [value, ...shown(headers)]),
      [
        ['lines 0 0', 'own=null'],
        ['lines 0 0', 'own=null'],
        ['lines 0 1', 'trace=t1', 'own=null'],
        ['lines 0 1', 'trace=t1', 'own=null'],
      ],
    )
  })

  test('that are none, and a promise of them, fail the record', async () => {
    for (const wrong of [[{ key: 1, value: 'x' }], [{ key: 'x', value: 1 }], [{ key: 'x' }], Promise.resolve([])]) {
      const driver = await testDriver(
        topology('app', t =>
          t
            .stream(lines)
            .mapHeaders(() => wrong as never)
            .to(out),
        ),
      )
      await driver.pipe(lines, 'k', 'v')
      assert.equal(driver.read(out), [])
      assert.is(driver.deadLetters()[0]?.headers['millrace.dlq.error.code'], 'PROCESS_FAILED')
    }
  })
})
