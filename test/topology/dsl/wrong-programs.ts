/**
 * Programs that must not compile. `tsc` fails when a line below an `@ts-expect-error` has no error, so each of them proves
 * that the library's types refuse it. Nothing here runs.
 */

import { processor } from '../../../topology/definition/processor.ts'
import type { Serde } from '../../../topology/definition/serde.ts'
import { nullable } from '../../../topology/definition/serdes/nullable.ts'
import { boolean, int32, int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../topology/definition/topic.ts'
import type { TopologyScope } from '../../../topology/dsl/topology.ts'
import { windowed } from '../../../topology/dsl/windows/windowed.ts'
import { hopping, session, sliding, tumbling } from '../../../topology/dsl/windows/windows.ts'
import { testDriver } from '../../../topology/testing/driver.ts'

interface Order {
  readonly customer: string
  readonly total: bigint
}
interface Customer {
  readonly name: string
}
declare const order: Serde<Order>
declare const customer: Serde<Customer>

const lines = topic('lines', { key: string, value: string })
const counts = topic('counts', { key: string, value: int64 })
const orders = topic('orders', { key: string, value: order })
const customers = topic('customers', { key: string, value: customer })
const byNumber = topic('by-number', { key: int32, value: string })
const deletable = topic('deletable', { key: string, value: nullable(string) })
const keyless = topic('keyless', { key: nullable(string), value: string })
const bars = topic('bars', { key: windowed(string), value: int64 })
const total = keyValueStore('total', { key: string, value: int64 })

export function topics(): void {
  // @ts-expect-error a topic needs a serde for its values
  topic('broken', { key: string })
  // @ts-expect-error a serde is a value, not its name
  topic('broken', { key: 'string', value: string })
  // @ts-expect-error a count of partitions is a number
  topic('broken', { key: string, value: string, partitions: '3' })
}

export function stateless(t: TopologyScope): void {
  const stream = t.stream(lines)
  // @ts-expect-error the values are strings, which have no total
  stream.filter(line => line.total > 0n)
  // @ts-expect-error the key is a string, which cannot be multiplied
  stream.mapValues((_, key) => key * 2)
  // @ts-expect-error flatMapValues gives many values; a number is none of them
  stream.flatMapValues(line => line.length)
  // @ts-expect-error the value that map gives is a promise, which nobody awaits
  stream.map(line => ['key', Promise.resolve(line)])
  // @ts-expect-error the values that flatMapValues gives are promises, which nobody awaits
  stream.flatMapValues(line => [Promise.resolve(line)])
  // @ts-expect-error an async function gives no pair of key and value
  stream.map(async line => ['key', line])
  // @ts-expect-error map gives a pair of key and value
  stream.map(line => line)
  // @ts-expect-error the record has no field 'time'; it is 'timestamp'
  stream.peek((_line, _key, record) => record.time)
  // @ts-expect-error the serde of the new values must be one of numbers
  stream.mapValues((line): number => line.length, { value: string })
  // @ts-expect-error streams with other keys cannot be merged
  stream.merge(t.stream(byNumber))
  const { long } = stream.split({ long: line => line.length > 80 })
  long.peek(line => line.length)
  // @ts-expect-error there is no branch 'short'
  stream.split({ long: line => line.length > 80 }).short
}

export function sinks(t: TopologyScope): void {
  // @ts-expect-error the topic takes 64-bit integers, the stream holds strings
  t.stream(lines).to(counts)
  // @ts-expect-error the topic's keys are 32-bit integers
  t.stream(lines).to(byNumber)
  // @ts-expect-error the stream holds nulls, the topic does not take them
  t.stream(deletable).to(lines)
  // @ts-expect-error a deleted key gives a null, which the topic does not take
  t.table(deletable, 'table').toStream().to(lines)
  // @ts-expect-error the keys are windows, the topic takes strings
  t.stream(lines).groupByKey().windowed(tumbling('1m')).count('c').onClose().to(counts)
  // @ts-expect-error one of the topics takes other values
  t.stream(lines).toOneOf([lines, counts], () => lines)
  // @ts-expect-error a partitioner gives a number, not a text
  t.stream(lines).to(lines, { partitioner: () => '0' })
  // @ts-expect-error one of the topics holds bigints, the sink takes strings
  t.stream([lines, counts]).to(lines)
  // @ts-expect-error a header has a key and a value
  t.stream(lines).mapHeaders(() => ['origin'])
  // @ts-expect-error a failed record is dead-lettered or stops the worker
  t.stream(lines).onError({ then: 'ignore' })
  const sessions = t.stream(lines).groupByKey().windowed(session('1m')).count('c')
  // @ts-expect-error a merged session is taken back by a null, which the topic does not take
  sessions.toStream().to(bars)
  const filtered = t.table(lines, 'table').filter(line => line.length > 1)
  // @ts-expect-error a filtered table gives nulls for what fails the test
  filtered.toStream().to(lines)
}

export function grouping(t: TopologyScope): void {
  const stream = t.stream(orders)
  // @ts-expect-error a changed key goes through a repartition topic, which needs a name
  stream.groupBy(value => value.customer, { key: string })
  // @ts-expect-error the customer is a string, not a 32-bit integer
  stream.groupBy(value => value.customer, { name: 'by-customer', key: int32 })
  // @ts-expect-error a store needs a name
  stream.groupByKey().count()
  // @ts-expect-error reduce gives what it takes: orders
  stream.groupByKey().reduce('sum', (sum, value) => sum.total + value.total)
  stream.groupByKey().aggregate('sum', {
    // @ts-expect-error the aggregate is a bigint
    init: () => 0,
    add: (sum, value) => sum + value.total,
    value: int64,
  })
  stream.groupByKey().aggregate('sum', {
    init: () => 0n,
    // @ts-expect-error the order has no field 'amount'
    add: (sum, value) => sum + value.amount,
    value: int64,
  })
  // @ts-expect-error an aggregate must say how it is written
  stream.groupByKey().aggregate('sum', { init: () => 0n, add: (sum, value) => sum + value.total })
  // @ts-expect-error updates come 'each' or 'per-commit'
  stream.groupByKey().count('c', { updates: 'sometimes' })
  // @ts-expect-error a stream is grouped before it is counted
  stream.count('c')
}

export function windows(t: TopologyScope): void {
  const grouped = t.stream(lines).groupByKey()
  // @ts-expect-error a duration has a unit
  tumbling('5')
  // @ts-expect-error a hopping window has a size and an advance
  hopping('5m')
  // @ts-expect-error 'grace' is the option, not 'gracePeriod'
  sliding('5m', { gracePeriod: '1m' })
  // @ts-expect-error late records are lines, the topic takes orders
  grouped.windowed(tumbling('1m', { late: orders }))
  const together = grouped.cogroup((all: string, line) => all + line).cogroup(t.stream(orders).groupByKey(), all => all)
  // @ts-expect-error late records are lines or orders, the topic takes lines
  together.windowed(tumbling('1m', { late: lines }))
  // @ts-expect-error sessions that a record bridges must be merged
  together.windowed(session('1m')).aggregate('a', { init: () => '', value: string })
  const minutes = grouped.windowed(tumbling('1m')).count('c')
  // @ts-expect-error a window that is shown early is not shown once
  minutes.suppressUntilClose({ name: 's', limit: { keys: 9, then: 'emit-early' } })
  // @ts-expect-error sessions must say how two of them are merged
  grouped.windowed(session('1m')).aggregate('s', { init: () => '', add: (all, line) => all + line, value: string })
  // @ts-expect-error only windows close: a plain count has no end
  grouped.count('c').onClose()
  const windowedCounts = grouped.windowed(tumbling('1m')).count('c').toStream()
  // @ts-expect-error a window is an object with key, start and end
  windowedCounts.selectKey((_, window) => window.from)
}

export function joins(t: TopologyScope): void {
  const stream = t.stream(orders)
  const options = { name: 'join', within: '1m' } as const
  const take = (_: Order, found: Customer) => found.name
  // @ts-expect-error streams of other keys are not joined: select the key first
  stream.join(t.stream(byNumber), options, (_, right) => right)
  // @ts-expect-error a join of streams needs a name and how near they must be
  stream.join(t.stream(orders), { name: 'join' }, left => left)
  // @ts-expect-error in a left join the right value may be null
  stream.leftJoin(t.stream(customers), options, (_, right) => right.name)
  // @ts-expect-error in an outer join the left value may be null
  stream.outerJoin(t.stream(customers), options, left => left.total)
  // @ts-expect-error a stream is joined with a table by joinTable
  stream.join(t.table(customers, 'customers'), options, (_, right) => right.name)
  // @ts-expect-error the table's keys are 32-bit integers
  stream.joinTable(t.table(byNumber, 'numbers'), (_, right) => right)
  // @ts-expect-error in a left join the table's value may be null
  stream.leftJoinTable(t.table(customers, 'customers'), (_, right) => right.name)
  const everywhere = t.globalTable(customers, 'everywhere')
  // @ts-expect-error the key for the global table is a string
  stream.joinGlobal(everywhere, value => value.total, take)
  const table = t.table(orders, 'orders')
  const other = t.table(customers, 'c')
  // @ts-expect-error the foreign key is the customer's: a string
  table.joinForeignKey(other, { name: 'fk', on: value => value.total }, take)
  // @ts-expect-error a foreign-key join owns topics and a store, so it has a name
  table.joinForeignKey(other, { on: value => value.customer }, take)
  // @ts-expect-error a store that keeps mapped values needs their serde
  table.mapValues(value => value.total, { store: 'totals' })
  // @ts-expect-error a store that keeps a join's results needs their serde
  table.leftJoin(table, value => value.total, { store: 'joined' })
  // @ts-expect-error a store that keeps a foreign-key join's results needs their serde
  table.joinForeignKey(other, { name: 'f', on: value => value.customer, store: 'kept' }, value => value.total)
  const totals = table.mapValues(value => value.total)
  // @ts-expect-error a store that keeps filtered values needs the serde that mapValues was not told
  totals.filter(value => value > 0n, { store: 'large' })
  // @ts-expect-error a store that keeps what a filter leaves needs the serde that mapValues was not told
  totals.filterNot(value => value > 0n, { store: 'small' })
  // @ts-expect-error a filter after a filter knows no serde either
  totals.filter(value => value > 0n).filter(value => value > 0n, { store: 'larger' })
  // @ts-expect-error a suppression keeps the values that it holds back, and their serde is not known
  totals.suppress({ name: 'slow', every: '1m' })
  // @ts-expect-error a foreign-key join sends its left values, and their serde is not known
  totals.joinForeignKey(other, { name: 'fk', on: () => 'key' }, value => value)
  // @ts-expect-error a foreign-key join sends its right values, and their serde is not known
  table.joinForeignKey(totals, { name: 'fk', on: value => value.customer }, (_, right) => right)
  // @ts-expect-error the results of a join have no serde unless it is stated
  table.join(other, (_, right) => right.name).suppress({ name: 'slow', every: '1m' })
  // @ts-expect-error the results of a foreign-key join have no serde unless it is stated
  table.joinForeignKey(other, { name: 'f', on: o => o.customer }, (_, c) => c.name).filter(n => n, { store: 'named' })
  totals.filter(value => value > 0n)
  table.mapValues(value => value.total, { value: int64 }).filter(value => value > 0n, { store: 'large' })
  table.join(totals, (_, right) => right, { value: int64 }).suppress({ name: 'slow', every: '1m' })
  stream.joinTable(totals, (_, right) => right)
  // @ts-expect-error tables of other keys are not joined: use joinForeignKey
  table.join(t.table(byNumber, 'numbers'), (_, right) => right)
  const regrouped = table.groupBy(value => [value.customer, value.total], { name: 'g', key: string, value: int64 })
  // @ts-expect-error a table regrouped must say how it takes values out again
  regrouped.reduce('r', { add: (sum, value) => sum + value })
  // @ts-expect-error a table without tombstones is not filtered by what the value lacks
  table.filterNot(value => value.refunded)
}

export function operators(t: TopologyScope): void {
  t.stream(lines).process({
    name: 'lengths',
    key: string,
    value: int32,
    stores: { total },
    process(line, key, context) {
      // @ts-expect-error the operator makes 32-bit integers
      context.forward(key, line)
      // @ts-expect-error the store holds bigints
      context.stores.total.put(key, line.length)
      // @ts-expect-error there is no store 'totals'
      context.stores.totals
    },
  })
  t.processor(
    processor({
      name: 'p',
      streams: [lines, orders],
      sinks: { counts },
      process(record, { sinks }) {
        // @ts-expect-error the record may be a line: ask for its topic first
        record.value.total
        // @ts-expect-error the sink takes bigints
        sinks.counts.send('key', true)
        // @ts-expect-error there is no sink 'lines'
        sinks.lines.send('key', 'value')
      },
    }),
  )
}

export async function drivers(): Promise<void> {
  const driver = await testDriver({ kind: 'topology', name: 'x', topics: [], stores: [], nodes: [] })
  // @ts-expect-error the topic takes strings
  await driver.pipe(lines, 'key', 7)
  // @ts-expect-error keys of this topic are never null
  await driver.pipe(lines, null, 'value')
  await driver.pipe(keyless, null, 'value')
  // @ts-expect-error what is read of the topic are bigints
  driver.read(counts)[0]?.value.toUpperCase()
  // @ts-expect-error the store's values are bigints
  const wrong: string | undefined = driver.store(total).get('key')
  return void [wrong, boolean]
}

/** Functions whose result nobody would await. */
export function asynchronous(t: TopologyScope): void {
  const stream = t.stream(lines)
  const table = t.table(lines, 'lines')
  // @ts-expect-error a promise passes every filter of a stream
  stream.filter(async value => value === 'a')
  // @ts-expect-error a promise fails every filter that leaves out
  stream.filterNot(async value => value === 'a')
  // @ts-expect-error a promise is no value of a stream
  stream.mapValues(async value => value)
  // @ts-expect-error a promise is no key of a record
  stream.selectKey(async value => value)
  // @ts-expect-error a promise passes the test of every branch
  stream.split({ a: async (value: string) => value === 'a' })
  // @ts-expect-error a promise passes every filter of a table
  table.filter(async value => value === 'a')
  // @ts-expect-error a promise is no value of a table
  table.mapValues(async value => value)
  // @ts-expect-error a promise is no result of a join
  stream.joinTable(table, async (one, two) => one + two)
  // @ts-expect-error what may be a promise is refused as well
  stream.mapValues((value): string | Promise<string> => (value === 'a' ? value : Promise.resolve(value)))
  stream.peek(async () => {})
  stream.filter(value => value.match(/a/))
  stream.mapValues(value => JSON.parse(value))
}
