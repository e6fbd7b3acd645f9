import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { json } from '../../../schemas/json.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { nullable } from '../../../topology/definition/serdes/nullable.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import { type Topic, topic } from '../../../topology/definition/topic.ts'
import { type TopologyScope, topology } from '../../../topology/dsl/topology.ts'
import { type TestDriver, testDriver } from '../../../topology/testing/driver.ts'
import { suite } from '../../support/suite.ts'

type Text = string | null
const text = { key: nullable(string), value: nullable(string) }
const left = topic('left', text)
const right = topic('right', text)
const out = topic('out', text)

const declare = (build: (t: TopologyScope) => void) => topology('app', build)
const join = (one: Text, two: Text) => `${one}-${two}`

interface Event {
  readonly side: 'left' | 'right'
  readonly key: string
  readonly value: Text
  readonly at: number
}

const pipeAll = async (driver: TestDriver, events: readonly Event[]) => {
  for (const { side, key, value, at } of events) await driver.pipe(side === 'left' ? left : right, key, value, { at })
}

/** Streams in order of time, with values that tell them apart. */
const inOrder = fc
  .array(
    fc.record({
      side: fc.constantFrom('left' as const, 'right' as const),
      key: fc.constantFrom('a', 'b'),
      gap: fc.nat(7),
    }),
    { maxLength: 25 },
  )
  .map(drafts => {
    let at = 0
    return drafts.map(({ side, key, gap }, index): Event => {
      at += gap
      return { side, key, at, value: `${side.charAt(0)}${index}` }
    })
  })

/** Changes of two tables, with tombstones. */
const changes = fc
  .array(
    fc.record({
      side: fc.constantFrom('left' as const, 'right' as const),
      key: fc.constantFrom('a', 'b', 'c'),
      to: fc.constantFrom('a', 'b', 'c', undefined),
    }),
    { maxLength: 30 },
  )
  .map(drafts =>
    drafts.map(({ side, key, to }, index): Event => {
      const value = to === undefined ? null : side === 'left' ? `${to}:${index}` : `r${index}`
      return { side, key, at: index, value }
    }),
  )

/** The last value of each key; null for a deleted one. */
function last(driver: TestDriver, from: Topic<string, Text, Text> = out): Record<string, Text> {
  return Object.fromEntries(driver.read(from).map(({ key, value }) => [key, value]))
}

function tableOf(events: readonly Event[], side: Event['side']): Map<string, string> {
  const table = new Map<string, string>()
  for (const event of events) {
    if (event.side !== side) continue
    if (event.value === null) table.delete(event.key)
    else table.set(event.key, event.value)
  }
  return table
}

const live = (values: Record<string, Text>) =>
  Object.entries(values)
    .filter(([, value]) => value !== null)
    .sort()

