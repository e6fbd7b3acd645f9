import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { nullable } from '../../../topology/definition/serdes/nullable.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { type TopologyScope, topology } from '../../../topology/dsl/topology.ts'
import { type Windowed, windowed } from '../../../topology/dsl/windows/windowed.ts'
import { hopping, session, sliding, tumbling } from '../../../topology/dsl/windows/windows.ts'
import { type TestDriver, testDriver } from '../../../topology/testing/driver.ts'
import { suite } from '../../support/suite.ts'

const source = topic('in', { key: string, value: string })
const late = topic('late', { key: string, value: string })
const counts = topic('counts', { key: windowed(string), value: nullable(int64) })
const texts = topic('texts', { key: windowed(string), value: nullable(string) })

const declare = (build: (t: TopologyScope) => void) => topology('app', build)
const named = ({ key, start, end }: Windowed<string>) => `${key}@${start}/${end}`

/** Records in any order: key, value and event time. */
const records = fc.array(fc.record({ key: fc.constantFrom('a', 'b'), at: fc.integer({ min: 0, max: 60 }) }), {
  minLength: 1,
  maxLength: 25,
})
/** A window store's rows by name, sorted. Shape: `[['a@0/10', 2n]]`. */
function windowsOf(driver: TestDriver, store: string): [string, bigint][] {
  const rows = driver.store(store).all() as unknown as readonly { key: Windowed<string>; value: bigint }[]
  return rows.map((row): [string, bigint] => [named(row.key), row.value]).sort()
}

/** So long that no record is late. */
const grace = 1_000

