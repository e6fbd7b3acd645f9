import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import * as assert from 'uvu/assert'
import { Outbox } from '../../../store/outbox/outbox.ts'
import { type RelayOptions, startRelay } from '../../../store/outbox/relay.ts'
import { connectParts, type Parts } from '../../../topology/app/connections.ts'
import { TopicTail } from '../../../topology/app/topics/topic-tail.ts'
import { partitionKey } from '../../../topology/broker/port.ts'
import type { Header } from '../../../topology/definition/record.ts'
import { keptForever } from '../../support/kept-forever.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'
import { waitFor } from '../../support/wait-for.ts'
import { always, noteEntry, noteTopic, untimedEntry } from './note-topic.ts'

const {
  kafka,
  registry,
  postgres: server,
  prefix,
  database,
} = await realParts({ kafka: true, registry: true, postgres: true })

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
  const topic = noteTopic(name)
  await parts.broker.admin.createTopics([{ name, partitions: 3, config: keptForever }])
  await parts.registry.register(`${name}-value`, topic.value.schema!)
  const outbox = new Outbox({ url: databaseUrl, schema: 'public', clock: parts.clock })
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
async function published({ name, parts }: Fixture): Promise<readonly { key: string; version: number }[]> {
  const at = [0, 1, 2].map(partition => ({ topic: name, partition }))
  const ends = await parts.broker.admin.listOffsets(at, 'latest')
  const tail = await TopicTail.open([noteTopic(name)], parts.broker, parts.registry)
  const events: { key: string; version: number }[] = []
  const done = () => at.every((_, index) => (tail.positions.get(partitionKey(name, index)) ?? 0) >= ends[index]!)
  while (!done())
    for (const { key, value } of await tail.next())
      events.push({ key, version: (value as { version: number }).version })
  await tail.close()
  return events
}

async function drained({ outbox, parts }: Fixture): Promise<void> {
  while ((await outbox.status()).pending > 0) await parts.clock.sleep(10)
}

interface RecordHead {
  readonly timestamp: number
  readonly headers: Readonly<Record<string, string>>
}

