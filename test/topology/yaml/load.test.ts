import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import type { ProcessNode, TopologyDefinition } from '../../../topology/definition/definition.ts'
import { TopologyError } from '../../../topology/definition/errors.ts'
import * as plain from '../../../topology/definition/serdes/primitives.ts'
import { loadYaml, readYaml } from '../../../topology/yaml/load.ts'
import type { YamlOptions } from '../../../topology/yaml/reading.ts'
import { suite } from '../../support/suite.ts'
import code, { isRetriable, occurredAt, tick } from './parts/code.ts'
import { byPortfolio, risk } from './parts/risk.ts'

const { string, int64 } = plain
const options: YamlOptions = {
  serdes: { string, int64 },
  avro: schema => ({ ...string, name: `avro:${(schema as { name: string }).name}` }),
}

/** Lies in the folder of this test, so that `./parts/` is found. */
const path = fileURLToPath(new URL('trading.yaml', import.meta.url))

function read(text: string): Promise<TopologyDefinition> {
  return readYaml(path, text, options)
}

/** The problems of a text, without the path. */
async function problems(text: string): Promise<string[]> {
  try {
    await read(text)
    return []
  } catch (error) {
    assert.instance(error, TopologyError)
    assert.is((error as TopologyError).code, 'TOPOLOGY_INVALID')
    const lines = (error as Error).message.split('\n  ').slice(1)
    return lines.map(line => line.replace(`${path}:`, '').replaceAll(path, 'PATH'))
  }
}

function processNode(definition: TopologyDefinition, name: string): ProcessNode {
  return definition.nodes.find(node => node.name === name) as ProcessNode
}

const header = `topology: app
topics:
  in: { key: string, value: string }
  out: { key: string, value: string }
`

