import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { openGateway, openOutbox } from '../../gateway/gateway.ts'
import { tradingGateway } from '../../gateway/trading/extension.ts'
import { letterFinder } from '../../ops/dlq/letters-about.ts'
import { relayOn } from '../../ops/outbox/outbox-in-use.ts'
import { writeEvent } from '../../ops/trading/smoke/write-event.ts'
import { traceText } from '../../ops/trading/trace/trace-text.ts'
import { decimalOf } from '../../processors/domain/shared/decimal.ts'
import { signalEvent } from '../../processors/domain/shared/signal-event.ts'
import { instrumentRegistered, tradingSignals } from '../../processors/topics.ts'
import trading from '../../processors/trading.ts'
import type { TradingSignal } from '../../schemas/trading/generated/trading-signal.ts'
import { connectParts, type Parts } from '../../topology/app/connections.ts'
import { deploy } from '../../topology/app/deploy.ts'
import { runOn } from '../../topology/app/run.ts'
import { TopicTail } from '../../topology/app/topics/topic-tail.ts'
import { partitionKey } from '../../topology/broker/port.ts'
import { buildGraph } from '../../topology/definition/graph.ts'
import type { AnyTopic } from '../../topology/definition/topic.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import type { AnyJson } from '../gateway/support/any-json.ts'
import { msft, signal } from '../gateway/trading/support/pipeline-requests.ts'
import { millrace } from '../support/command.ts'
import { ownParts } from '../support/own-parts.ts'
import { suite } from '../support/suite.ts'
import { waitFor } from '../support/wait-for.ts'

// The trading topology has fixed topic names, so this file takes a Kafka, a registry and a Postgres of its own.
const { kafka, registry, postgres: databaseUrl, stop } = await ownParts()

/** The signal that the requests post, as its event holds it. */
const sent: TradingSignal = {
  signalId: 'k2',
  idempotencyKey: 'k2',
  strategyId: 'manual',
  portfolioId: 'alpha-01',
  exchange: 'XNAS',
  instrumentId: 'MSFT',
  side: 'BUY',
  quantity: decimalOf('10'),
  orderType: 'MARKET',
  limitPrice: null,
  referencePrice: decimalOf('28.50'),
  reduceOnly: false,
  validUntil: null,
  timeInForce: null,
}

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

/** The steps of an approved signal that has a dead letter. */
const steps = ['signal', 'posted', 'published', 'verdict', 'decision', 'order', 'report', 'books', 'dead-letter']

type AskGateway = (path: string) => Promise<{ readonly status: number; readonly body: AnyJson }>

/** Of the signals k2, approved, and k6, rejected: the same from `trace` and from the gateway, by each of their ids. */
async function tracesAreWhole(ask: AskGateway, parts: Parts): Promise<void> {
  const environment = { KAFKA_BROKERS: kafka, SCHEMA_REGISTRY_URL: registry, DATABASE_URL: databaseUrl }
  const trace = async (...args: string[]) => {
    const { code, stdout, stderr } = await millrace(['trace', ...args, '--json'], environment)
    return { code, stderr, body: JSON.parse(stdout) as AnyJson }
  }
  // The key of a signal that was decided, with another quantity: a dead letter of portfolio-risk.
  const other = signalEvent(
    { ...sent, signalId: 'k2-again', idempotencyKey: 'k2', quantity: decimalOf('11') },
    parts.clock.now(),
    'test',
  )
  await writeEvent(tradingSignals, other, parts)
  // Fills, books and the relay's own mark come each in its time.
  let body: AnyJson
  await waitFor(
    async () => {
      body = (await ask('/v1/trace/k2')).body
      return body.state === 'settled' && steps.every(step => body.timeline.some((each: AnyJson) => each.step === step))
    },
    { what: 'the trace of k2 is not whole', said: () => JSON.stringify(body) },
  )
  assert.equal([body.state, body.portfolioId, body.verdict.outcome], ['settled', 'alpha-01', 'PASS'])
  assert.equal([body.decision.outcome, body.decision.exposureCap], ['APPROVED', '100000'])
  assert.is(body.order.status, 'FILLED')
  const filled = body.fills.reduce((sum: number, fill: AnyJson) => sum + Number(fill.quantity), 0)
  assert.is(filled, 10)
  assert.is(body.books.version, body.fills.at(-1).execSeq)
  assert.equal([body.deadLetters[0].code, body.deadLetters[0].state], ['PROCESS_FAILED', 'open'])
  assert.ok(body.timeline.slice(1).every(({ afterMs }: AnyJson) => afterMs >= 0))

  const ids = ['k2', body.correlationId, body.posted.eventId, body.decision.decisionId, body.order.orderId]
  for (const id of [...ids, body.fills[0].fillId]) assert.equal((await ask(`/v1/trace/${id}`)).body, body, id)
  const told = await trace(body.correlationId)
  assert.is(told.code, 0, told.stderr)
  assert.equal(told.body.traces, [body])
  assert.match(traceText(body), /^k2 {2}of alpha-01 {2}settled/)
  assert.match(traceText(body), /\+\d+ ms {2}decision {4}APPROVED, exposure/)

  const refused = (await ask('/v1/trace/k6')).body
  assert.equal([refused.state, refused.verdict.outcome], ['rejected', 'INSTRUMENT_DISABLED'])
  assert.equal([refused.order, refused.fills, refused.books], [null, [], null])

  // The conflicting signal itself was never decided: it is found in the topics, with its verdict.
  const lost = await trace(other.eventId)
  assert.is(lost.code, 0, lost.stderr)
  assert.equal([lost.body.traces[0].state, lost.body.traces[0].verdict.outcome], ['waiting', 'INSTRUMENT_DISABLED'])
  assert.is(lost.body.traces[0].deadLetters.length, 1)

  const unknown = await trace('nobody-knows')
  assert.equal([unknown.code, unknown.body.traces], [1, []])
  assert.match(unknown.stderr, /nothing is known by 'nobody-knows'/)
  assert.is((await ask('/v1/trace/nobody-knows')).status, 404)
}

