import { doublePrecision, jsonb, text, uuid as uuidColumn } from 'drizzle-orm/pg-core'
import * as assert from 'uvu/assert'
import * as z from 'zod'
import { avroOf } from '../../../schemas/avro/avro.ts'
import { json } from '../../../schemas/json.ts'
import { memoryRegistry } from '../../../schemas/registry/memory.ts'
import { memoryStorage } from '../../../store/memory-storage.ts'
import { tableStore } from '../../../store/table-store.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { type AnyProcessor, processor } from '../../../topology/definition/processor.ts'
import type { AvroSchema, Serde } from '../../../topology/definition/serde.ts'
import { nullable } from '../../../topology/definition/serdes/nullable.ts'
import {
  boolean,
  bytes,
  decimal,
  float64,
  int32,
  int64,
  string,
  timestampMs,
  uuid,
} from '../../../topology/definition/serdes/primitives.ts'
import type { KeyValueStore } from '../../../topology/definition/store.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import { sessionStore } from '../../../topology/definition/stores/session.ts'
import { versionedStore } from '../../../topology/definition/stores/versioned.ts'
import { windowStore } from '../../../topology/definition/stores/window.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { registerSchemas } from '../../../topology/runtime/register-schemas.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { testDriver } from '../../../topology/testing/driver.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'
import { suite } from '../../support/suite.ts'

const commands = topic('commands', { key: string, value: string, partitions: 1 })

const upper = '6BA7B810-9DAD-11D1-80B4-00C04FD430C8'
const lower = upper.toLowerCase()
const float01 = 0.10000000149011612

/** An Avro record with one field `x`. */
const avroX = (type: AvroSchema, more: object = {}): Serde<unknown> =>
  avroOf({ type: 'record', name: 'R', fields: [{ name: 'x', type, ...more }] })

const order: AvroSchema = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'price', type: 'float' },
    { name: 'note', type: ['null', 'string'], default: null },
    { name: 'seq', type: 'long', default: 9_007_199_254_740_993n },
    { name: 'lines', type: { type: 'array', items: avroX('float').schema as AvroSchema }, default: [] },
  ],
}

/** Each value as it is put, and as its bytes have it. */
const values: [name: string, serde: Serde<never>, put: unknown, read: unknown][] = [
  ['avro float', avroX('float') as Serde<never>, { x: 0.1 }, { x: float01 }],
  [
    'avro defaults and other fields',
    avroOf(order) as Serde<never>,
    { price: 0.1, lines: [{ x: 0.1, y: 1 }], other: 1 },
    { price: float01, note: null, seq: 9_007_199_254_740_993n, lines: [{ x: float01 }] },
  ],
  [
    'avro float in a map',
    avroX({ type: 'map', values: 'float' }) as Serde<never>,
    { x: { a: 0.1 } },
    { x: { a: float01 } },
  ],
  ['avro float in a union', avroX(['int', 'float']) as Serde<never>, { x: { float: 0.1 } }, { x: { float: float01 } }],
  ['avro int of -0', avroX('int') as Serde<never>, { x: -0 }, { x: 0 }],
  ['avro double of -0', avroX('double') as Serde<never>, { x: -0 }, { x: -0 }],
  ['avro time of -0', avroX({ type: 'long', logicalType: 'timestamp-millis' }) as Serde<never>, { x: -0 }, { x: 0 }],
  ['avro uuid', avroX({ type: 'string', logicalType: 'uuid' }) as Serde<never>, { x: upper }, { x: lower }],
  ['avro field of undefined', avroX(['null', 'int'], { default: null }) as Serde<never>, { x: undefined }, { x: null }],
  [
    'avro class instance',
    avroX('int') as Serde<never>,
    new (class Point {
      x = 1
    })(),
    { x: 1 },
  ],
  [
    'avro class instance for a map',
    avroX({ type: 'map', values: 'float' }) as Serde<never>,
    {
      x: new (class Rates {
        a = 0.1
      })(),
    },
    { x: { a: float01 } },
  ],
  [
    'avro list of a class',
    avroX({ type: 'array', items: 'int' }) as Serde<never>,
    { x: class List extends Array {}.of(1, 2) },
    { x: [1, 2] },
  ],
  [
    'avro getter',
    avroX('int') as Serde<never>,
    {
      get x() {
        return 7
      },
    },
    { x: 7 },
  ],
  ['json properties of an array', json<never>(), Object.assign([1], { y: 2 }), [1]],
  ['json by symbol', json<never>(), { x: 1, [Symbol('y')]: 2 }, { x: 1 }],
  ['json zod', json(z.object({ name: z.string().toLowerCase() })) as Serde<never>, { name: 'A', y: 1 }, { name: 'a' }],
  ['json -0', json<never>(), { x: -0 }, { x: 0 }],
  ['json field of undefined', json<never>(), { x: 1, y: undefined }, { x: 1 }],
  ['json object without a prototype', json<never>(), Object.assign(Object.create(null), { x: 1 }), { x: 1 }],
  ['json large integer', json<never>({ largeIntegers: 'bigint' }), { x: 2n ** 60n + 1n }, { x: 2n ** 60n + 1n }],
  ['uuid', uuid as Serde<never>, upper, lower],
  ['nullable uuid', nullable(uuid) as Serde<never>, upper, lower],
  ['int32 of -0', int32 as Serde<never>, -0, 0],
  ['timestamp of -0', timestampMs as Serde<never>, -0, 0],
  ['float64 of -0', float64 as Serde<never>, -0, -0],
  ['float64 of NaN', float64 as Serde<never>, Number.NaN, Number.NaN],
  ['bytes', bytes as Serde<never>, Uint8Array.of(1, 2), Buffer.from([1, 2])],
  ['int64', int64 as Serde<never>, -(2n ** 63n), -(2n ** 63n)],
  ['decimal', decimal as Serde<never>, -1n, -1n],
  ['boolean', boolean as Serde<never>, false, false],
  ['string', string as Serde<never>, '\ufffd\ud83d\ude00', '\ufffd\ud83d\ude00'],
]

