import { processor } from '../../../../topology/definition/processor.ts'
import { int64, string } from '../../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../../topology/definition/topic.ts'
import { topology } from '../../../../topology/dsl/topology.ts'
import { began, below, type Scenario, tallyDifferences } from './scenario.ts'

const deposits = topic('deposits', { key: string, value: int64, partitions: 2 })
const balances = topic('balances', {
  key: string,
  value: string,
  partitions: 2,
  config: { 'max.message.bytes': '2000', 'message.timestamp.after.max.ms': '3600000' },
})
const accounts = keyValueStore('accounts', { key: string, value: int64 })

const refused = 66n
const unwieldy = 77n
const tooEarly = 88n

const bank = processor({
  name: 'bank',
  streams: [deposits],
  stores: { accounts },
  sinks: { balances },
  failure: {
    retry: { attempts: 2, backoff: 20, cap: 100 },
    isRetriable: error => error instanceof Error && error.message === 'refused',
    then: 'dead-letter',
  },
  async process({ key, value }, { stores, sinks }) {
    const balance = ((await stores.accounts.get(key)) ?? 0n) + value
    stores.accounts.put(key, balance)
    sinks.balances.send(key, String(balance))
    // half the record is done: none of it may stay
    if (value === refused) throw new Error('refused')
    if (value === unwieldy) sinks.balances.send(key, 'x'.repeat(2_000))
    // only the broker finds this out
    if (value === tooEarly) sinks.balances.send(key, 'x', { timestamp: Number.MAX_SAFE_INTEGER })
  },
})

/** Records that fail when they are decoded, processed, encoded and produced: each is one dead letter and leaves nothing behind. */
export const poison: Scenario = {
  topology: topology('poison', t => t.processor(bank)),
  compare: 'in-order',
  spanMs: 8_000,
  input: random =>
    Array.from({ length: 120 }, (_, index) => {
      const record = { topic: 'deposits', key: `k${below(random, 6)}`, at: began + index }
      const dice = random()
      if (dice < 0.05)
        return { ...record, poison: true, bytes: { key: Buffer.from(record.key), value: Buffer.from('poison') } }
      if (dice < 0.1) return { ...record, poison: true, value: refused }
      if (dice < 0.15) return { ...record, poison: true, value: unwieldy }
      if (dice < 0.2) return { ...record, poison: true, value: tooEarly }
      return { ...record, value: BigInt(1 + below(random, 50)) }
    }),
  check({ input, stores }) {
    const expected = new Map<unknown, bigint>()
    for (const { key, value, poison } of input)
      if (!poison) expected.set(key, (expected.get(key) ?? 0n) + (value as bigint))
    return tallyDifferences(
      stores.accounts!.map(({ key, value }) => `${key} ${value}`),
      [...expected].map(([key, value]) => `${key} ${value}`),
    )
  },
}
