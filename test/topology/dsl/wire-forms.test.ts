import * as assert from 'uvu/assert'
import type { Codec, Serde } from '../../../topology/definition/serde.ts'
import { nullable } from '../../../topology/definition/serdes/nullable.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import type { AnyStore } from '../../../topology/definition/store.ts'
import { type AnyTopic, topic } from '../../../topology/definition/topic.ts'
import { type TopologyScope, topology } from '../../../topology/dsl/topology.ts'
import { session, tumbling } from '../../../topology/dsl/windows/windows.ts'
import { suite } from '../../support/suite.ts'

const orders = topic('orders', { key: string, value: nullable(string) })
const customers = topic('customers', { key: string, value: nullable(string) })

function storeOf(name: string, build: (t: TopologyScope) => void): AnyStore {
  return topology('app', build).stores.find(store => store.name === name)!
}

function topicOf(name: string, build: (t: TopologyScope) => void): AnyTopic {
  return topology('app', build).topics.find(topic => topic.name === name)!
}

/** Writes the value, reads what was written, and checks both. `wire` is hex, with blanks between the parts. */
function writes(serde: Serde<unknown>, value: unknown, wire: string, read: unknown = value): void {
  const codec = serde.bind({ topic: 'internal', part: 'value' }) as Codec<unknown>
  const bytes = codec.encode(value)
  assert.is(Buffer.from(bytes!).toString('hex'), wire.replaceAll(' ', ''))
  assert.equal(codec.decode(bytes), read)
}

const ascii = (text: string) => Buffer.from(text, 'ascii').toString('hex')