suite('yaml', test => {
  test('a processor of a module, wired by name', async () => {
    const definition = await read(`
topology: trading
functions: ./parts/risk.ts
topics:
  signals: { key: string, value: string, partitions: 6 }
  instruments: { key: string, value: string, config: { cleanup.policy: compact } }
  signals.checked: { key: string, value: string }
  signals.portfolio: { key: string, value: string }
processors:
  risk:
    streams: [signals]
    tables: { instruments: instruments }
    process: ./parts/risk.ts
    sinks: { verdicts: signals.checked }
  by-portfolio:
    repartition: { from: signals.checked, to: signals.portfolio, by: byPortfolio }
`)
    assert.equal(
      definition.nodes.map(node => [node.name, node.subtopology]),
      [
        ['risk/streams/signals', 'risk'],
        ['risk/tables/instruments/topic', 'risk'],
        ['risk/tables/instruments', 'risk'],
        ['risk', 'risk'],
        ['risk/sinks/verdicts', 'risk'],
        ['by-portfolio/streams/signals.checked', 'by-portfolio'],
        ['by-portfolio', 'by-portfolio'],
        ['by-portfolio/sinks/signals.portfolio', 'by-portfolio'],
      ],
    )
    const node = processNode(definition, 'risk')
    assert.is(node.functions?.[0], risk.process)
    assert.equal(node.stores, ['seen-signals', 'instruments'])
    assert.equal(node.failure, risk.failure)
    assert.equal(node.at, { file: path, line: 10, column: 3 })
    assert.is(processNode(definition, 'by-portfolio').functions?.[0], byPortfolio)
    const [signals, instruments] = definition.topics
    assert.is(signals?.partitions, 6)
    assert.equal(instruments?.config, { 'cleanup.policy': 'compact' })
  })

  test('everything can be said in place', async () => {
    const definition = await read(`
topology: app
schemas: [./parts/schemas.ts]
topics:
  in: { key: string, value: Signal, timestamp: ./parts/code.ts#occurredAt, offset-reset: latest }
  orders: { key: string, value: ./parts/order.avsc }
stores:
  counts: { key: string, value: int64, ttl: 7d, changelog: { segment.ms: 1000 } }
  seen-signals: ./parts/risk.ts#seen
processors:
  all:
    streams: [in]
    stores: { total: counts, seen: seen-signals }
    sinks: { orders: orders }
    process: ./parts/code.ts
    prefetch: ./parts/code.ts#tick
    punctuate: { tick: { every: 10s, on: wall-clock, run: ./parts/code.ts#tick } }
    on-error: { retry: 3, backoff: 1s to 5s, when: ./parts/code.ts#isRetriable, then: stop }
`)
    const [input, orders] = definition.topics
    assert.is(input?.value.name, 'avro:test.Signal')
    assert.is(input?.timestamp, occurredAt)
    assert.is(input?.offsetReset, 'latest')
    assert.is(orders?.value.name, 'avro:Order')
    const [counts] = definition.stores
    assert.is(counts?.retentionMs, 7 * 24 * 3_600_000)
    assert.equal(counts?.changelog, { 'segment.ms': '1000' })
    const node = processNode(definition, 'all')
    assert.equal(node.stores, ['counts', 'seen-signals'])
    assert.equal(node.functions, [code, tick, tick])
    const retry = { attempts: 3, backoff: '1s', cap: '5s' }
    assert.equal(node.failure, { retry, isRetriable, then: 'stop' })
  })

  test('short forms: retries begin at 100 ms, failures end as dead letters', async () => {
    const policy = async (text: string) => {
      const all = `${header}processors:\n  p: { streams: [in], process: ./parts/code.ts, on-error: ${text} }`
      return processNode(await read(all), 'p').failure
    }
    assert.equal(await policy('{ then: stop }'), { then: 'stop' })
    const patient = { attempts: 2, backoff: '100ms', cap: '10s' }
    assert.equal(await policy('{ retry: 2 }'), { retry: patient, then: 'dead-letter' })
    const steady = { attempts: 2, backoff: '1s', cap: '1s' }
    assert.equal(await policy('{ retry: 2, backoff: 1s }'), { retry: steady, then: 'dead-letter' })
    const breaker = { share: 0.2, records: 500 }
    assert.equal(await policy('{ breaker: 20% of 500 }'), { then: 'dead-letter', breaker })
  })

  test('five mistakes are five problems, each with its line and remedy', async () => {
    assert.equal(
      await problems(`
topology: trading
topics:
  signals: { key: string, value: strng, partitions: 6 }
  signals.checked: { key: string, value: string, partitions: six }
processors:
  risk:
    streams: [signals]
    proces: ./parts/code.ts
    process: ./parts/coed.ts
    sinks: { verdicts: signals.cheked }
`),
      [
        "4:34 value of topic 'signals' 'strng' is not known; did you mean 'string'?",
        "5:62 partitions of topic 'signals.checked' is 'six': write a whole number from 1",
        "9:5 processor 'risk' takes no 'proces'; did you mean 'process'?",
        "10:14 module './parts/coed.ts' cannot be loaded: the file does not exist: correct the path",
        "11:24 sink topic 'signals.cheked' is not declared; did you mean 'signals.checked'?",
      ],
    )
  })

  test('references that do not lead to what is needed', async () => {
    const found = await problems(`${header}processors:
  a: { streams: [in], process: ./parts/code.ts#tik }
  b: { streams: [in], process: ./parts/code.ts#notAFunction }
  c: { streams: [in], process: tick }
  d: { streams: [in], process: ./parts/schemas.ts }
  e: { streams: [in], process: ./parts/order.avsc }
`)
    assert.equal(found.slice(0, 4), [
      "6:32 module './parts/code.ts' has no export 'tik'; did you mean 'tick'?",
      "7:32 process of processor 'b' './parts/code.ts#notAFunction' is no function or processor: export one there",
      "8:32 process of processor 'c' 'tick' is not known: write it as './module.ts#tick'",
      "9:32 module './parts/schemas.ts' has no default export: add one",
    ])
    assert.match(found[4] ?? '', /^10:32 module '.\/parts\/order.avsc' cannot be loaded: /)
    assert.is(found.length, 5)
  })

  test('a name that two modules export must say which', async () => {
    const text = (by: string) => `functions: [./parts/risk.ts, ./parts/other.ts]
${header}processors: { r: { repartition: { from: in, to: out, by: ${by} } } }`
    assert.equal(await problems(text('byPortfolio')), [
      "6:58 by of repartition 'r' 'byPortfolio' is exported by two modules: write it as './parts/risk.ts#byPortfolio'",
    ])
    assert.equal(await problems(text('./parts/other.ts#byPortfolio')), [])
    assert.equal(await problems(text('sameAsRisk')), [])
  })

  test('wrong types, bad durations and words', async () => {
    assert.equal(
      await problems(`${header}stores:
  s: { key: string, value: string, ttl: soon }
processors:
  a: { streams: in, process: ./parts/code.ts, stores: [s] }
  b: { streams: [in], process: ./parts/code.ts, on-error: { retry: 0, backoff: 10s to 1s, then: ignore } }
  c: { streams: [in], process: ./parts/code.ts, on-error: { backoff: 1s, breaker: half of 10 } }
  d: [in]
  e: { repartition: { from: in, to: out } }
  f: { streams: [in], process: ./parts/code.ts, punctuate: { t: { every: 1w, on: clock, run: ./parts/code.ts#tick } } }
`),
      [
        "6:41 ttl of store 's': duration 'soon' is not valid: write '100ms', '5s', '5m', '1h' or '7d'",
        "8:17 streams of processor 'a' is 'in': write a list",
        "9:68 retry of on-error of processor 'b' is '0': write a whole number from 1",
        "9:80 backoff of on-error of processor 'b' ends below its start: write '1s to 10s'",
        "9:97 then of on-error of processor 'b' is 'ignore': write dead-letter or stop",
        "10:61 on-error of processor 'c' has a backoff but no retry: say how often, such as 'retry: 5'",
        "10:83 breaker of on-error of processor 'c' is 'half of 10': write a share and a number of records, such as '50% of 1000'",
        "11:6 processor 'd' is a list: write a mapping",
        "12:21 repartition 'e' has no 'by': add it",
        "13:74 every of punctuation 't' of processor 'f': duration '1w' is not valid: write '100ms', '5s', '5m', '1h' or '7d'",
        "13:82 on of punctuation 't' of processor 'f' is 'clock': write stream-time or wall-clock",
      ],
    )
  })

  test('problems of the graph have their place too', async () => {
    assert.equal(
      await problems(`
topology: app
topics:
  in: { key: string, value: string, partitions: 3 }
  fills: { key: string, value: string, partitions: 6 }
  a b: { key: string, value: string }
stores:
  unused: { key: string, value: string }
processors:
  a: { streams: [in, fills], process: ./parts/code.ts }
`),
      [
        "6:3 topic name 'a b' may hold only letters, digits, '.', '_' and '-': choose another name",
        "8:3 store 'unused' is not attached to anything: add it to the stores of a processor, or remove it",
        "10:3 inputs of sub-topology 'a' have different partition counts ('fills' has 6, 'in' has 3): repartition 'in' to 6, or declare equal counts",
      ],
    )
  })

  test('the wiring of a whole processor must fit its module', async () => {
    assert.equal(
      await problems(`
topology: app
topics:
  signals: { key: string, value: int64 }
  instruments: { key: string, value: string }
  signals.checked: { key: string, value: string }
processors:
  risk:
    streams: [signals]
    tables: { instrument: instruments }
    process: ./parts/risk.ts#risk
`),
      [
        "9:5 stream 'signals' of processor 'risk' has string and int64 here and string and string in its module: make them one",
        "10:5 table 'instrument' of processor 'risk' is not used by its module; did you mean 'instruments'?",
        "10:5 table 'instruments' of processor 'risk' is missing, its module uses it: add it",
        "11:5 sink 'verdicts' of processor 'risk' is missing, its module uses it: add it",
      ],
    )
  })

  test('text that is no YAML, keys that stand twice, a file that is not there', async () => {
    const [broken, ...others] = await problems('topology: app\ntopics: { in: { key: string\n')
    assert.match(broken ?? '', /^3:1 is not valid YAML: /)
    assert.equal(others, [])
    const twice = await problems(
      `${header}processors:\n  a: { streams: [in], streams: [in], process: ./parts/code.ts }`,
    )
    assert.equal(twice, ['6:23 the key is written twice in one mapping: keep one'])
    try {
      await loadYaml('no-such.yaml', options)
      assert.unreachable()
    } catch (error) {
      assert.is((error as TopologyError).code, 'CONFIG_INVALID')
    }
  })

  test('an empty file says what it lacks', async () => {
    assert.equal(await problems(''), ['1:1 a topology file is empty: write a mapping'])
    assert.equal(await problems('topology: app'), [
      "1:11 topology 'app' is empty: add a stream, a table or a processor",
    ])
  })
})