function textsOf(headers: readonly Header[]): Readonly<Record<string, string>> {
  return Object.fromEntries(headers.map(({ key, value }) => [key, String(Buffer.from(value!))]))
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
        for (const id of ['A', 'B', 'C']) await at.outbox.post(always, noteEntry(at.name, id, version))
      await drained(at)
      await relay.stop()
      const events = await published(at)
      for (const id of ['A', 'B', 'C']) {
        const own = events.filter(({ key }) => key === id).map(({ version }) => version)
        assert.equal(own, versions, id)
      }
      await at.close()
    })

    test('a record carries the headers of its entry, and the time of its event or else of its posting', async () => {
      const at = await fixture(`${prefix}headers-${broker}`, connections)
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
      const headers = { 'correlation-id': 'A-1', traceparent }
      const before = Date.now()
      await at.outbox.post(always, { ...noteEntry(at.name, 'A', 1), headers })
      await at.outbox.post(always, untimedEntry(at.name, 'A', 2))
      const relay = startRelay(at.options)
      await drained(at)
      await relay.stop()
      const reader = at.parts.broker.reader({ isolation: 'read_committed' })
      for (const partition of [0, 1, 2]) reader.seek({ topic: at.name, partition }, 0)
      const found: RecordHead[] = []
      while (found.length < 2)
        for (const { records } of await reader.poll())
          for (const record of records) found.push({ timestamp: record.timestamp, headers: textsOf(record.headers) })
      await reader.close()
      assert.equal(found[0], { timestamp: 1_700_000_000_001, headers })
      // The database's clock gives the time of posting; it is this machine's.
      const [postedAt, now] = [found[1]!.timestamp, Date.now()]
      assert.ok(postedAt >= before - 1_000 && postedAt <= now + 1_000, `${postedAt} of ${before} to ${now}`)
      assert.equal(found[1]!.headers, {})
      await at.close()
    })

    test('an entry that cannot be published is set apart, and holds up those of its key alone', async () => {
      const at = await fixture(`${prefix}stuck-${broker}`, connections)
      // No successor could find the first again: its event does not name it. The relay does not know the topic of the second, and the
      // third holds nothing that the serde can look at.
      await at.outbox.post(always, { ...noteEntry(at.name, 'A', 1), eventId: 'unnamed' })
      await at.outbox.post(always, { ...noteEntry(at.name, 'A', 9), topic: 'elsewhere' })
      await at.outbox.post(always, { ...noteEntry(at.name, 'C', 1), event: 'null' })
      await at.outbox.post(always, noteEntry(at.name, 'A', 2))
      await at.outbox.post(always, noteEntry(at.name, 'B', 1))
      const reported: unknown[] = []
      const relay = startRelay({ ...at.options, report: error => reported.push(error) })
      while ((await at.outbox.pending(1)).length > 0 || (await at.outbox.status()).stuck < 3)
        await at.parts.clock.sleep(10)
      assert.equal(await published(at), [{ key: 'B', version: 1 }])
      const stuck = await at.outbox.list({ state: 'stuck', limit: 10 })
      assert.equal(
        stuck.map(({ eventId, topic }) => [eventId, topic]),
        [
          ['unnamed', at.name],
          ['A-9', 'elsewhere'],
          ['C-1', at.name],
        ],
      )
      assert.match(stuck[2]!.failure!, "the event of outbox entry 'C-1' is not one of topic")
      assert.match(stuck[0]!.failure!, "the event of outbox entry 'unnamed' does not name it")
      assert.match(stuck[1]!.failure!, "topic 'elsewhere', which the relay does not know")
      await waitFor(() => reported.length >= 3, { what: 'they are not said' })
      assert.is(reported.length, 3, 'each is said once')
      assert.is((await at.outbox.status()).pending, 4)

      // Tried again it is set apart again; skipped, it lets the others of its key go.
      assert.ok(await at.outbox.retry('unnamed'))
      while ((await at.outbox.status()).stuck < 3) await at.parts.clock.sleep(10)
      assert.equal(await published(at), [{ key: 'B', version: 1 }])
      assert.ok(await at.outbox.skip('unnamed'))
      assert.not(await at.outbox.skip('unnamed'), 'it is skipped')
      assert.not(await at.outbox.retry('A-2'), 'it is not stuck')
      assert.ok(await at.outbox.skip('A-9'))
      assert.ok(await at.outbox.skip('C-1'))
      await drained(at)
      assert.equal(
        (await published(at)).filter(({ key }) => key === 'A'),
        [{ key: 'A', version: 2 }],
      )
      assert.equal(
        (await at.outbox.list({ limit: 10 })).map(({ eventId, state }) => [eventId, state]),
        [
          ['unnamed', 'skipped'],
          ['A-9', 'skipped'],
          ['C-1', 'skipped'],
          ['A-2', 'published'],
          ['B-1', 'published'],
        ],
      )
      await relay.stop()
      await at.close()
    })

    test('two relays: one leads, the other takes over when it stops', async () => {
      const at = await fixture(`${prefix}two-${broker}`, connections)
      // So long that the first keeps it though the machine stands still for a moment; giving it up takes no time.
      const options = { ...at.options, leaseMs: 10_000 }
      const first = startRelay(options)
      while (!(await at.outbox.status()).led) await at.parts.clock.sleep(10)
      const { epoch } = await at.outbox.status()
      const second = startRelay(options)
      await at.outbox.post(always, noteEntry(at.name, 'A', 1))
      await drained(at)
      assert.is((await at.outbox.status()).epoch, epoch, 'the second stands by')
      await first.stop()
      await at.outbox.post(always, noteEntry(at.name, 'A', 2))
      await drained(at)
      assert.ok((await at.outbox.status()).epoch > epoch, 'the second leads now')
      await second.stop()
      assert.equal(await published(at), [
        { key: 'A', version: 1 },
        { key: 'A', version: 2 },
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
      await at.outbox.post(always, noteEntry(at.name, 'A', 1))
      await sleeps
      // It has published version 1 and not marked it. Its lease runs out; the next one finds it on the topic.
      const next = startRelay(at.options)
      await at.outbox.post(always, noteEntry(at.name, 'A', 2))
      await drained(at)
      wake()
      while (outages.length === 0) await at.parts.clock.sleep(10)
      assert.is((outages[0] as { code: string }).code, 'FENCED')
      await next.stop()
      await zombie.stop()
      assert.equal(
        (await published(at)).map(({ version }) => version),
        [1, 2],
      )
      await at.close()
    })
  })