suite('windows', test => {
  test('sliding windows hold what a definition by all pairs says they hold', async () => {
    // KIP-450: for each record one window ends at it, and one begins right after it if a later record falls in; windows do
    // not begin before 0, so what is earlier than the difference shares [0, difference].
    const difference = 10
    await fc.assert(
      fc.asyncProperty(records, async input => {
        const driver = await testDriver(
          declare(t => {
            t.stream(source)
              .groupByKey()
              .windowed(sliding(difference, { grace }))
              .count('windows')
              .toStream()
              .to(counts)
          }),
        )
        for (const { key, at } of input) await driver.pipe(source, key, 'x', { at })
        const found = windowsOf(driver, 'windows')
        const expected = new Map<string, bigint>()
        for (const { key, at } of input) {
          const times = input.filter(other => other.key === key).map(other => other.at)
          for (const start of [Math.max(0, at - difference), at + 1]) {
            const inside = times.filter(time => time >= start && time <= start + difference).length
            if (inside > 0) expected.set(named({ key, start, end: start + difference }), BigInt(inside))
          }
        }
        assert.equal(new Map(found), new Map([...expected].sort()))
      }),
      { numRuns: 150, seed: 1 },
    )
  })

  test('hopping windows hold what lies in them', async () => {
    const [size, advance] = [12, 5]
    await fc.assert(
      fc.asyncProperty(records, async input => {
        const driver = await testDriver(
          declare(t => {
            t.stream(source)
              .groupByKey()
              .windowed(hopping(size, advance, { grace }))
              .count('windows')
              .toStream()
              .to(counts)
          }),
        )
        for (const { key, at } of input) await driver.pipe(source, key, 'x', { at })
        const found = windowsOf(driver, 'windows')
        const expected: [string, bigint][] = []
        for (const key of ['a', 'b'])
          for (let start = 0; start <= 60; start += advance) {
            const inside = input.filter(({ key: k, at }) => k === key && at >= start && at < start + size).length
            if (inside > 0) expected.push([named({ key, start, end: start + size }), BigInt(inside)])
          }
        assert.equal(new Map(found), new Map(expected.sort()))
      }),
      { numRuns: 100, seed: 1 },
    )
  })

  test('sessions are the records that are at most the gap apart, in whatever order they come', async () => {
    const gap = 6
    await fc.assert(
      fc.asyncProperty(records, async input => {
        const driver = await testDriver(
          declare(t => {
            t.stream(source).groupByKey().windowed(session(gap, { grace })).count('sessions').toStream().to(counts)
          }),
        )
        for (const { key, at } of input) await driver.pipe(source, key, 'x', { at })
        const found = windowsOf(driver, 'sessions')
        const expected: [string, bigint][] = []
        for (const key of ['a', 'b']) {
          const times = input.filter(other => other.key === key).map(other => other.at)
          times.sort((a, b) => a - b)
          let from = 0
          times.forEach((time, index) => {
            const next = times[index + 1]
            if (next !== undefined && next - time <= gap) return
            const start = times[from] as number
            expected.push([named({ key, start, end: time }), BigInt(index + 1 - from)])
            from = index + 1
          })
        }
        assert.equal(new Map(found), new Map(expected.sort()))
      }),
      { numRuns: 150, seed: 1 },
    )
  })

  test('every record is in a window, or in the late topic, and never in neither', async () => {
    await fc.assert(
      fc.asyncProperty(records, async input => {
        const driver = await testDriver(
          declare(t => {
            const windows = tumbling(10, { grace: 5, late })
            t.stream(source).groupByKey().windowed(windows).count('windows').onClose().to(counts)
          }),
        )
        for (const { key, at } of input) await driver.pipe(source, key, 'x', { at })
        await driver.pipe(source, 'end', 'x', { at: 10_000 })
        const counted = driver.read(counts).reduce((sum, { value }) => sum + Number(value), 0)
        const left = driver.read(late).length
        assert.is(counted + left, input.length)
        assert.is(driver.skipped.late ?? 0, left)
      }),
      { numRuns: 100, seed: 1 },
    )
  })

  test('a window is shown once when it closes: onClose, and suppressUntilClose, say the same', async () => {
    await fc.assert(
      fc.asyncProperty(records, async input => {
        const run = async (build: (t: TopologyScope) => void) => {
          const driver = await testDriver(declare(build))
          for (const { key, at } of input) await driver.pipe(source, key, 'x', { at })
          await driver.pipe(source, 'end', 'x', { at: 10_000 })
          return driver.read(counts).map(({ key, value }) => `${named(key)}=${value}`)
        }
        const windows = hopping(10, 5, { grace: 3 })
        const closed = await run(t => t.stream(source).groupByKey().windowed(windows).count('w').onClose().to(counts))
        const suppressed = await run(t => {
          const table = t.stream(source).groupByKey().windowed(windows).count('w')
          table.suppressUntilClose({ name: 'held' }).toStream().to(counts)
        })
        assert.equal(closed.sort(), suppressed.sort())
        assert.is(new Set(closed).size, closed.length)
      }),
      { numRuns: 60, seed: 1 },
    )
  })

  test('a session that is merged at the very end of its grace is not handed on beside the one it has become', async () => {
    const driver = await testDriver(
      declare(t => {
        t.stream(source).groupByKey().windowed(session(10, { late })).count('sessions').onClose().to(counts)
      }),
    )
    // The session 20..20 closes after 30. Kafka Streams merges it then, but sends no tombstone for it.
    await driver.pipe(source, 'a', 'x', { at: 20 })
    await driver.pipe(source, 'b', 'x', { at: 30 })
    await driver.pipe(source, 'a', 'x', { at: 10 })
    await driver.pipe(source, 'end', 'x', { at: 1_000 })
    const shown = driver.read(counts).map(({ key, value }) => `${named(key)}=${value}`)
    assert.equal(shown.sort(), [
      `${named({ key: 'a', start: 10, end: 20 })}=2`,
      `${named({ key: 'b', start: 30, end: 30 })}=1`,
    ])
    assert.equal(driver.read(late), [])
  })

  test('windows of a cogroup close by the time of each input, or by that of all where they are shown when they close', async () => {
    const other = topic('other', { key: string, value: string })
    const both = (t: TopologyScope) =>
      t
        .stream(source)
        .groupByKey()
        .cogroup((sum: bigint) => sum + 1n)
        .cogroup(t.stream(other).groupByKey(), sum => sum + 100n)
        .windowed(tumbling(10, { late }))
        .aggregate('w', { init: () => 0n, value: int64 })
    const run = async (build: (t: TopologyScope) => void) => {
      const driver = await testDriver(declare(build))
      await driver.pipe(source, 'a', 'x', { at: 5 })
      await driver.pipe(source, 'a', 'x', { at: 25 })
      await driver.pipe(other, 'a', 'x', { at: 6 })
      await driver.pipe(source, 'a', 'x', { at: 7 })
      return {
        shown: driver.read(counts).map(({ key, value }) => `${named(key)}=${value}`),
        late: driver.read(late).map(({ timestamp }) => timestamp),
      }
    }
    const [early, middle] = [named({ key: 'a', start: 0, end: 10 }), named({ key: 'a', start: 20, end: 30 })]
    assert.equal(await run(t => both(t).toStream().to(counts)), {
      shown: [`${early}=1`, `${middle}=1`, `${early}=101`],
      late: [7],
    })
    assert.equal(await run(t => both(t).onClose().to(counts)), { shown: [`${early}=1`], late: [6, 7] })
  })

  test('a suppression that is full stops the worker, and does not lose the record', async () => {
    const driver = await testDriver(
      declare(t => {
        const windows = t.stream(source).groupByKey().windowed(tumbling(10)).count('w')
        windows
          .suppressUntilClose({ name: 'held', limit: { keys: 2, then: 'stop' } })
          .toStream()
          .to(counts)
      }),
    )
    await driver.pipe(source, 'a', 'x', { at: 1 })
    await driver.pipe(source, 'b', 'x', { at: 2 })
    const stopped = await driver.pipe(source, 'c', 'x', { at: 3 }).catch((error: Error) => error)
    assert.match(String(stopped), "more than 2 keys wait to be shown, in 'held'")
    assert.equal(driver.deadLetters(), [])
  })

  test('an idle wall clock closes tumbling and sliding windows', async () => {
    for (const windows of [sliding(10, { grace }), tumbling(10, { grace })]) {
      const driver = await testDriver(
        declare(t => {
          t.stream(source).groupByKey().windowed(windows).count('w').onClose({ idle: '1s' }).to(counts)
        }),
      )
      await driver.pipe(source, 'a', 'x', { at: 12 })
      await driver.advanceWallClock(999)
      assert.is(driver.read(counts).length, 0)
      await driver.pipe(source, 'a', 'x', { at: 13 })
      const open = driver.store('w').all().length
      await driver.advanceWallClock(1)
      assert.is(driver.read(counts).length, 0, 'a record has come meanwhile')
      await driver.advanceWallClock(1_000)
      assert.is(driver.read(counts).length, open)
      assert.equal(driver.store('w-open').all(), [])
    }
  })

  test('windows advance by no more than their size, and are kept as long as they take records', () => {
    assert.throws(() => hopping(10, 11), /advance by no more than the size/)
    assert.throws(() => tumbling(0), /the size of a window is 0/)
    assert.throws(() => tumbling(10, { grace: 5, retention: 14 }), /keep them at least so long/)
    assert.is(tumbling(10, { grace: 5, retention: 15 }).retentionMs, 15)
  })

  test('reduce in windows combines their values', async () => {
    const driver = await testDriver(
      declare(t => {
        t.stream(source)
          .groupByKey()
          .windowed(tumbling(10))
          .reduce('all', (one, two) => one + two)
          .toStream()
          .to(texts)
      }),
    )
    for (const value of ['a', 'b']) await driver.pipe(source, 'k', value, { at: 3 })
    assert.equal(
      driver.read(texts).map(({ value }) => value),
      ['a', 'ab'],
    )
  })
})