suite('joins of streams', test => {
  const [before, after] = [3, 6]
  for (const kind of ['inner', 'left', 'outer'] as const) {
    test(`${kind}: every pair that is near enough, and who found none, once`, async () => {
      await fc.assert(
        fc.asyncProperty(inOrder, async events => {
          const driver = await testDriver(
            declare(t => {
              const options = { name: 'both', within: { before, after }, grace: 0 }
              const [one, two] = [t.stream(left), t.stream(right)]
              if (kind === 'inner') one.join(two, options, join).to(out)
              else if (kind === 'left') one.leftJoin(two, options, join).to(out)
              else one.outerJoin(two, options, join).to(out)
            }),
          )
          await pipeAll(driver, events)
          // Far-away records of both sides close every window, whichever side's the oldest is.
          await pipeAll(driver, [
            { side: 'left', key: 'end', value: 'x', at: 10_000 },
            { side: 'right', key: 'end', value: 'x', at: 20_000 },
            { side: 'left', key: 'end', value: 'x', at: 30_000 },
          ])
          const expected: string[] = []
          const [lefts, rights] = [
            events.filter(({ side }) => side === 'left'),
            events.filter(({ side }) => side === 'right'),
          ]
          const near = (l: Event, r: Event) => l.key === r.key && r.at >= l.at - before && r.at <= l.at + after
          for (const l of lefts) for (const r of rights) if (near(l, r)) expected.push(join(l.value, r.value))
          if (kind !== 'inner')
            for (const l of lefts) if (!rights.some(r => near(l, r))) expected.push(join(l.value, null))
          if (kind === 'outer')
            for (const r of rights) if (!lefts.some(l => near(l, r))) expected.push(join(null, r.value))
          const found = driver.read(out).filter(({ key }) => key !== 'end')
          assert.equal(found.map(({ value }) => value as string).sort(), expected.sort())
        }),
        { numRuns: 50, seed: 1 },
      )
    })
  }

  test('a window may begin after the record, and only what is in it is joined', async () => {
    const driver = await testDriver(
      declare(t => {
        const within = { before: -2, after: 6 }
        t.stream(left).leftJoin(t.stream(right), { name: 'both', within }, join).to(out)
      }),
    )
    await driver.pipe(left, 'k', 'a', { at: 100 })
    for (const at of [101, 102, 103]) await driver.pipe(right, 'k', `b${at}`, { at })
    await driver.pipe(left, 'k', 'late', { at: 97 })
    assert.equal(
      driver.read(out).map(({ value }) => value),
      ['a-b102', 'a-b103', 'late-b101', 'late-b102', 'late-b103'],
    )
  })

  test('a window that ends before it begins is refused', () => {
    const backwards = { name: 'both', within: { before: '-6s', after: '5s' } } as const
    assert.throws(
      () => declare(t => t.stream(left).join(t.stream(right), backwards, join).to(out)),
      (error: Error) =>
        error.message.includes("join 'both' looks from -6s before to 5s after, which ends before it begins"),
    )
  })

  test('a stream may be joined with itself', async () => {
    const driver = await testDriver(
      declare(t => t.stream(left).join(t.stream(left), { name: 'self', within: 5 }, join).to(out)),
    )
    await driver.pipe(left, 'k', 'a', { at: 0 })
    await driver.pipe(left, 'k', 'b', { at: 5 })
    assert.equal(
      driver
        .read(out)
        .map(({ value }) => value)
        .sort(),
      ['a-a', 'a-b', 'b-a', 'b-b'],
    )
  })
})

