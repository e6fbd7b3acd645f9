import { processor } from '../../../../topology/definition/processor.ts'
import { int64, string } from '../../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../../topology/definition/topic.ts'
import { topology } from '../../../../topology/dsl/topology.ts'
import { began, below, type Scenario, tallyDifferences } from './scenario.ts'

const words = topic('words', { key: string, value: string, partitions: 3 })
const totals = topic('totals', { key: string, value: int64, partitions: 3 })
const sums = topic('sums', { key: string, value: int64, partitions: 3 })
const counted = keyValueStore('counted', { key: string, value: int64 })
const summed = keyValueStore('summed', { key: string, value: int64 })

const counter = processor({
  name: 'counter',
  streams: [words],
  stores: { counted },
  sinks: { totals },
  prefetch: record => ({ counted: [[record.key]] }),
  async process({ key }, { stores, sinks }) {
    const total = ((await stores.counted.get(key)) ?? 0n) + 1n
    stores.counted.put(key, total)
    sinks.totals.send(key, total)
  },
})

const summer = processor({
  name: 'summer',
  streams: [totals],
  stores: { summed },
  sinks: { sums },
  async process({ key, value }, { stores, sinks }) {
    const sum = ((await stores.summed.get(key)) ?? 0n) + value
    stores.summed.put(key, sum)
    sinks.sums.send(key, sum)
  },
})

/** Two counters in a row: anything lost, repeated or read twice shows in every number after it. */
export const counters: Scenario = {
  topology: topology('counters', t => {
    t.processor(counter)
    t.processor(summer)
  }),
  compare: 'in-order',
  spanMs: 8_000,
  input: random =>
    Array.from({ length: 150 }, (_, index) => ({
      topic: 'words',
      key: `k${below(random, 12)}`,
      value: 'x',
      at: began + index,
    })),
  check({ input, topics }) {
    const count = new Map<unknown, bigint>()
    const expected = input.map(({ key }) => {
      count.set(key, (count.get(key) ?? 0n) + 1n)
      return `${key} ${count.get(key)}`
    })
    return tallyDifferences(
      topics.totals!.map(({ key, value }) => `${key} ${value}`),
      expected,
    )
  },
}
