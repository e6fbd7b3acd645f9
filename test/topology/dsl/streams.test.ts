import * as assert from 'uvu/assert'
import { TopologyError } from '../../../topology/definition/errors.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { processor } from '../../../topology/definition/processor.ts'
import { nullable } from '../../../topology/definition/serdes/nullable.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../topology/definition/topic.ts'
import type { Table } from '../../../topology/dsl/tables/table.ts'
import { type TopologyScope, topology } from '../../../topology/dsl/topology.ts'
import { session, tumbling } from '../../../topology/dsl/windows/windows.ts'
import { testDriver } from '../../../topology/testing/driver.ts'
import { suite } from '../../support/suite.ts'

const lines = topic('lines', { key: nullable(string), value: nullable(string) })
const words = topic('words', { key: nullable(string), value: nullable(string) })
const others = topic('others', { key: nullable(string), value: nullable(string) })
const counts = topic('counts', { key: nullable(string), value: nullable(int64) })

const declare = (build: (t: TopologyScope) => void) => topology('app', build)
const valuesOf = (records: readonly { readonly value: unknown }[]) => records.map(({ value }) => value)

suite('stateless operators', test => {
  test('a function that is async is refused where it is declared, unless it is awaited', () => {
    const later = async () => true
    const never = later as never
    const wrong: Readonly<Record<string, (t: TopologyScope) => void>> = {
      filter: t => t.stream(lines).filter(never),
      split: t => t.stream(lines).split({ one: never }),
      map: t => t.stream(lines).map(never),
      flatMap: t => t.stream(lines).flatMap(never),
      flatMapValues: t => t.stream(lines).flatMapValues(async function* () {} as never),
      selectKey: t => t.stream(lines).selectKey(never),
      toOneOf: t => t.stream(lines).toOneOf([words], never),
      groupBy: t =>
        t
          .stream(lines)
          .groupBy(never, { name: 'by', key: string, value: string as never })
          .count('n'),
      reduce: t => t.stream(lines).groupByKey().reduce('all', never),
      'windowed reduce': t => t.stream(lines).groupByKey().windowed(tumbling(5)).reduce('all', never),
      'session reduce': t => t.stream(lines).groupByKey().windowed(session(5)).reduce('all', never),
      merge: t =>
        t
          .stream(lines)
          .groupByKey()
          .windowed(session(5))
          .aggregate('all', { init: () => '', add: all => all, merge: never, value: string }),
      cogroup: t =>
        t
          .stream(lines)
          .groupByKey()
          .cogroup<string>(never)
          .aggregate('all', { init: () => '', value: string }),
      'windowed cogroup': t =>
        t
          .stream(lines)
          .groupByKey()
          .cogroup<string>(never)
          .windowed(tumbling(5))
          .aggregate('all', { init: () => '', value: string }),
      'table.groupBy': t =>
        t.table(lines, 'lines').groupBy(never, { name: 'by', key: string, value: string }).count('n'),
      subtract: t =>
        t
          .table(lines, 'lines')
          .groupBy(value => [value, value], { name: 'by', key: string, value: string })
          .reduce('all', { add: one => one, subtract: never }),
      'joinForeignKey on': t =>
        t.table(lines, 'lines').joinForeignKey(t.table(others, 'others'), { name: 'fk', on: never }, one => one),
      'joinGlobal key': t => t.stream(lines).joinGlobal(t.globalTable(others, 'all'), never, one => one),
      mapValues: t => t.stream(lines).mapValues(never),
      'table.filter': t => t.table(lines, 'lines').filter(never),
      join: t => t.table(lines, 'lines').join(t.table(others, 'others'), never),
      aggregate: t =>
        t
          .stream(lines)
          .groupByKey()
          .aggregate('all', { init: () => '', add: never, value: string }),
    }
    for (const [name, build] of Object.entries(wrong))
      assert.throws(() => declare(build), /is async, and its promise/, name)
    declare(t => t.stream(lines).peek(later))
  })

  test('an async extractor of event time and an async key of a repartition are refused; a promise of theirs fails the record', async () => {
    const later = topic('later', { key: string, value: string, timestamp: (async () => 1) as never })
    const by = async () => 'k'
    const refused = (build: (t: TopologyScope) => void) => {
      try {
        buildGraph(declare(build))
      } catch (error) {
        return (error as Error).message
      }
      return ''
    }
    assert.match(
      refused(t => t.stream(later).to(words)),
      /timestamp extractor of topic 'later' is async/,
    )
    const repartition = { name: 'again', from: lines, to: words }
    assert.match(
      refused(t => t.repartition({ ...repartition, by: by as never })),
      /'by' of repartition 'again' is async/,
    )
    const never = (() => Promise.reject(new Error('nobody waits'))) as never
    const timed = topic('timed', { key: nullable(string), value: nullable(string), timestamp: never })
    for (const [build, input] of [
      [(t: TopologyScope) => t.stream(timed).to(words), timed],
      [(t: TopologyScope) => t.repartition({ ...repartition, by: never }), lines],
    ] as const) {
      const driver = await testDriver(declare(build))
      await driver.pipe(input, 'k', 'v')
      assert.match(driver.deadLetters()[0]?.headers['millrace.dlq.error.message'] ?? '', /promise/)
    }
  })

  test('a promise within what a function gives fails its record', async () => {
    const promised = () => Promise.reject(new Error('nobody waits')) as never
    const wrong: Readonly<Record<string, (t: TopologyScope) => void>> = {
      'a value of map': t =>
        t
          .stream(lines)
          .map(() => ['k', promised()])
          .to(words as never),
      'a key of map': t =>
        t
          .stream(lines)
          .map(() => [promised(), 'v'])
          .to(words as never),
      'a value of flatMap': t =>
        t
          .stream(lines)
          .flatMap(() => [['k', promised()] as const])
          .to(words as never),
      'a value of flatMapValues': t =>
        t
          .stream(lines)
          .flatMapValues(() => [promised()])
          .to(words as never),
      'a value of groupBy': t =>
        t
          .table(lines, 'lines')
          .groupBy(() => ['k', promised()], { name: 'by', key: string, value: string })
          .count('n'),
    }
    for (const [name, build] of Object.entries(wrong)) {
      const driver = await testDriver(declare(build))
      await driver.pipe(lines, 'k', 'v')
      assert.match(driver.deadLetters()[0]?.headers['millrace.dlq.error.message'] ?? '', 'gave a promise', name)
    }
  })

  test('a function that gives a promise fails its record, in every operator', async () => {
    const never = (() => Promise.reject(new Error('nobody waits'))) as never
    const wrong: Readonly<Record<string, (t: TopologyScope) => void>> = {
      filter: t => t.stream(lines).filter(never).to(words),
      split: t => t.stream(lines).split({ one: never }).one.to(words),
      map: t =>
        t
          .stream(lines)
          .map(never)
          .to(words as never),
      'table.mapValues': t => t.table(lines, 'lines').mapValues<string>(never).toStream().to(words),
      joiner: t => t.stream(lines).leftJoinTable<string | null, string>(t.table(others, 'others'), never).to(words),
      aggregate: t =>
        t
          .stream(lines)
          .groupByKey()
          .aggregate('all', { init: () => '', add: never, value: string }),
      init: t =>
        t
          .stream(lines)
          .groupByKey()
          .aggregate('all', { init: never, add: all => all, value: string }),
    }
    for (const [name, build] of Object.entries(wrong)) {
      const driver = await testDriver(declare(build))
      await driver.pipe(lines, 'k', 'v')
      assert.match(driver.deadLetters()[0]?.headers['millrace.dlq.error.message'] ?? '', 'gave a promise', name)
    }
  })

  test('keys, values, times and headers go through', async () => {
    const driver = await testDriver(
      declare(t => {
        t.stream(lines)
          .map((value, key, record) => [`${key}!`, `${value}@${record.timestamp}`])
          .to(words)
      }),
    )
    const headers = [{ key: 'trace', value: Buffer.from('1') }]
    await driver.pipe(lines, 'k', 'v', { at: 7, headers })
    assert.equal(driver.read(words), [{ key: 'k!', value: 'v@7', timestamp: 7, headers }])
  })

  test('forEach ends a stream with a look, which is awaited', async () => {
    const seen: string[] = []
    const driver = await testDriver(
      declare(t =>
        t.stream(lines).forEach(async (value, key) => {
          await undefined
          seen.push(`${key}=${value}`)
        }),
      ),
    )
    await driver.pipe(lines, 'k', 'v')
    await driver.pipe(lines, null, null)
    assert.equal(seen, ['k=v', 'null=null'])
  })

  test('toStream(select) sets the keys, and what needs them is partitioned anew', async () => {
    const driver = await testDriver(
      declare(t => {
        const table = t.table(lines, 'lines')
        table.toStream((value, key) => `${key}/${value}`).to(words)
        table
          .toStream(value => value?.slice(0, 1) ?? 'none', { key: string })
          .groupByKey({ name: 'by-start', value: nullable(string) })
          .count('starts')
      }),
    )
    await driver.pipe(lines, 'k', 'vw')
    await driver.pipe(lines, 'l', 'vx')
    await driver.pipe(lines, 'k', null)
    assert.equal(
      driver.read(words).map(({ key, value }) => [key, value]),
      [
        ['k/vw', 'vw'],
        ['l/vx', 'vx'],
        ['k/null', null],
      ],
    )
    assert.is(await driver.store('starts').get('v'), 2n)
  })

  test('flatMap makes any number of records, in order', async () => {
    const driver = await testDriver(
      declare(t => {
        t.stream(lines)
          .flatMap(value => (value ?? '').split('').map(letter => [letter, letter.toUpperCase()] as const))
          .to(words)
      }),
    )
    await driver.pipe(lines, null, 'abc')
    await driver.pipe(lines, null, null)
    assert.equal(
      driver.read(words).map(({ key, value }) => `${key}${value}`),
      ['aA', 'bB', 'cC'],
    )
  })

  test('split sends each record to the first branch that takes it, else to the rest', async () => {
    const driver = await testDriver(
      declare(t => {
        const { long, capital, rest } = t.stream(lines).split({
          long: value => (value ?? '').length > 3,
          capital: value => /^[A-Z]/.test(value ?? ''),
        })
        long.mapValues(() => 'long').to(words)
        capital.mapValues(() => 'capital').to(words)
        rest.mapValues(() => 'rest').to(words)
      }),
    )
    for (const value of ['Long one', 'Ab', 'ab']) await driver.pipe(lines, 'k', value)
    assert.equal(valuesOf(driver.read(words)), ['long', 'capital', 'rest'])
  })

  test('a branch cannot be called rest', () => {
    assert.throws(
      () => declare(t => void t.stream(lines).split({ rest: () => true })),
      /is called 'rest', as the rest is/,
    )
  })

  test('through a topic, records go on as they are read from it', async () => {
    const driver = await testDriver(
      declare(t => {
        t.stream(lines)
          .through(others)
          .mapValues(value => `${value}!`)
          .to(words)
      }),
    )
    await driver.pipe(lines, 'k', 'a')
    await driver.pipe(others, 'k', 'b')
    assert.equal(valuesOf(driver.read(words)), ['a!', 'b!'])
    assert.equal(valuesOf(driver.read(others)), ['a'])
  })

  test('merge, peek, filterNot', async () => {
    const seen: string[] = []
    const driver = await testDriver(
      declare(t => {
        t.stream(lines)
          .merge(t.stream(others))
          .peek(value => seen.push(String(value)))
          .filterNot(value => value === 'b')
          .to(words)
      }),
    )
    await driver.pipe(lines, 'k', 'a')
    await driver.pipe(others, 'k', 'b')
    await driver.pipe(others, 'k', 'c')
    assert.equal(valuesOf(driver.read(words)), ['a', 'c'])
    assert.equal(seen, ['a', 'b', 'c'])
  })

  test('a dynamic sink chooses among declared topics', async () => {
    const driver = await testDriver(
      declare(t => {
        t.stream(lines).toOneOf([words, others], value => (value === 'a' ? words : others))
      }),
    )
    for (const value of ['a', 'b', 'c']) await driver.pipe(lines, 'k', value)
    assert.equal(valuesOf(driver.read(words)), ['a'])
    assert.equal(valuesOf(driver.read(others)), ['b', 'c'])
  })
})

