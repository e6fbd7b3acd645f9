import * as assert from 'uvu/assert'
import type { TimedSignal } from '../../ops/trading/demo/strategy.ts'
import { instrumentKey } from '../../processors/domain/shared/keys.ts'
import { registrationEvent } from '../../processors/domain/shared/registration.ts'
import { signalEvent } from '../../processors/domain/shared/signal-event.ts'
import { instruments, limits } from '../../processors/settings.ts'
import { instrumentRegistered, tradesApproved, tradesRejected, tradingSignals } from '../../processors/topics.ts'
import trading from '../../processors/trading.ts'
import { memoryRegistry } from '../../schemas/registry/memory.ts'
import { memoryStorage } from '../../store/memory-storage.ts'
import { MemoryBroker } from '../../topology/broker/memory/memory-broker.ts'
import { buildGraph } from '../../topology/definition/graph.ts'
import type { AnyTopic } from '../../topology/definition/topic.ts'
import { partitionOf } from '../../topology/runtime/partitioner.ts'
import { registerSchemas } from '../../topology/runtime/register-schemas.ts'
import { Worker } from '../../topology/runtime/worker.ts'
import { VirtualClock } from '../../topology/testing/virtual-clock.ts'
import { signalMix } from '../lab/chaos/signal-mix.ts'
import { suite } from '../support/suite.ts'

/*
 * The ordering guarantee. Signals of one instrument are checked in the order in which they are in its partition of
 * trading.signals, whatever their event times say. Those of one portfolio *on one instrument* keep that order to their
 * decisions (riskSeq); a repeated signal takes no place of its own. Between instruments there is no order: they are
 * partitions of their own.
 */

interface Decided {
  readonly portfolioId: string
  readonly exchange: string
  readonly instrumentId: string
  readonly idempotencyKey: string
  readonly riskSeq: bigint
}

/** Runs signals through two workers on memory parts, in batches, and returns the decisions. */
async function decide(seed: number, mix: readonly TimedSignal[], batch: number): Promise<readonly Decided[]> {
  const clock = new VirtualClock({ seed })
  const broker = new MemoryBroker({ clock })
  const registry = memoryRegistry()
  const graph = buildGraph(trading)
  await clock.resolve(registerSchemas(graph, registry))
  const storage = memoryStorage({ clock })
  const workers = [1, 2].map(
    () => new Worker({ graph, broker: broker.connect(), storage, registry, clock, createTopics: 'all' }),
  )
  for (const worker of workers) await clock.resolve(worker.start())
  const encode = async (topic: AnyTopic, event: { readonly key: string; readonly occurredAt: number }) => {
    const codec = await topic.value.bind({ topic: topic.name, part: 'value', registry })
    const key = Buffer.from(event.key)
    const partition = partitionOf(key, topic.partitions!)
    return { topic: topic.name, partition, timestamp: event.occurredAt, key, value: codec.encode(event), headers: [] }
  }
  const writer = await broker.writer()
  const send = async (topic: AnyTopic, events: Parameters<typeof encode>[1][]) =>
    writer.send(await Promise.all(events.map(event => encode(topic, event))))
  await clock.resolve(
    send(
      instrumentRegistered,
      instruments.map(one => registrationEvent(one, 0, 'test')),
    ),
  )
  await clock.advance(1_000)
  for (let from = 0; from < mix.length; from += batch) {
    const signals = mix.slice(from, from + batch).map(({ at, signal }) => signalEvent(signal, at, 'test'))
    await clock.resolve(send(tradingSignals, signals))
    await clock.advance(Math.floor(clock.random() * 60))
  }
  await clock.advance(10_000)
  const decisions: Decided[] = []
  for (const topic of [tradesApproved, tradesRejected] as readonly AnyTopic[]) {
    const codec = await topic.value.bind({ topic: topic.name, part: 'value', registry })
    for (let partition = 0; partition < topic.partitions!; partition++)
      for (const { kind, records } of broker.inspect({ topic: topic.name, partition }))
        if (kind === 'data')
          for (const record of records)
            decisions.push(((await codec.decode(record.value)) as { payload: Decided }).payload)
  }
  for (const worker of workers) await clock.resolve(worker.stop())
  return decisions
}

/** Idempotency keys by (portfolio, instrument), in order, each at its first appearance. */
function sequences(signals: readonly Omit<Decided, 'riskSeq'>[]): ReadonlyMap<string, readonly string[]> {
  const byStream = new Map<string, string[]>()
  for (const { portfolioId, exchange, instrumentId, idempotencyKey } of signals) {
    const key = `${portfolioId} ${instrumentKey(exchange, instrumentId)}`
    const sequence = byStream.get(key) ?? []
    byStream.set(key, sequence)
    if (!sequence.includes(idempotencyKey)) sequence.push(idempotencyKey)
  }
  return byStream
}

const bySequence = (a: Decided, b: Decided) => (a.riskSeq < b.riskSeq ? -1 : 1)

suite('ordering', test => {
  for (const seed of [1, 2, 3]) {
    test(`one instrument across portfolios, batches out of order, duplicates: seed ${seed}`, async () => {
      const mix = signalMix({
        seed,
        signals: 300,
        portfolioIds: [...limits.portfolios.keys()].slice(0, 5),
        instruments: instruments.slice(0, 1),
        duplicates: 0.2,
        from: 1_700_000_000_000,
      })
      assert.ok(
        mix.some(({ at }, index) => index > 0 && at < mix[index - 1]!.at),
        'event times go back',
      )
      const decisions = await decide(seed, mix, 20)
      assert.is(decisions.length, new Set(mix.map(({ signal }) => signal.idempotencyKey)).size)
      assert.equal(sequences([...decisions].sort(bySequence)), sequences(mix.map(({ signal }) => signal)))
    })
  }

  test('several instruments: each portfolio keeps its order on each of them', async () => {
    const mix = signalMix({
      seed: 4,
      signals: 300,
      portfolioIds: [...limits.portfolios.keys()].slice(0, 3),
      instruments,
      duplicates: 0.1,
      from: 1_700_000_000_000,
    })
    const decisions = await decide(4, mix, 30)
    assert.equal(sequences([...decisions].sort(bySequence)), sequences(mix.map(({ signal }) => signal)))
    for (const portfolioId of new Set(decisions.map(decision => decision.portfolioId))) {
      const own = decisions.filter(decision => decision.portfolioId === portfolioId).sort(bySequence)
      assert.equal(
        own.map(({ riskSeq }) => riskSeq),
        own.map((_, index) => BigInt(index + 1)),
        'riskSeq has no gaps',
      )
    }
  })
})