suite('joins of tables', test => {
  for (const kind of ['inner', 'left', 'outer'] as const) {
    test(`${kind}: the result is the join of the two tables as they are`, async () => {
      await fc.assert(
        fc.asyncProperty(changes, async events => {
          const driver = await testDriver(
            declare(t => {
              const [one, two] = [t.table(left, 'left-table'), t.table(right, 'right-table')]
              const options = { store: 'joined', value: string }
              if (kind === 'inner') one.join(two, join, options).toStream().to(out)
              else if (kind === 'left') one.leftJoin(two, join, options).toStream().to(out)
              else one.outerJoin(two, join, options).toStream().to(out)
            }),
          )
          await pipeAll(driver, events)
          const [lefts, rights] = [tableOf(events, 'left'), tableOf(events, 'right')]
          const expected: [string, string][] = []
          for (const key of ['a', 'b', 'c']) {
            const [l, r] = [lefts.get(key), rights.get(key)]
            const kept = kind === 'inner' ? l && r : kind === 'left' ? l : (l ?? r)
            if (kept !== undefined) expected.push([key, join(l ?? null, r ?? null)])
          }
          assert.equal(live(last(driver)), expected)
          const rows = driver.store('joined').all()
          assert.equal(
            rows.map(({ key, value }) => [key, value]),
            expected,
          )
        }),
        { numRuns: 50, seed: 1 },
      )
    })
  }

  for (const kind of ['inner', 'left'] as const) {
    for (const partitions of [1, 3]) {
      test(`${kind} on a foreign key: the result is the join as it is, over ${partitions} partitions`, async () => {
        await fc.assert(
          fc.asyncProperty(changes, async events => {
            const driver = await testDriver(
              declare(t => {
                const [one, two] = [t.table(left, 'left-table'), t.table(right, 'right-table')]
                const options = { name: 'foreign', on: (value: string) => value.charAt(0) }
                if (kind === 'inner') one.joinForeignKey(two, options, join).toStream().to(out)
                else one.leftJoinForeignKey(two, options, join).toStream().to(out)
              }),
              { partitions },
            )
            await pipeAll(driver, events)
            const [lefts, rights] = [tableOf(events, 'left'), tableOf(events, 'right')]
            const expected: [string, string][] = []
            for (const [key, value] of [...lefts].sort()) {
              const found = rights.get(value.charAt(0))
              if (found !== undefined || kind === 'left') expected.push([key, join(value, found ?? null)])
            }
            assert.equal(live(last(driver)), expected)
          }),
          { numRuns: 50, seed: 1 },
        )
      })
    }
  }

  test('a foreign-key join of either kind joins tables of any number of partitions, in sub-topologies of their own', () => {
    for (const kind of ['inner', 'left'] as const) {
      const [two, five] = [topic('two', { ...text, partitions: 2 }), topic('five', { ...text, partitions: 5 })]
      const definition = declare(t => {
        const [one, other] = [t.table(two, 'left-table'), t.table(five, 'right-table')]
        const options = { name: 'foreign', on: (value: string) => value }
        if (kind === 'inner') one.joinForeignKey(other, options, join).toStream().to(out)
        else one.leftJoinForeignKey(other, options, join).toStream().to(out)
      })
      assert.is(buildGraph(definition).subtopologies.length, 2, kind)
    }
  })

  test('a record of a join of streams that comes too late is counted, and handed to the late topic', async () => {
    const late = topic('late', text)
    const within = { within: 10, grace: 5 } as const
    const joined = (kind: 'inner' | 'left' | 'outer', options: { late?: typeof late }) =>
      testDriver(
        declare(t => {
          const [one, two] = [t.stream(left), t.stream(right)]
          const how = { name: 'near', ...within, ...options }
          if (kind === 'inner') one.join(two, how, join).to(out)
          else if (kind === 'left') one.leftJoin(two, how, join).to(out)
          else one.outerJoin(two, how, join).to(out)
        }),
      )
    const events: readonly Event[] = [
      { side: 'left', key: 'a', value: 'l1', at: 100 },
      { side: 'right', key: 'a', value: 'in-time', at: 85 },
      { side: 'right', key: 'a', value: 'late', at: 84 },
    ]
    const withTopic = await joined('inner', { late })
    await pipeAll(withTopic, events)
    assert.equal(withTopic.skipped, { late: 1 })
    assert.equal(
      withTopic.read(late).map(({ value }) => value),
      ['late'],
    )
    assert.equal(withTopic.read(out), [])
    const without = await joined('left', {})
    await pipeAll(without, events)
    assert.equal(without.skipped, { late: 1 }, 'the right side of a left join')
    const outer = await joined('outer', {})
    await pipeAll(outer, events)
    assert.equal(outer.skipped, {}, 'it goes on joined with null')
    assert.ok(outer.read(out).some(({ value }) => value === 'null-late'))
  })

  test('a foreign key of none: an inner join has no result, a left join one without a right value', async () => {
    for (const kind of ['inner', 'left'] as const) {
      const driver = await testDriver(
        declare(t => {
          const [one, two] = [t.table(left, 'left-table'), t.table(right, 'right-table')]
          const options = { name: 'foreign', on: (value: string) => (value === 'none' ? null : value) }
          if (kind === 'inner') one.joinForeignKey(two, options, join).toStream().to(out)
          else one.leftJoinForeignKey(two, options, join).toStream().to(out)
        }),
      )
      await driver.pipe(right, 'x', 'right')
      await driver.pipe(left, 'k', 'x')
      assert.equal(last(driver), { k: 'x-right' })
      await driver.pipe(left, 'k', 'none')
      assert.equal(last(driver), { k: kind === 'inner' ? null : 'none-null' })
      await driver.pipe(right, 'x', 'again')
      assert.equal(last(driver), {}, 'the old key is forgotten')
    }
  })

  test('an answer to a value that has changed meanwhile is left out', async () => {
    // JSON keeps the order of members, jsonb does not: the digest must be of what the value is.
    interface Value {
      readonly to?: string
      readonly n: number
    }
    const objects = topic('objects', { key: string, value: nullable(json<Value>()) })
    const driver = await testDriver(
      declare(t => {
        t.table(objects, 'objects')
          .joinForeignKey(
            t.table(right, 'right-table'),
            { name: 'f', on: ({ to }) => to ?? null },
            ({ n }, r) => `${n}${r}`,
          )
          .toStream()
          .to(out)
      }),
    )
    await driver.pipe(right, 'x', '!')
    await driver.pipe(objects, 'k', { n: 1, to: 'x' })
    await driver.pipe(objects, 'k', { to: 'x', n: 2 })
    assert.equal(
      driver.read(out).map(({ value }) => value),
      ['1!', '2!'],
    )
  })
})