suite('process in a chain', test => {
  test('it has stores, sends any number of records, and is called back', async () => {
    const seen = keyValueStore('seen', { key: string, value: int64 })
    const driver = await testDriver(
      declare(t => {
        t.stream(lines)
          .process({
            name: 'twice',
            key: string,
            value: string,
            stores: { seen },
            async process(value, key, { stores, forward }) {
              const times = ((await stores.seen.get(key ?? '')) ?? 0n) + 1n
              stores.seen.put(key ?? '', times)
              for (let n = 0n; n < times; n++) forward(`${key}${n}`, value ?? '')
            },
            punctuations: [
              {
                name: 'tick',
                every: '1s',
                on: 'wall-clock',
                run: (time, { forward }) => forward('tick', String(time)),
              },
            ],
          })
          .to(words)
      }),
    )
    await driver.pipe(lines, 'k', 'a', { at: 5 })
    await driver.pipe(lines, 'k', 'b', { at: 6 })
    assert.equal(
      driver.read(words).map(({ key, value, timestamp }) => [key, value, timestamp]),
      [
        ['k0', 'a', 5],
        ['k0', 'b', 6],
        ['k1', 'b', 6],
      ],
    )
    await driver.advanceWallClock('3s')
    assert.equal(valuesOf(driver.read(words)), ['3000'], 'one call after a gap')
    assert.is(driver.store(seen).get('k'), 2n)
  })

  test('processValues keeps the key, so nothing is partitioned anew', async () => {
    const definition = declare(t => {
      t.stream(lines)
        .processValues({
          name: 'shout',
          value: string,
          process: (value, key, { forward }) => forward(key, `${value}!`),
        })
        .groupByKey()
        .count('counts')
        .toStream()
        .to(counts)
    })
    assert.is(buildGraph(definition).subtopologies.length, 1)
    const driver = await testDriver(definition)
    await driver.pipe(lines, 'k', 'a')
    assert.equal(valuesOf(driver.read(counts)), [1n])
  })
})

