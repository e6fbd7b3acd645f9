import * as assert from 'uvu/assert'
import type { BrokerFaults, Fault } from '../../../../topology/broker/memory/faults.ts'
import { MemoryBroker } from '../../../../topology/broker/memory/memory-broker.ts'
import { MillraceError } from '../../../../topology/definition/errors.ts'
import { VirtualClock } from '../../../../topology/testing/virtual-clock.ts'
import { suite } from '../../../support/suite.ts'
import { brokerAt0, contents, pairs } from './parts.ts'

const partitions = 3
const kinds = ['delay', 'delay-reply', 'late', 'drop-request', 'drop-reply', 'fail'] as const

/** Spoils one request in twenty while it is on. */
class RandomFaults implements BrokerFaults {
  on = true
  fired = 0
  readonly #clock: VirtualClock

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  onRequest(): Fault | undefined {
    if (!this.on || this.#clock.random() > 0.05) return undefined
    this.fired++
    const kind = kinds[Math.floor(this.#clock.random() * kinds.length)]!
    const ms = this.#clock.random() * 300
    return kind === 'drop-request' || kind === 'drop-reply'
      ? { kind, afterMs: ms }
      : kind === 'fail'
        ? { kind }
        : { kind, ms }
  }
}

interface Outcome {
  readonly verdict: 'committed' | 'failed' | 'unknown'
  readonly to: readonly number[]
}

/** Two owners compete for each of two transactional ids, under random faults. What became of each transaction, and what shows. */
async function run(seed: number) {
  const clock = new VirtualClock({ seed, startMs: 0 })
  const faults = new RandomFaults(clock)
  const broker = new MemoryBroker({ clock, faults })
  faults.on = false
  await broker.admin.createTopics([{ name: 't', partitions, config: {} }])
  faults.on = true
  const outcomes = new Map<string, Outcome>()

  const work = async (owner: number) => {
    const id = `tx-${owner % 2}`
    const client = broker.connect()
    let attempt = 0
    for (let life = 0; life < 8; life++) {
      const producer = client.producer({ transactionalId: id, transactionTimeoutMs: 500 })
      try {
        await producer.init()
        while (true) {
          const name = `${owner}-${++attempt}`
          const to = [0, 1, 2].filter(() => clock.random() < 0.6)
          const records = to.flatMap(partition => pairs('t', ['k', name]).map(each => ({ ...each, partition })))
          const offsets = [{ topic: name, partition: 0, offset: 1, metadata: '' }]
          outcomes.set(name, { verdict: 'unknown', to })
          try {
            await producer.commit({ records, offsets: { group: 'g', offsets } })
            outcomes.set(name, { verdict: 'committed', to })
          } catch (error) {
            if (!(error instanceof MillraceError)) throw error
            if (error.code !== 'COMMIT_UNKNOWN') outcomes.set(name, { verdict: 'failed', to })
            throw error
          }
          await clock.sleep(clock.random() * 50)
          if (attempt > 40) return
        }
      } catch (error) {
        if (!(error instanceof MillraceError) || error.code === 'INTERNAL') throw error
      }
      await producer.close()
      await clock.sleep(clock.random() * 100)
    }
  }
  await clock.resolve(Promise.all([0, 1, 2, 3].map(work)))
  await clock.advance(5_000)
  faults.on = false

  const shown = new Map<string, number[]>()
  for (let partition = 0; partition < partitions; partition++) {
    const reader = broker.reader({ isolation: 'read_committed', maxBytesPerPartition: 200 })
    reader.seek({ topic: 't', partition }, 0)
    for (let more = true; more; ) {
      const [fetched] = await clock.resolve(reader.poll())
      for (const { value } of fetched!.records) {
        const name = String(value)
        shown.set(name, [...(shown.get(name) ?? []), partition])
      }
      more = fetched!.position < fetched!.endOffset
    }
    await reader.close()
  }
  const names = [...outcomes.keys()]
  const at = names.map(topic => ({ topic, partition: 0 }))
  const found = await clock.resolve(broker.admin.committedOffsets('g', at))
  const committed = new Set(names.filter((_, index) => found[index] !== undefined))
  return { outcomes, shown, committed, faults, events: clock.events, open: broker.openTransactions() }
}

suite('memory broker: random faults', test => {
  test('every transaction is all or nothing, as its producer was told', async () => {
    let [faults, committed, failed, unknownCommitted, unknownAborted] = [0, 0, 0, 0, 0]
    for (let seed = 1; seed <= 40; seed++) {
      const result = await run(seed)
      faults += result.faults.fired
      assert.equal(result.open, [], `seed ${seed}`)
      for (const [name, { verdict, to }] of result.outcomes) {
        const message = `seed ${seed}, transaction ${name}, ${verdict}`
        const stands = result.committed.has(name)
        assert.equal(result.shown.get(name) ?? [], stands ? to : [], message)
        if (verdict === 'committed') assert.ok(stands, message)
        if (verdict === 'failed') assert.not.ok(stands, message)
        if (verdict === 'unknown') stands ? unknownCommitted++ : unknownAborted++
        else verdict === 'committed' ? committed++ : failed++
      }
    }
    // the run means something only when all of it happened
    for (const count of [faults, committed, failed, unknownCommitted, unknownAborted]) assert.ok(count > 20, `${count}`)
  })

  test('the same seed gives the same run, event for event', async () => {
    const [first, second, other] = [await run(7), await run(7), await run(8)]
    const print = ({ outcomes, shown, events }: Awaited<ReturnType<typeof run>>) => [[...outcomes], [...shown], events]
    assert.equal(print(first), print(second))
    assert.not.equal(print(first), print(other))
  })

  test('a producer that goes on after an unanswered commit would tear transactions, so it is refused', async () => {
    const { clock, broker } = brokerAt0({
      faults: { onRequest: ({ api }) => (api === 'EndTxn' ? { kind: 'late', ms: 50 } : undefined) },
    })
    await broker.admin.createTopics([{ name: 't', partitions: 1, config: {} }])
    const producer = broker.producer({ transactionalId: 'tx' })
    await producer.init()
    await producer.commit({ records: pairs('t', ['a', '1']) }).catch(() => {})
    const again = await producer.commit({ records: pairs('t', ['a', '2']) }).catch((error: MillraceError) => error.code)
    assert.is(again, 'INTERNAL')
    await clock.advance(100)
    assert.equal(await contents(clock, broker, 't'), ['a=1'])
  })
})
