import { inspect } from 'node:util'
import * as assert from 'uvu/assert'
import { avroOf } from '../../schemas/avro/avro.ts'
import { json } from '../../schemas/json.ts'
import { memoryRegistry } from '../../schemas/registry/memory.ts'
import { processor } from '../../topology/definition/processor.ts'
import type { Serde } from '../../topology/definition/serde.ts'
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
} from '../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../topology/definition/stores/key-value.ts'
import { sessionStore } from '../../topology/definition/stores/session.ts'
import { windowStore } from '../../topology/definition/stores/window.ts'
import { topic } from '../../topology/definition/topic.ts'
import { topology } from '../../topology/dsl/topology.ts'
import { run } from '../../topology/index.ts'
import { MemoryBroker } from '../../topology/testing/memory-broker.ts'

const reading = avroOf<Record<string, unknown>>({
  type: 'record',
  name: 'Reading',
  fields: [
    { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 20, scale: 4 } },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'exactly', type: { type: 'long', logicalType: 'timestamp-micros' } },
    { name: 'day', type: { type: 'int', logicalType: 'date' } },
    { name: 'id', type: { type: 'string', logicalType: 'uuid' } },
    { name: 'share', type: 'float' },
    { name: 'note', type: ['null', 'string'], default: null },
    { name: 'tags', type: { type: 'map', values: { type: 'array', items: 'long' } } },
  ],
})

/** Values that a serde or a column could change on the way, by serde. */
const values: Readonly<Record<string, readonly [Serde<never>, unknown]>> = {
  string: [string as Serde<never>, 'né\u0001 €'],
  int32: [int32 as Serde<never>, -(2 ** 31)],
  int64: [int64 as Serde<never>, 2n ** 63n - 1n],
  float64: [float64 as Serde<never>, 0.1 + 0.2],
  boolean: [boolean as Serde<never>, false],
  bytes: [bytes as Serde<never>, Uint8Array.of(0, 255)],
  uuid: [uuid as Serde<never>, 'ABCDEF00-1234-4ABC-8ABC-0123456789AB'],
  decimal: [decimal as Serde<never>, -123_456_789_012_345_678_901n],
  time: [timestampMs as Serde<never>, 1_700_000_000_123],
  json: [json<unknown>() as Serde<never>, { a: [1.5, null, { b: 'c' }], large: 2 ** 53 - 1 }],
  avro: [
    reading as Serde<never>,
    {
      price: 123_456n,
      at: 1_700_000_000_123,
      exactly: 1_700_000_000_123_456n,
      day: 19_000,
      id: 'ABCDEF00-1234-4ABC-8ABC-0123456789AB',
      share: 0.1,
      note: null,
      tags: { a: [1n, 2n ** 62n] },
    },
  ],
}

const stores = Object.fromEntries(
  Object.entries(values).flatMap(([name, [value]]) => [
    [name, keyValueStore(`${name}-rows`, { key: string, value })],
    [`${name}-windows`, windowStore(`${name}-windows`, { key: string, value, retention: '1d' })],
    [`${name}-sessions`, sessionStore(`${name}-sessions`, { key: string, value, retention: '1d' })],
  ]),
)
const orders = topic('orders', { key: string, value: string, partitions: 1 })
const said = topic('said', { key: string, value: string, partitions: 1 })

const session = { key: 'k', start: 60_005, end: 60_009 }
const keeper = processor({
  name: 'keeper',
  streams: [orders],
  stores,
  sinks: { said },
  async process({ key, value }, { stores: all, sinks }) {
    const faces = all as unknown as Record<string, Record<string, (...parameters: unknown[]) => Promise<unknown>>>
    const found: Record<string, unknown> = {}
    for (const [name, [, kept]] of Object.entries(values)) {
      if (value === 'put') {
        faces[name]!.put!('k', kept)
        faces[`${name}-windows`]!.put!('k', 60_000, kept)
        faces[`${name}-sessions`]!.put!(session, kept)
      }
      found[name] = await faces[name]!.get!('k')
      found[`${name}-windows`] = await faces[`${name}-windows`]!.get!('k', 60_000)
      found[`${name}-sessions`] = await faces[`${name}-sessions`]!.get!(session)
    }
    sinks.said.send(key, inspect(found, { depth: null, sorted: true }))
  },
})

/** The values of every serde in stores of every kind, as one run after another finds them. Only the changelogs outlive a run. */
export interface KeptValues {
  /** Starts the topology on that Postgres, sends it one order (`put` or `ask`), stops it, and returns what it found. */
  run(order: 'put' | 'ask', postgres: string): Promise<string>
  close(): Promise<void>
}

/** Opens a broker and a registry in memory for runs of the topology. */
export async function keptValues(): Promise<KeptValues> {
  const [kafka, registry] = [new MemoryBroker(), memoryRegistry()]
  const definition = topology('kept', t => t.processor(keeper))
  const writer = await kafka.writer()
  const reader = kafka.reader({ isolation: 'read_committed' })
  reader.seek({ topic: 'said', partition: 0 }, 0)
  return {
    async run(order, postgres) {
      const [key, value] = ['k', order].map(text => Buffer.from(text))
      const app = await run(definition, { kafka, registry, postgres })
      await writer.send([{ topic: 'orders', partition: 0, timestamp: 60_000, key: key!, value: value!, headers: [] }])
      const records: string[] = []
      while (records.length === 0)
        for (const { records: fetched } of await reader.poll())
          records.push(...fetched.map(record => Buffer.from(record.value!).toString()))
      await app.stop()
      return records[0]!
    },
    async close() {
      await reader.close()
      await kafka.close()
    },
  }
}

/** Fails unless what was found has every serde's value, each as its bytes say. */
export function checkFound(found: string): void {
  assert.match(found, /share: 0\.10000000149011612/, 'what the bytes say, before a restart too')
  assert.is.not(found.includes('undefined'), true, found)
  for (const name of Object.keys(values)) assert.match(found, new RegExp(`['\\s{]${name}['-]?`))
}
