import * as assert from 'uvu/assert'
import { openGateway, openOutbox } from '../../gateway/gateway.ts'
import { tradingGateway } from '../../gateway/trading/extension.ts'
import { relayOn } from '../../ops/outbox/outbox-in-use.ts'
import { instrumentRegistered, tradingSignals } from '../../processors/topics.ts'
import trading from '../../processors/trading.ts'
import { connectParts, type Parts } from '../../topology/app/connections.ts'
import { deploy } from '../../topology/app/deploy.ts'
import { runOn } from '../../topology/app/run.ts'
import { TopicTail } from '../../topology/app/topics/topic-tail.ts'
import { partitionKey } from '../../topology/broker/port.ts'
import { buildGraph } from '../../topology/definition/graph.ts'
import type { AnyTopic } from '../../topology/definition/topic.ts'
import type { AnyJson } from '../gateway/support/any-json.ts'
import { msft, signal } from '../gateway/trading/support/pipeline-requests.ts'
import { ownParts } from '../support/own-parts.ts'
import { suite } from '../support/suite.ts'

// The trading topology has fixed topic names, so this file takes a Kafka, a registry and a Postgres of its own.
const { kafka, registry, postgres: databaseUrl, stop } = await ownParts()

/** Everything on a topic, committed, up to its end: key and event id. */
async function eventsOf(topic: AnyTopic, { broker, registry: schemas }: Parts): Promise<readonly string[]> {
  const [spec] = await broker.admin.describeTopics([topic.name])
  const at = Array.from({ length: spec!.partitions }, (_, partition) => ({ topic: topic.name, partition }))
  const ends = await broker.admin.listOffsets(at, 'latest')
  const tail = await TopicTail.open([topic], broker, schemas)
  const found: string[] = []
  const done = () =>
    at.every(({ partition }) => (tail.positions.get(partitionKey(topic.name, partition)) ?? 0) >= ends[partition]!)
  while (!done())
    for (const { key, value } of await tail.next()) found.push(`${key} ${(value as { eventId: string }).eventId}`)
  await tail.close()
  return found
}

suite('registration and signals over HTTP, on real parts', test => {
  test('an instrument is registered, traded, disabled, and its next signal rejected', async () => {
    const parts = await connectParts({ kafka, registry, postgres: databaseUrl })
    const graph = buildGraph(trading)
    await deploy(graph, parts)
    const at = { databaseUrl, clock: parts.clock, extension: tradingGateway }
    const outbox = openOutbox(at)
    const gateway = openGateway({ ...at, topology: trading })
    const { url } = await gateway.serve(0)
    const ask = async (path: string, method = 'GET', body?: unknown) => {
      const headers = { 'Content-Type': 'application/json' }
      const response = await fetch(url + path, {
        method,
        ...(body !== undefined && { headers, body: JSON.stringify(body) }),
      })
      return {
        status: response.status,
        location: response.headers.get('Location') ?? '',
        body: (await response.json()) as AnyJson,
      }
    }

    // Registered before any worker or relay runs: the event waits, visibly.
    const registered = await ask('/v1/instruments', 'POST', msft)
    assert.is(registered.status, 201)
    assert.is((await ask('/readyz')).body.outbox.pending, 1)
    assert.equal(await eventsOf(instrumentRegistered, parts), [])

    const relay = relayOn({ application: trading.name, outbox, extension: tradingGateway }, parts)
    const app = await runOn(graph, parts)
    while ((await ask(registered.location)).status === 503) await parts.clock.sleep(100)
    assert.is((await ask(`${registered.location}&waitMs=10000`)).body.instrumentVersion, '1')
    assert.is((await eventsOf(instrumentRegistered, parts)).length, 1, 'exactly one event')

    // Five signals, each posted twice, read in one call that waits for all of them.
    for (const key of ['k1', 'k2', 'k3', 'k4', 'k5'])
      for (const repeated of [false, true]) {
        const posted = await ask('/v1/signals', 'POST', signal(key))
        assert.is(posted.status, 202)
        assert.equal([posted.body.idempotencyKey, posted.body.repeated], [key, repeated])
      }
    const portfolio = await ask('/v1/portfolios/alpha-01?minRiskSeq=5&including=k5&waitMs=10000')
    assert.is(portfolio.status, 200)
    assert.is(portfolio.body.summary.tradeCount, 5)
    assert.is((await eventsOf(tradingSignals, parts)).length, 5, 'a repeated signal makes no second event')

    const disabled = await ask('/v1/instruments/XNAS/MSFT', 'PATCH', { enabled: false })
    assert.is(disabled.status, 202)
    const applied = await ask(`${disabled.location}&waitMs=10000`)
    assert.equal([applied.body.instrumentVersion, applied.body.enabled], ['2', false])
    const rejected = await ask('/v1/signals', 'POST', signal('k6'))
    const { body } = await ask('/v1/portfolios/alpha-01/trades?idempotencyKey=k6&including=k6&waitMs=10000')
    assert.is(rejected.status, 202)
    assert.equal([body.items[0].outcome, body.items[0].reasonCode], ['REJECTED', 'INSTRUMENT_DISABLED'])
    assert.is((await eventsOf(instrumentRegistered, parts)).length, 2)

    await gateway.close()
    await relay.stop()
    await app.stop()
    await outbox.close()
    await parts.close()
  })

  test.after(stop)
})
