import { processor } from '../../../../topology/definition/processor.ts'
import { int64, string } from '../../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../../topology/definition/topic.ts'
import { topology } from '../../../../topology/dsl/topology.ts'
import { began, below, type Scenario } from './scenario.ts'

const amounts = topic('amounts', { key: string, value: int64, partitions: 2 })
const paidOut = topic('paid-out', { key: string, value: int64, partitions: 2 })
const ticks = topic('ticks', { key: string, value: int64, partitions: 2 })
const pending = keyValueStore('pending', { key: string, value: int64 })

const tickMs = 100

const payer = processor({
  name: 'payer',
  streams: [amounts],
  stores: { pending },
  sinks: { paidOut, ticks },
  async process({ key, value }, { stores }) {
    stores.pending.put(key, ((await stores.pending.get(key)) ?? 0n) + value)
  },
  punctuations: [
    {
      name: 'pay-out',
      on: 'wall-clock',
      every: 700,
      async run(_, { stores, sinks }) {
        for (const { key, value } of await stores.pending.all()) {
          sinks.paidOut.send(key, value)
          stores.pending.delete(key)
        }
      },
    },
    {
      name: 'tick',
      on: 'stream-time',
      every: tickMs,
      run(time, { sinks, task }) {
        sinks.ticks.send(`task-${task.partition}`, BigInt(time))
      },
    },
  ],
})

/** Amounts that a wall-clock punctuator pays out, and ticks of stream time: all is paid once, no tick comes again. */
export const punctuators: Scenario = {
  topology: topology('punctuators', t => t.processor(payer)),
  compare: 'none',
  spanMs: 8_000,
  settleMs: 3_000,
  input: random =>
    Array.from({ length: 110 }, (_, index) => ({
      topic: 'amounts',
      key: `k${below(random, 8)}`,
      value: BigInt(1 + below(random, 9)),
      at: began + index * 20,
    })),
  check({ input, topics, stores }) {
    const wrong: string[] = []
    const owed = new Map<unknown, bigint>()
    const add = (key: unknown, amount: bigint) => owed.set(key, (owed.get(key) ?? 0n) + amount)
    for (const { key, value } of input) add(key, value as bigint)
    for (const { key, value } of topics['paid-out']!) add(key, -(value as bigint))
    for (const [key, rest] of owed) if (rest !== 0n) wrong.push(`${key} is owed ${rest}`)
    if (stores.pending!.length > 0)
      wrong.push(`${stores.pending!.length} amounts wait for a punctuator that should have come`)
    const last = new Map<unknown, bigint>()
    for (const { key, value } of topics.ticks!) {
      const tick = (value as bigint) / BigInt(tickMs)
      if (tick <= (last.get(key) ?? -1n)) wrong.push(`${key} ticked at ${value} again`)
      last.set(key, tick)
    }
    return wrong
  },
}