suite('names of streams and tables', test => {
  const build = (more: boolean) =>
    buildGraph(
      declare(t => {
        const stream = more ? t.stream(lines).filter(value => value !== 'x') : t.stream(lines)
        const mapped = stream.mapValues(value => value, { value: nullable(string) })
        const counted = (more ? mapped.peek(() => {}) : mapped)
          .groupBy(value => value, { name: 'by-value', key: string })
          .count('value-counts')
        counted.toStream().to(counts)
        t.stream(others)
          .leftJoin(mapped, { name: 'both', within: '1s' }, one => one)
          .to(words)
      }),
    )
  const owned = (more: boolean) => {
    const graph = build(more)
    return {
      stores: [...graph.stores.keys()].sort(),
      topics: [...graph.topics.keys()].sort(),
      groups: graph.subtopologies.map(part => part.group).sort(),
    }
  }

  test('an operator without state renames nothing that owns data', () => {
    assert.equal(owned(true), owned(false))
  })

  test('data is named by the user alone', () => {
    assert.equal(owned(false), {
      stores: ['both-clock', 'both-left', 'both-left-unmatched', 'both-right', 'value-counts'],
      topics: ['app-by-value-repartition', 'counts', 'lines', 'others', 'words'],
      groups: ['app-by-value', 'app-lines'],
    })
  })

  test('what cannot be written says where its serde goes', () => {
    const message = (work: () => void) => {
      try {
        work()
      } catch (error) {
        return (error as Error).message
      }
      return undefined
    }
    const unknown = message(() =>
      declare(t => {
        t.stream(lines)
          .mapValues(value => ({ value }))
          .groupBy(value => value.value, { name: 'by-value', key: string })
          .aggregate('all', { init: () => '', add: (all, { value }) => all + value, value: string })
      }),
    )
    assert.is(
      unknown,
      "'by-value' must write the value that comes from 'streams/lines/map-values/select-key', whose serde is not known: state it where the value is made, as { value: <serde> }",
    )
    const unnamed = message(() =>
      declare(t => {
        const table = t.table(others, 'others')
        t.stream(lines)
          .selectKey(value => value, { key: string as never })
          .joinTable(table, one => one)
      }),
    )
    assert.match(unnamed ?? '', /must be partitioned by its new key.*give the operator \{ name: '\.\.\.' \}/)
    const unkept = message(() =>
      declare(t => {
        t.stream(lines).joinTable(t.table(others), one => one)
      }),
    )
    assert.match(unkept ?? '', /must look values of table 'tables\/others\/table' up, which has no store/)
    const versioned = (change: (table: Table<string, string | null>) => Table<string, string | null>) =>
      message(() =>
        declare(t => {
          change(t.table(others, 'others', { history: '1m' })).suppress({ name: 'held', every: '1s' })
        }),
      )
    const refused = /^'held' suppresses the versioned table '.+', whose out-of-order updates cannot be held back: /
    assert.match(versioned(table => table) ?? '', refused)
    assert.match(versioned(table => table.filter(value => value !== 'x')) ?? '', refused)
    assert.match(versioned(table => table.mapValues(value => value, { value: string })) ?? '', refused)
    assert.is(
      versioned(table => table.filter(value => value !== 'x', { store: 'kept' })),
      undefined,
    )
  })

  test('one mistake hides no other: all are told together, with the names of the operators and those of the graph', () => {
    const message = (work: () => void) => {
      try {
        work()
      } catch (error) {
        return (error as Error).message
      }
      return ''
    }
    const told = message(() =>
      declare(t => {
        const never = (async () => true) as never
        t.stream(lines)
          .filter(never)
          .mapValues(never)
          .to(words as never)
        t.stream(others).joinTable(t.table(words), one => one)
        t.table(others, 'others').suppress({ name: 'held', every: 'soon' as never })
        t.stream(lines)
          .map(value => [value, { value }])
          .groupByKey()
          .count('counted')
        t.processor(
          processor({
            name: 'bad name',
            streams: [lines],
            sinks: { out: topic('a/b', { key: string, value: string }) },
            process: () => undefined,
          }),
        )
      }),
    )
    const lacking = [
      /^topology 'app' has \d+ problems:/,
      /a function of 'streams\/lines\/filter' is async/,
      /a function of 'streams\/lines\/filter\/map-values' is async/,
      /must look values of table 'tables\/words\/table' up, which has no store/,
      /duration 'soon' is not valid/,
      /'counted-by-key' must write the key that comes from/,
      /topic name 'a\/b'/,
      /'bad name'/,
    ].filter(part => !part.test(told))
    assert.equal(lacking, [], told)
  })

  test('a declaration that is cut short tells what was collected, not what only follows from the cut', () => {
    const cut = (work: (t: TopologyScope) => void) => {
      try {
        declare(work)
      } catch (error) {
        return (error as Error).message
      }
      return ''
    }
    const told = cut(t => {
      t.stream(lines).filter((async () => true) as never)
      t.stream(others)
      throw new TopologyError('CONFIG_INVALID', 'no good')
    })
    assert.match(told, /^topology 'app' has 2 problems:/)
    assert.match(told, /is async/)
    assert.match(told, /no good/)
    assert.throws(
      () =>
        declare(() => {
          throw new Error('of the user')
        }),
      /^of the user$/,
    )
  })

  test('a sub-topology may have a name, which no new input changes', () => {
    const graph = buildGraph(
      declare(t => {
        t.stream(lines, { subtopology: 'counting' }).repartition({ name: 'again', subtopology: 'telling' }).to(words)
      }),
    )
    assert.equal(
      graph.subtopologies.map(part => part.group),
      ['app-counting', 'app-telling'],
    )
  })

  test('different partition counts of joined topics are refused, with the topic to repartition', () => {
    const wide = topic('wide', { key: nullable(string), value: nullable(string), partitions: 4 })
    const narrow = topic('narrow', { key: nullable(string), value: nullable(string), partitions: 2 })
    assert.throws(
      () =>
        buildGraph(
          declare(t =>
            t
              .stream(wide)
              .joinTable(t.table(narrow, 'narrow'), one => one)
              .to(words),
          ),
        ),
      /'narrow' has 2, 'wide' has 4\): repartition 'narrow' to 4/,
    )
  })
})
