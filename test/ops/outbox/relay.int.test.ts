import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { openOutbox } from '../../../gateway/gateway.ts'
import { TopicTail } from '../../../ops/audit/topic-tail.ts'
import { type RelayOptions, startRelay } from '../../../ops/outbox/relay.ts'
import { connectParts, type Parts } from '../../../ops/parts.ts'
import type { Outbox } from '../../../store/outbox/outbox.ts'
import { partitionKey } from '../../../topology/broker/port.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'
import { always, registrationEntry, registrationTopic } from './registration-topic.ts'

const { kafka, registry, prefix, database } = await realParts({ kafka: true, registry: true, postgres: true })

interface Fixture {
  readonly name: string
  readonly databaseUrl: string
  readonly parts: Parts
  readonly outbox: Outbox
  readonly options: RelayOptions
  close(): Promise<void>
}

/** A topic, an outbox and what a relay needs, all of their own. */
async function fixture(name: string, where: { kafka?: string; registry?: string }): Promise<Fixture> {
  const databaseUrl = await database()
  const parts = await connectParts(where)
  const topic = registrationTopic(name)
  await parts.broker.admin.createTopics([{ name, partitions: 3, config: { 'retention.ms': '-1' } }])
  await parts.registry.register(`${name}-value`, topic.value.schema!)
  const outbox = openOutbox({ databaseUrl, clock: parts.clock })
  return {
    name,
    databaseUrl,
    parts,
    outbox,
    options: { ...parts, outbox, application: name, topics: [topic], leaseMs: 500, pollMs: 10 },
    async close() {
      await outbox.close()
      await parts.close()
    },
  }
}

/** Keys and versions on the topic, by partition in their order, up to its end. */
async function published({ name, parts }: Fixture): Promise<readonly { key: string; version: bigint }[]> {
  const at = [0, 1, 2].map(partition => ({ topic: name, partition }))
  const ends = await parts.broker.admin.listOffsets(at, 'latest')
  const tail = await TopicTail.open([registrationTopic(name)], parts.broker, parts.registry)
  const events: { key: string; version: bigint }[] = []
  const done = () => at.every((_, index) => (tail.positions.get(partitionKey(name, index)) ?? 0) >= ends[index]!)
  while (!done())
    for (const { key, value } of await tail.next()) {
      const { payload } = value as { payload: { instrumentVersion: bigint } }
      events.push({ key, version: payload.instrumentVersion })
    }
  await tail.close()
  return events
}

async function drained({ outbox, parts }: Fixture): Promise<void> {
  while ((await outbox.status()).pending > 0) await parts.clock.sleep(10)
}

const where = [
  ['memory', {}],
  ['Kafka', { kafka: kafka.url, registry: registry.url }],
] as const

for (const [broker, connections] of where)
  suite(`outbox relay on ${broker}`, test => {
    test('publishes each entry once, those of a key in their order', async () => {
      const at = await fixture(`${prefix}order-${broker}`, connections)
      const relay = startRelay(at.options)
      const versions = Array.from({ length: 40 }, (_, index) => index + 1)
      for (const version of versions)
        for (const id of ['A', 'B', 'C']) await at.outbox.post(always, registrationEntry(at.name, id, version))
      await drained(at)
      await relay.stop()
      const events = await published(at)
      for (const id of ['A', 'B', 'C']) {
        const own = events.filter(({ key }) => key === `XNAS:${id}`).map(({ version }) => Number(version))
        assert.equal(own, versions, id)
      }
      await at.close()
    })

    test('two relays: one leads, the other takes over when it stops', async () => {
      const at = await fixture(`${prefix}two-${broker}`, connections)
      const first = startRelay(at.options)
      while (!(await at.outbox.status()).led) await at.parts.clock.sleep(10)
      const second = startRelay(at.options)
      await at.outbox.post(always, registrationEntry(at.name, 'A', 1))
      await drained(at)
      assert.is((await at.outbox.status()).epoch, 1, 'the second stands by')
      await first.stop()
      await at.outbox.post(always, registrationEntry(at.name, 'A', 2))
      await drained(at)
      assert.is((await at.outbox.status()).epoch, 2)
      await second.stop()
      assert.equal(await published(at), [
        { key: 'XNAS:A', version: 1n },
        { key: 'XNAS:A', version: 2n },
      ])
      await at.close()
    })

    test('a relay that lost the lead while it slept publishes and marks nothing more', async () => {
      const at = await fixture(`${prefix}zombie-${broker}`, connections)
      let wake: () => void = () => {}
      const asleep = new Promise<void>(resolve => {
        wake = resolve
      })
      let slept: () => void = () => {}
      const sleeps = new Promise<void>(resolve => {
        slept = resolve
      })
      const outages: unknown[] = []
      const zombie = startRelay({
        ...at.options,
        report: error => outages.push(error),
        onPublished: () => {
          slept()
          return asleep
        },
      })
      await at.outbox.post(always, registrationEntry(at.name, 'A', 1))
      await sleeps
      // It has published version 1 and not marked it. Its lease runs out; the next one finds it on the topic.
      const next = startRelay(at.options)
      await at.outbox.post(always, registrationEntry(at.name, 'A', 2))
      await drained(at)
      wake()
      while (outages.length === 0) await at.parts.clock.sleep(10)
      assert.is((outages[0] as { code: string }).code, 'FENCED')
      await next.stop()
      await zombie.stop()
      assert.equal(
        (await published(at)).map(({ version }) => version),
        [1n, 2n],
      )
      await at.close()
    })

    test('an entry for a topic that the relay does not know ends it with a reason', async () => {
      const at = await fixture(`${prefix}unknown-${broker}`, connections)
      await at.outbox.post(always, { ...registrationEntry(at.name, 'A', 1), topic: 'elsewhere' })
      const relay = startRelay(at.options)
      assert.match(String(await relay.failed), "topic 'elsewhere', which the relay does not know")
      assert.is((await at.outbox.status()).pending, 1, 'the entry still waits')
      await relay.stop()
      await at.close()
    })
  })

suite(
  'outbox relay, killed',
  test => {
    test('killed by SIGKILL between publish and mark, 20 times: exactly one event each time', async () => {
      const at = await fixture(`${prefix}killed`, { kafka: kafka.url, registry: registry.url })
      const file = fileURLToPath(new URL('relay-process.ts', import.meta.url))
      const args = ['--import', 'tsx', file, kafka.url, registry.url, at.databaseUrl, at.name]
      for (let version = 1; version <= 20; version++) {
        await at.outbox.post(always, registrationEntry(at.name, 'A', version))
        const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] })
        const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
        assert.is(signal, 'SIGKILL')
        const { pending } = await at.outbox.status()
        assert.is(pending, 1, `version ${version} is published and not marked; those before it are found and marked`)
      }
      const relay = startRelay(at.options)
      await drained(at)
      await relay.stop()
      const versions = (await published(at)).map(({ version }) => Number(version))
      assert.equal(
        versions,
        Array.from({ length: 20 }, (_, index) => index + 1),
      )
      await at.close()
    })
  },
  { timeoutMs: 300_000 },
)