suite('joins with tables', test => {
  test('a global table is looked up by any key, in every partition', async () => {
    const driver = await testDriver(
      declare(t => {
        const everywhere = t.globalTable(right, 'everywhere')
        t.stream(left)
          .leftJoinGlobal(everywhere, value => value, join)
          .to(out)
      }),
      { partitions: 4 },
    )
    await driver.pipe(right, 'x', 'found')
    for (const key of ['a', 'b', 'c']) await driver.pipe(left, key, 'x')
    await driver.pipe(right, 'x', null)
    await driver.pipe(left, 'd', 'x')
    const found = driver.read(out).map(({ key, value }) => [key, value])
    assert.equal(found, [
      ['a', 'x-found'],
      ['b', 'x-found'],
      ['c', 'x-found'],
      ['d', 'x-null'],
    ])
  })

  test('a versioned table gives each record the value of its own time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ side: fc.constantFrom('left' as const, 'right' as const), at: fc.nat(40), gone: fc.boolean() }),
          {
            maxLength: 30,
          },
        ),
        async drafts => {
          const history = 15
          const driver = await testDriver(
            declare(t => {
              const versions = t.table(right, 'versions', { history })
              t.stream(left).leftJoinTable(versions, join).to(out)
            }),
          )
          let seen = -1
          const versions = new Map<number, Text>()
          for (const [index, { side, at, gone }] of drafts.entries()) {
            const value = gone && side === 'right' ? null : `${side}${index}`
            await driver.pipe(side === 'left' ? left : right, 'k', value, { at })
            if (side === 'right') {
              if (at >= seen - history) versions.set(at, value)
              seen = Math.max(seen, at)
              continue
            }
            const newest = [...versions.keys()].filter(time => time <= at).sort((a, b) => b - a)[0]
            const expected = at < seen - history || newest === undefined ? null : (versions.get(newest) ?? null)
            assert.equal(
              driver.read(out).map(record => record.value),
              [join(value, expected)],
            )
          }
        },
      ),
      { numRuns: 50, seed: 1 },
    )
  })

  test('a buffer needs a table that remembers for as long as it waits', () => {
    const declared = (history: number | undefined) => () =>
      declare(t => {
        const table = history === undefined ? t.table(right, 'table') : t.table(right, 'table', { history })
        t.stream(left)
          .joinTable(table, join, { buffer: { name: 'held', grace: 20 } })
          .to(out)
      })
    assert.throws(declared(undefined), "buffer 'held' waits for table 'table', which keeps no history")
    assert.throws(declared(19), "buffer 'held' holds records for 20 ms, but table 'table' keeps 19 ms of history")
    assert.not.throws(declared(20))
  })

  test('a record without a key does not wait for its table: a left join joins it with null at once', async () => {
    const driver = await testDriver(
      declare(t => {
        const versions = t.table(right, 'versions', { history: 20 })
        t.stream(left)
          .leftJoinTable(versions, join, { buffer: { name: 'held', grace: 20 } })
          .to(out)
      }),
    )
    await driver.pipe(left, null, 'a', { at: 5 })
    assert.equal(driver.read(out), [{ key: null, value: 'a-null', timestamp: 5 }])
  })
})