const sparse: unknown[] = [1]
sparse[2] = 3

const later: Serde<string> = {
  ...string,
  name: 'later',
  bind: () => ({ encode: value => Buffer.from(value), decode: async bytes => String(bytes) }),
}

/** Values that no serde carries: they are refused when they are put. */
const refusals: [name: string, serde: Serde<never>, put: unknown][] = [
  ['json Date', json<never>(), { at: new Date(0) }],
  ['json Map', json<never>(), new Map([['a', 1]])],
  ['json Set', json<never>(), { s: new Set([1]) }],
  ['json undefined in an array', json<never>(), [undefined]],
  ['json number beyond 2^53', json<never>(), 2 ** 53],
  [
    'json class instance',
    json<never>(),
    new (class Point {
      x = 1
    })(),
  ],
  ['json NaN', json<never>(), { x: Number.NaN }],
  ['json bigint', json<never>(), { x: 1n }],
  ['json sparse array', json<never>(), sparse],
  ['json toJSON', json<never>(), { x: 1, toJSON: () => 2 }],
  ['json bytes', json<never>(), { x: Buffer.from('a') }],
  ['json zod without a field', json(z.object({ name: z.string().default('a') })) as Serde<never>, {}],
  ['avro map of a Map', avroX({ type: 'map', values: 'int' }) as Serde<never>, { x: new Map([['a', 1]]) }],
  ['avro map of a Date', avroX({ type: 'map', values: 'int' }) as Serde<never>, { x: new Date(0) }],
  ['avro map in a union of a Map', avroX(['null', { type: 'map', values: 'int' }]) as Serde<never>, { x: new Map() }],
  ['avro record of a Map', avroX('int', { default: 5 }) as Serde<never>, new Map([['x', 1]])],
  ['avro record of a Date', avroOf({ type: 'record', name: 'R', fields: [] }) as Serde<never>, new Date(0)],
  ['avro key with a lone surrogate', avroX({ type: 'map', values: 'int' }) as Serde<never>, { x: { '\ud800': 1 } }],
  ['avro sparse array', avroX({ type: 'array', items: ['null', 'int'] }) as Serde<never>, { x: sparse }],
  ['avro bytes of other bytes', avroX('bytes') as Serde<never>, { x: Uint8Array.of(1) }],
  ['bytes of an ArrayBuffer', bytes as Serde<never>, new ArrayBuffer(1)],
  ['a serde that decodes later', later as Serde<never>, 'a'],
  ['avro float beyond floats', avroX('float') as Serde<never>, { x: 1e39 }],
  ['avro field without a value', avroX('int') as Serde<never>, {}],
  ['avro union without a branch', avroX(['int', 'float']) as Serde<never>, { x: 1 }],
]