suite('outbox relay, database away', test => {
  test('a database that is renamed under a relay is an outage: it goes on when the name is back', async () => {
    const at = await fixture(`${prefix}renamed`, {})
    const admin = postgres(server.url, { max: 1, onnotice: () => {} })
    const name = new URL(at.databaseUrl).pathname.slice(1)
    const rename = async (from: string, to: string) => {
      await admin`alter database ${admin(from)} allow_connections false`
      await admin`select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = ${from}`
      await admin`alter database ${admin(from)} rename to ${admin(to)}`
      await admin`alter database ${admin(to)} allow_connections true`
    }
    const outages: unknown[] = []
    const relay = startRelay({ ...at.options, report: error => outages.push(error) })
    const ended = relay.failed.then(error => {
      throw error
    })
    while (!(await at.outbox.status()).led) await at.parts.clock.sleep(10)
    await rename(name, `${name}-away`)
    const refused = async () => {
      while (!outages.some(error => (error as { code?: unknown }).code === 'CONFIG_INVALID'))
        await at.parts.clock.sleep(10)
    }
    await Promise.race([refused(), ended])
    await rename(`${name}-away`, name)
    while ((await at.outbox.status().catch(() => undefined)) === undefined) await at.parts.clock.sleep(10)
    await at.outbox.post(always, noteEntry(at.name, 'A', 1))
    await Promise.race([drained(at), ended])
    assert.equal(
      (await published(at)).map(({ version }) => version),
      [1],
    )
    await relay.stop()
    await admin.end()
    await at.close()
  })

  test('a database that is emptied under a relay gets its tables again', async () => {
    const at = await fixture(`${prefix}emptied`, {})
    const relay = startRelay(at.options)
    await at.outbox.post(always, noteEntry(at.name, 'A', 1))
    await drained(at)
    const sql = postgres(at.databaseUrl, { max: 1, onnotice: () => {} })
    await sql`drop schema public cascade`
    await at.outbox.post(always, noteEntry(at.name, 'A', 2))
    await drained(at)
    assert.equal(
      (await published(at)).map(({ version }) => version),
      [1, 2],
    )
    await relay.stop()
    await sql.end()
    await at.close()
  })

  test('a database that is not there when a relay starts ends it', async () => {
    const at = await fixture(`${prefix}nowhere`, {})
    const outbox = new Outbox({ url: `${at.databaseUrl}-nowhere`, schema: 'public', clock: at.parts.clock })
    const relay = startRelay({ ...at.options, outbox })
    assert.match(String(await relay.failed), 'correct DATABASE_URL')
    await relay.stop()
    await outbox.close()
    await at.close()
  })
})

suite('outbox relay, old entries', test => {
  test('entries that were published long ago are removed, and still make no second record', async () => {
    const at = await fixture(`${prefix}prune`, {})
    const sql = postgres(at.databaseUrl, { max: 1 })
    const left = async () =>
      (await sql`select event_id, published_at is null as waits from millrace_outbox order by id`.values()).map(row => [
        ...row,
      ])
    const options = { ...at.options, pruneMs: 10 }
    const relay = startRelay(options)
    await at.outbox.post(always, noteEntry(at.name, 'A', 1))
    await drained(at)
    // Eight days ago, as far as the outbox can tell, more than a batch of them; one is of today.
    await sql`insert into millrace_outbox (topic, key, event_id, event, published_at)
      select ${at.name}, 'old', 'old-' || n, '{}', now() from generate_series(1, 1200) as n`
    await sql`update millrace_outbox set published_at = now() - interval '8 days'`
    await at.outbox.post(always, noteEntry(at.name, 'A', 2))
    await drained(at)
    while ((await left()).length > 1) await at.parts.clock.sleep(10)
    assert.equal(await left(), [['A-2', false]], 'the entry of today is kept')
    await relay.stop()
    await sql`update millrace_outbox set published_at = now() - interval '9 days'`
    assert.is(await at.outbox.prune(7 * 86_400_000, 100), 0, 'the last one stays, however old')
    assert.is(Math.round((await at.outbox.status()).lastPublishedMs! / 86_400_000), 9)
    // A successor catches up from the marks alone.
    await at.outbox.post(always, noteEntry(at.name, 'A', 3))
    const next = startRelay(options)
    await drained(at)
    await next.stop()
    assert.equal(
      (await published(at)).map(({ version }) => version),
      [1, 2, 3],
    )
    await sql.end()
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
        await at.outbox.post(always, noteEntry(at.name, 'A', version))
        const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] })
        const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
        assert.is(signal, 'SIGKILL')
        const { pending } = await at.outbox.status()
        assert.is(pending, 1, `version ${version} is published and not marked; those before it are found and marked`)
      }
      const relay = startRelay(at.options)
      await drained(at)
      await relay.stop()
      const versions = (await published(at)).map(({ version }) => version)
      assert.equal(
        versions,
        Array.from({ length: 20 }, (_, index) => index + 1),
      )
      await at.close()
    })
  },
  { timeoutMs: 300_000 },
)