// A tuple is its parts, each after its length in four bytes; a time is eight bytes; an optional value is a byte 0, or a byte
// 1 and the value. 1,700,000,000,000 ms are 0x18bcfe56800.
suite('wire forms of what operators keep and send', test => {
  test('a count', () => {
    const counts = storeOf('counts', t => t.stream(orders).groupByKey().count('counts'))
    writes(counts.keySerde, 'k', '6b')
    writes(counts.valueSerde, 258n, '0000000000000102')
    writes(counts.valueSerde, -1n, 'ffffffffffffffff')
  })

  test('the clock of a window', () => {
    const clock = storeOf('bars-clock', t => t.stream(orders).groupByKey().windowed(tumbling('1m')).count('bars'))
    writes(clock.keySerde, 'stream-time', ascii('stream-time'))
    writes(clock.valueSerde, 1_700_000_000_000, '0000018bcfe56800')
    writes(clock.valueSerde, -1, 'ffffffffffffffff')
  })

  test('a window: key, start, end', () => {
    const bars = storeOf('bars', t => t.stream(orders).groupByKey().windowed(tumbling('1m')).count('bars'))
    writes(
      bars.keySerde,
      { key: 'k', start: 0, end: 60_000 },
      '00000001 6b  00000008 0000000000000000  00000008 000000000000ea60',
    )
  })

  test('a session: key, end, start', () => {
    const visits = storeOf('visits', t => t.stream(orders).groupByKey().windowed(session('1m')).count('visits'))
    writes(
      visits.keySerde,
      { key: 'k', start: 1, end: 60_000 },
      '00000001 6b  00000008 000000000000ea60  00000008 0000000000000001',
    )
  })

  test('a change of a table under another key: new value, old value, whether it is the latest', () => {
    const { value } = topicOf('app-by-value-repartition', t =>
      t
        .table(orders, 'orders-table')
        .groupBy((value, key) => [value, key], { name: 'by-value', key: string, value: string })
        .count('counts'),
    )
    writes(value, { newValue: 'b', oldValue: null, latest: true }, '00000002 01 62  00000001 00  00000001 01')
    writes(value, { newValue: null, oldValue: '', latest: false }, '00000001 00  00000001 01  00000001 00')
  })

  const joined = (t: TopologyScope) => {
    const right = t.table(customers, 'customers-table')
    t.table(orders, 'orders-table').joinForeignKey(right, { name: 'owned', on: customer => customer }, (a, b) => [a, b])
  }

  test('a subscription of a foreign-key join: primary key, digest, instruction, partition', () => {
    writes(
      topicOf('app-owned-subscription-repartition', joined).value,
      { primaryKey: 'o', digest: '9f86d081884c7d65', instruction: 'answer', partition: 2 },
      `00000001 6f  00000010 ${ascii('9f86d081884c7d65')}  00000006 ${ascii('answer')}  00000008 0000000000000002`,
    )
  })

  test('and what is kept of it: by foreign and primary key, digest and partition', () => {
    const kept = storeOf('owned-subscriptions', joined)
    writes(kept.keySerde, { foreignKey: 'c', primaryKey: 'o' }, '00000001 63  00000001 6f')
    writes(
      kept.valueSerde,
      { digest: '9f86d081884c7d65', partition: 2 },
      `00000010 ${ascii('9f86d081884c7d65')}  00000008 0000000000000002`,
    )
  })

  test('a response of a foreign-key join: digest, the value or nothing, partition', () => {
    const { value } = topicOf('app-owned-response-repartition', joined)
    writes(value, { digest: '', value: 'Ann', partition: 2 }, '00000000  00000004 01 416e6e  00000008 0000000000000002')
    writes(value, { digest: '', value: null, partition: 2 }, '00000000  00000001 00  00000008 0000000000000002')
  })

  const met = (t: TopologyScope) => {
    t.stream(orders).leftJoin(t.stream(customers), { name: 'met', within: '1m' }, (a, b) => [a, b])
  }

  test('a record that may be joined: key, time, number; its value, and whether it waits', () => {
    const left = storeOf('met-left', met)
    writes(
      left.keySerde,
      { key: 'k', time: 1_700_000_000_000, number: 1 },
      '00000001 6b  00000008 0000018bcfe56800  00000008 0000000000000001',
    )
    writes(left.valueSerde, { value: 'v', unmatched: true }, '00000001 76  00000001 01')
    writes(left.valueSerde, { value: 'v', unmatched: false }, '00000001 76  00000001 00')
  })

  test('a record without a match: time, key, number', () => {
    writes(
      storeOf('met-left-unmatched', met).keySerde,
      { key: 'k', time: 1_700_000_000_000, number: 1 },
      '00000008 0000018bcfe56800  00000001 6b  00000008 0000000000000001',
    )
  })

  test('a record that waits for a versioned table: its value, its headers', () => {
    const held = storeOf('waiting', t =>
      t.stream(orders).joinTable(t.table(orders, 'orders-table', { history: '1m' }), (a, b) => [a, b], {
        buffer: { name: 'waiting', grace: '1s' },
      }),
    )
    const headers = [{ key: 'h', value: Uint8Array.of(0x78) }]
    writes(held.valueSerde, { value: 'v', headers }, '00000001 76  0000000a 00000001 68 00000001 78')
  })

  test('an update that is held back: since when and its key; what it will show, what that replaced, what it showed, its headers', () => {
    const held = storeOf('quiet', t => t.table(orders, 'orders-table').suppress({ name: 'quiet', every: '1m' }))
    writes(held.keySerde, { since: 1, key: 'k' }, '00000008 0000000000000001  00000001 6b')
    const headers = [
      { key: 'h', value: Uint8Array.of(0x78) },
      { key: 'n', value: null },
    ]
    const written = '00000001 68 00000001 78  00000001 6e ffffffff'
    writes(
      held.valueSerde,
      { newValue: 'v', oldValue: 'u', shown: null, headers: [] },
      '00000002 01 76  00000002 01 75  00000001 00  00000000',
    )
    writes(
      held.valueSerde,
      { newValue: 'v', oldValue: null, shown: null, headers },
      `00000002 01 76  00000001 00  00000001 00  00000013 ${written}`,
    )
  })

  test('a value of which only the presence counts', () => {
    const { value } = topicOf('app-words-repartition', t =>
      t
        .stream(orders)
        .map(value => ['word', { value }], { key: string })
        .groupByKey({ name: 'words' })
        .count('counts'),
    )
    writes(value, { any: 'thing' }, '01', true)
    const codec = value.bind({ topic: 'internal', part: 'value' }) as Codec<unknown>
    assert.is(codec.encode(null), null)
    assert.is(codec.decode(null), null)
  })
})