interface Row {
  readonly id: string
  readonly ref: string | null
  readonly rate: number
  readonly more: unknown
}

const rows = tableStore(
  'typed-rows',
  { id: uuidColumn().notNull(), ref: uuidColumn(), rate: doublePrecision().notNull(), more: jsonb().notNull() },
  { key: ['id'], value: json<Row>() },
)
const texts = tableStore(
  'typed-texts',
  { name: text().notNull(), price: doublePrecision().notNull() },
  {
    key: ['name'],
    value: avroOf<{ name: string; price: number }>({
      type: 'record',
      name: 'Text',
      fields: [
        { name: 'name', type: 'string' },
        { name: 'price', type: 'float' },
      ],
    }),
  },
)
const floats = avroX('float')
const windows = windowStore('windows', { key: uuid, value: floats, retention: '1h' })
const sessions = sessionStore('sessions', { key: uuid, value: floats, retention: '1h' })
const versions = versionedStore('versions', { key: uuid, value: floats, history: '1h' })
const jsonKeys = keyValueStore('json-keys', { key: json<unknown>(), value: string })
const avroKeys = keyValueStore('avro-keys', { key: floats, value: string })
const uuidKeys = keyValueStore('uuid-keys', { key: uuid, value: uuid })

const stores = Object.fromEntries(
  [...values, ...refusals].map(([, serde], index) => [
    `s${index}`,
    keyValueStore(`s${index}`, { key: string, value: serde }),
  ]),
)
const changed = keyValueStore('changed', { key: string, value: bytes })
const others = { changed, rows, texts, windows, sessions, versions, jsonKeys, avroKeys, uuidKeys }

type Reads = Record<string, unknown>

/** Puts everything at `put`, notes everything at `read`. */
function keeper(notes: Reads[], refused: string[], changes = true): AnyProcessor {
  return processor({
    name: 'keeper',
    streams: [commands],
    stores: { ...stores, ...others },
    async process({ value }, context) {
      const kept = context.stores as unknown as Record<string, KeyValueStore<string, unknown>>
      const other = context.stores
      if (value === 'put') {
        for (const [index, [, , put]] of values.entries()) kept[`s${index}`]?.put('k', put)
        for (const [index, [name, , put]] of refusals.entries()) {
          try {
            kept[`s${values.length + index}`]?.put('k', put)
          } catch (error) {
            refused.push(`${name} ${(error as { code: string }).code}`)
          }
        }
        const changing = Uint8Array.of(1, 2)
        other.changed.put('k', changing)
        changing[0] = 9
        const shared = { deep: { list: [1] }, zero: -0 }
        other.rows.put(upper, { id: upper, ref: upper, rate: -0, more: shared })
        // The test driver freezes what is put, so that such a change is found.
        if (changes) shared.deep.list.push(2)
        other.texts.put('a', { name: 'a', price: 0.1 })
        other.windows.put(upper, 0, { x: 0.1 })
        other.sessions.put({ key: upper, start: 0, end: 5 }, { x: 0.1 })
        await other.versions.put(upper, { x: 0.1 }, 0)
        other.jsonKeys.put({ b: -0, a: undefined }, 'v')
        other.avroKeys.put({ x: 0.1, y: 1 }, 'v')
        other.uuidKeys.put(upper, upper)
        return
      }
      const found: Reads = {}
      for (const [index, [name]] of values.entries()) found[name] = await kept[`s${index}`]?.get('k')
      found.changed = await other.changed.get('k')
      found.rows = [await other.rows.get(upper), await other.rows.all()]
      found.texts = [await other.texts.get('a'), await other.texts.all()]
      found.windows = [await other.windows.get(lower, 0), await other.windows.range(upper, 0, 1_000)]
      found.sessions = await other.sessions.touching(upper, 0, 1_000)
      found.versions = await other.versions.get(upper)
      found.jsonKeys = [await other.jsonKeys.get({ b: 0 }), await other.jsonKeys.all()]
      found.avroKeys = [await other.avroKeys.get({ x: 0.1 }), await other.avroKeys.all()]
      found.uuidKeys = [await other.uuidKeys.get(lower), await other.uuidKeys.all()]
      notes.push(found)
    },
  })
}

