import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { yamlOptions } from '../../../topology/app/topology-file.ts'
import { yamlKeys } from '../../../topology/yaml/keys.ts'
import { stepDescriptions } from '../../../topology/yaml/steps/descriptions.ts'
import { stepsByStage } from '../../../topology/yaml/steps/run-steps.ts'
import { stepSchema } from '../../../topology/yaml/steps/schema.ts'
import { suite } from '../../support/suite.ts'

interface ObjectSchema {
  readonly properties: Readonly<Record<string, unknown>>
}

const file = new URL('../../../topology/yaml/topology.schema.json', import.meta.url)
const schema = JSON.parse(readFileSync(file, 'utf8'))
const validate = new Ajv({ allowUnionTypes: true }).compile(schema)

const whole = `
topology: app
x-shared: { retry: 5 }
schemas: ./schemas.ts
functions: [./functions.ts]
topics:
  in: { key: string, value: Signal, partitions: 6, config: { retention.ms: 1000 }, offset-reset: latest, timestamp: at, misplaced: ignore }
stores:
  ledgers: ./stores.ts#ledgers
  seen: { key: string, value: int64, ttl: 7d, changelog: { segment.ms: 1000 } }
processors:
  risk:
    streams: [in]
    tables: { instruments: in }
    stores: [ledgers]
    sinks: { out: in }
    process: ./risk.ts
    prefetch: keys
    punctuate: { tick: { every: 10s, on: wall-clock, run: tick } }
    on-error: { retry: 5, backoff: 100ms to 10s, when: isRetriable, then: dead-letter }
  other:
    repartition: { from: in, to: in, by: key }
tables:
  users: { topic: in, history: 1d, subtopology: people, on-error: { then: stop } }
global-tables:
  rates: { topic: in }
streams:
  words:
    from: [in, in]
    subtopology: words
    steps:
      - flat-map-values: words
      - group-by: { by: self, name: by-word, key: string }
      - tumbling: 1m
      - count: word-counts
      - on-error: { then: stop }
      - on-close
      - split: { large: isLarge }
  found:
    from-pattern: { match: ^orders, key: string, value: Signal, offset-reset: latest }
    subtopology: orders
  joined:
    from-stream: words.large
    steps:
      - join: { stream: words.rest, by: pair, name: paid, within: { before: 1m, after: 5m } }
      - to-one-of: { topics: [in], by: choose }
`

suite('yaml schema', test => {
  test('an editor knows the keys that the loader takes', () => {
    const { definitions } = schema
    const objects: Record<keyof typeof yamlKeys, ObjectSchema> = {
      file: schema,
      topic: definitions.topic,
      store: definitions.store.anyOf[1],
      processor: definitions.processor,
      repartition: definitions.repartition,
      punctuation: definitions.punctuation,
      onError: definitions.onError,
      table: definitions.table,
      globalTable: definitions.globalTable,
      stream: definitions.stream,
      pattern: definitions.pattern,
    }
    for (const [part, keys] of Object.entries(yamlKeys)) {
      const known = Object.keys(objects[part as keyof typeof yamlKeys].properties)
      assert.equal(known.sort(), [...keys].sort(), part)
    }
  })

  test('an editor knows the operators and their fields', () => {
    assert.equal(schema.definitions.step, stepSchema())
  })

  test('every property says what it is for, and every word of a list is one that the loader takes', () => {
    const bare: string[] = []
    const visit = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return
      const { properties = {}, ...rest } = node as { properties?: Record<string, { description?: string }> }
      for (const [name, property] of Object.entries(properties)) {
        if (!/^\S.{10,}\.$/.test(property.description ?? '')) bare.push(`${path}.${name}`)
        visit(property, `${path}.${name}`)
      }
      for (const [key, part] of Object.entries(rest)) visit(part, `${path}.${key}`)
    }
    visit(schema, '')
    assert.equal(bare, [])
    const { anyOf } = schema.definitions.step
    for (const { const: name, description } of anyOf[0].anyOf) assert.ok(name && description, name)
    assert.equal(
      Object.keys(stepDescriptions).sort(),
      [...new Set(Object.values(stepsByStage).flatMap(Object.keys))].sort(),
    )
    assert.equal([...schema.definitions.serde.anyOf[0].enum].sort(), Object.keys(yamlOptions.serdes).sort())
  })

  test('a file that says everything is valid', () => {
    assert.ok(validate(parse(whole)), JSON.stringify(validate.errors))
  })

  test('mistakes are seen', () => {
    const broken: [string, string][] = [
      ['topology: app', 'topologie: app'],
      ['partitions: 6', 'partitions: six'],
      ['on: wall-clock', 'on: clock'],
      ['ttl: 7d', 'ttl: soon'],
      ['100ms to 10s', '100ms until 10s'],
      ['streams: [in]', 'stream: [in]'],
      ['by: key', 'bye: key'],
      ['- on-close', '- on-clse'],
      ['flat-map-values: words', 'flat-map-value: words'],
      ['name: by-word, ', ''],
      ['from-stream: words.large', 'from-stream: words.large\n    from: in'],
      ['history: 1d', 'history: often'],
      ['misplaced: ignore', 'misplaced: allow'],
      ['- on-error: { then: stop }', '- on-error: { then: halt }'],
      ['x-shared', 'shared'],
      ['match: ^orders, ', ''],
    ]
    for (const [right, wrong] of broken) assert.not.ok(validate(parse(whole.replace(right, wrong))), wrong)
  })
})
