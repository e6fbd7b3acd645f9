import * as assert from 'uvu/assert'
import { connectParts } from '../../../topology/app/connections.ts'
import type { RunOptions, StreamsApp } from '../../../topology/app/run.ts'
import { int64, run, string, topic, topology } from '../../../topology/index.ts'
import type { Log } from '../../../topology/runtime/log.ts'
import { waitFor } from '../../support/wait-for.ts'

const timestamp = 1_700_000_000_000

/**
 * Two workers count, by key, the records of all topics `<prefix>orders.*`: those that are there, one that comes later, one that has another
 * partition count, and then one fewer.
 */
export async function tellOfPatterns(prefix: string, options: RunOptions): Promise<void> {
  const counts = topic(`${prefix}counts`, { key: string, value: int64, partitions: 2 })
  const definition = topology(`${prefix}shop`, t =>
    t
      .stream(new RegExp(`^${prefix}orders\\.`), { key: string, value: string, subtopology: 'orders' })
      .groupByKey()
      .count(`${prefix}order-counts`)
      .toStream()
      .to(counts),
  )
  const { broker, close } = await connectParts(options)
  const writer = await broker.writer()
  const lines: string[] = []
  const note: Log['warn'] = ({ code }, message) => void lines.push(`${code ?? ''} ${message}`)
  const log = { debug() {}, info: note, warn: note, error: note }
  const create = (name: string, partitions: number) =>
    broker.admin.createTopics([{ name: `${prefix}${name}`, partitions, config: { 'retention.ms': '-1' } }])
  const order = (name: string, key: string) =>
    writer.send([
      {
        topic: `${prefix}${name}`,
        partition: 0,
        timestamp,
        key: Buffer.from(key),
        value: Buffer.from('order'),
        headers: [],
      },
    ])
  const start = () => run(definition, { ...options, log, settings: { patternRefreshMs: 100 } })
  const counted = async (app: StreamsApp, key: string) => (await app.store(`${prefix}order-counts`).get(key)) ?? 0n
  const inputs = (app: StreamsApp) => [...new Set(app.status().flatMap(task => Object.keys(task.lag ?? {})))].sort()

  await create('counts', 2)
  const nothing = await start().catch(error => error)
  assert.is(nothing.code, 'TOPIC_MISSING')
  assert.match(nothing.message, /^no topic matches \/.*orders\\\.\/, which 'orders\/streams\/.*' reads: create one/)

  await create('orders.de', 2)
  await create('orders.fr', 2)
  const apps = [await start(), await start()] as const
  const all = (key: string, expected: bigint) =>
    waitFor(async () => (await Promise.all(apps.map(app => counted(app, key)))).some(count => count === expected), {
      what: `${key} is not counted ${expected} times`,
      said: () => lines.join('\n'),
    })
  try {
    await order('orders.de', 'a')
    await order('orders.fr', 'a')
    await all('a', 2n)

    await create('orders.it', 2)
    await order('orders.it', 'a')
    await order('orders.it', 'b')
    await all('a', 3n)
    await all('b', 1n)

    await create('orders.wide', 3)
    await order('orders.wide', 'a')
    await waitFor(() => lines.filter(line => line.includes('orders.wide')).length >= 2, {
      what: 'no line of each worker tells of the topic with three partitions',
      said: () => lines.join('\n'),
    })
    assert.match(
      lines.find(line => line.includes('orders.wide'))!,
      /^COPARTITION_MISMATCH topic '.*orders\.wide' matches a pattern of 'orders' and is left out: it has 3 partitions/,
    )
    await broker.admin.deleteTopics([`${prefix}orders.it`, `${prefix}orders.wide`])
    await waitFor(
      () => lines.filter(line => line.endsWith(`are now: ${prefix}orders.de, ${prefix}orders.fr`)).length >= 2,
      {
        what: 'the topic that was deleted is not noticed',
        said: () => lines.join('\n'),
      },
    )
    await order('orders.de', 'a')
    await all('a', 4n)
    assert.is(await Promise.race([...apps.map(app => app.failed), 'well']), 'well')
    assert.not.ok(
      lines.some(line => line.includes('GROUP_MIXED')),
      'whoever has seen a topic first runs the same topology',
    )
    assert.ok(inputs(apps[0]))
  } finally {
    await Promise.all(apps.map(app => app.stop()))
    await writer.close()
    await close()
  }
}