const row = { id: lower, ref: lower, rate: 0, more: { deep: { list: [1] }, zero: 0 } }
const timestamp = 1_000
const expected: Reads = {
  ...Object.fromEntries(values.map(([name, , , read]) => [name, read])),
  changed: Buffer.from([1, 2]),
  rows: [row, [{ key: lower, value: row, timestamp }]],
  texts: [{ name: 'a', price: float01 }, [{ key: 'a', value: { name: 'a', price: float01 }, timestamp }]],
  jsonKeys: ['v', [{ key: { b: 0 }, value: 'v', timestamp }]],
  avroKeys: ['v', [{ key: { x: float01 }, value: 'v', timestamp }]],
  uuidKeys: [lower, [{ key: lower, value: lower, timestamp }]],
  versions: { value: { x: float01 }, validFrom: 0 },
}

/** -0 is told from 0, and a Buffer from other bytes. */
function check(found: Reads | undefined, wanted: Reads, when: string): void {
  for (const [name, value] of Object.entries(wanted)) {
    assert.equal(found?.[name], value, `${name}, ${when}`)
    assert.is(signs(found?.[name]), signs(value), `${name}, ${when}`)
  }
}

function signs(value: unknown): string {
  if (Object.is(value, -0)) return '-0'
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return String(value)
  return `${Object.getPrototypeOf(value) === Object.prototype}{${Object.values(value).map(signs).join()}}`
}

suite('stores give back what their bytes say', test => {
  test('in the same run, after a restart, and restored from the changelogs', async () => {
    const notes: Reads[] = []
    const refused: string[] = []
    const clock = new VirtualClock({ seed: 1 })
    const broker = new MemoryBroker({ clock })
    const registry = memoryRegistry()
    const graph = buildGraph(topology('app', t => t.processor(keeper(notes, refused))))
    await registerSchemas(graph, registry)
    const write = async (value: string) => {
      const writer = await clock.resolve(broker.writer())
      const record = { topic: 'commands', partition: 0, timestamp, key: Buffer.from('k'), value: Buffer.from(value) }
      await clock.resolve(writer.send([{ ...record, headers: [] }]))
      await clock.advance(1_000)
    }
    let storage = memoryStorage({ clock })
    const start = async () => {
      const worker = new Worker({ graph, broker: broker.connect(), storage, registry, clock, createTopics: 'all' })
      await clock.resolve(worker.start())
      await clock.advance(500)
      return worker
    }

    const first = await start()
    await write('put')
    await write('read')
    await clock.resolve(first.stop())
    check(notes[0], expected, 'in the same run')
    assert.equal(
      refused.map(text => text.replace(/ [A-Z_]+$/, '')),
      refusals.map(([name]) => name),
    )

    const second = await start()
    await write('read')
    await clock.resolve(second.stop())
    check(notes[1], notes[0] as Reads, 'after a restart')

    storage = memoryStorage({ clock })
    const third = await start()
    await write('read')
    await clock.resolve(third.stop())
    check(notes[2], notes[0] as Reads, 'restored from the changelogs')
  })

  test('in the test driver', async () => {
    const notes: Reads[] = []
    const refused: string[] = []
    const driver = await testDriver(topology('app', t => t.processor(keeper(notes, refused, false))))
    await driver.pipe(commands, 'k', 'put', { at: timestamp })
    await driver.pipe(commands, 'k', 'read', { at: timestamp })
    assert.equal(driver.deadLetters(), [])
    check(notes[0], expected, 'in the driver')
    assert.is(refused.length, refusals.length)
  })
})

suite('topics give back what their bytes say', test => {
  const sources = values.map(([, serde], index) =>
    topic(`in-${index}`, { key: string, value: serde as Serde<unknown> }),
  )
  const sinks = values.map(([, serde], index) => topic(`out-${index}`, { key: string, value: serde as Serde<unknown> }))
  const copying = topology('app', t => {
    for (const [index, source] of sources.entries()) t.stream(source).to(sinks[index]!)
  })

  test('in the test driver, what is piped and what is sent', async () => {
    const driver = await testDriver(copying)
    for (const [index, [name, , put, read]] of values.entries()) {
      await driver.pipe(sources[index]!, 'k', put)
      check({ [name]: driver.read(sinks[index]!)[0]?.value }, { [name]: read }, 'read')
    }
  })
})