/** Tries limits on the real topics: with the portfolio halted, its five approvals are refusals, and k6 is refused as it was. */
async function haltedInHindsight(): Promise<void> {
  const environment = { KAFKA_BROKERS: kafka, SCHEMA_REGISTRY_URL: registry, DATABASE_URL: databaseUrl }
  const file = join(await mkdtemp(join(tmpdir(), 'millrace-what-if-')), 'limits.yaml')
  const yaml = await readFile('processors/limits.yaml', 'utf8')
  await writeFile(file, yaml.replace(/^ {2}alpha-01:.*$/m, '  alpha-01: { tradingState: HALTED }'))
  const { code, stdout, stderr } = await millrace(['replay', `--with=${file}`, '--json'], environment)
  assert.is(code, 1, stderr)
  const { signals, changed, unlike } = JSON.parse(stdout) as AnyJson
  assert.equal([signals, unlike], [6, []])
  assert.equal(
    changed.map(({ idempotencyKey, made, now }: AnyJson) => [idempotencyKey, made, now]).sort(),
    ['k1', 'k2', 'k3', 'k4', 'k5'].map(key => [key, 'APPROVED', 'REJECTED TRADING_HALTED']),
  )
}

async function until<T>(read: () => Promise<T>, done: (found: T) => boolean): Promise<T> {
  for (;;) {
    const found = await read()
    if (done(found)) return found
    await systemClock.sleep(50)
  }
}

suite(
  'registration and signals over HTTP, on real parts',
  test => {
    test('an instrument is registered, traded, disabled, and its next signal rejected', async () => {
      const parts = await connectParts({ kafka, registry, postgres: databaseUrl })
      const graph = buildGraph(trading)
      await deploy(graph, parts)
      const at = { databaseUrl, clock: parts.clock, extension: tradingGateway }
      const outbox = openOutbox(at)
      const gateway = openGateway({ ...at, topology: trading, letters: await letterFinder(parts, graph) })
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
      // A worker for each processor.
      const names = graph.subtopologies.map(({ name }) => name)
      assert.is(names.length, 5)
      const workers = await Promise.all(names.map(name => runOn(graph, parts, { processors: [name] })))
      // A gateway waits for 10 s at most; what comes later has to be asked for again.
      const fresh = (path: string) =>
        until(
          () => ask(`${path}&waitMs=10000`),
          ({ status }) => status !== 503 && status !== 409,
        )
      assert.is((await fresh(registered.location)).body.instrumentVersion, '1')
      assert.is((await eventsOf(instrumentRegistered, parts)).length, 1, 'exactly one event')

      // Five signals, each posted twice, read in one call that waits for all of them.
      for (const key of ['k1', 'k2', 'k3', 'k4', 'k5'])
        for (const repeated of [false, true]) {
          const posted = await ask('/v1/signals', 'POST', signal(key))
          assert.is(posted.status, 202)
          assert.equal([posted.body.idempotencyKey, posted.body.repeated], [key, repeated])
        }
      const portfolio = await fresh('/v1/portfolios/alpha-01?minRiskSeq=5&including=k5')
      assert.is(portfolio.status, 200)
      assert.is(portfolio.body.summary.tradeCount, 5)
      assert.is((await eventsOf(tradingSignals, parts)).length, 5, 'a repeated signal makes no second event')

      const disabled = await ask('/v1/instruments/XNAS/MSFT', 'PATCH', { enabled: false })
      assert.is(disabled.status, 202)
      const applied = await fresh(disabled.location)
      assert.equal([applied.body.instrumentVersion, applied.body.enabled], ['2', false])
      const rejected = await ask('/v1/signals', 'POST', signal('k6'))
      const { body } = await fresh('/v1/portfolios/alpha-01/trades?idempotencyKey=k6&including=k6')
      assert.is(rejected.status, 202)
      assert.equal([body.items[0].outcome, body.items[0].reasonCode], ['REJECTED', 'INSTRUMENT_DISABLED'])
      assert.is((await eventsOf(instrumentRegistered, parts)).length, 2)

      await tracesAreWhole(ask, parts)

      await haltedInHindsight()

      await gateway.close()
      await relay.stop()
      await Promise.all(workers.map(worker => worker.stop()))
      await outbox.close()
      await parts.close()
    })

    test.after(stop)
  },
  { timeoutMs: 500_000 },
)
