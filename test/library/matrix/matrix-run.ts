import type { Parts } from '../../../topology/app/connections.ts'
import { deploy } from '../../../topology/app/deploy.ts'
import { runOn } from '../../../topology/app/run.ts'
import type { RecordReader, TopicPartition } from '../../../topology/broker/port.ts'
import { buildGraph, type Codec, type SchemaRegistry, topology } from '../../../topology/index.ts'
import { type Format, formats, type Kind, type Wire } from './formats.ts'
import { declareOperators, type Inputs, inputs, inputTopics, type Output, operators } from './operators.ts'

/** One cell: what an operator has made in one format, last value by key. */
export interface Cell {
  readonly operator: string
  readonly format: string
  readonly expected: Readonly<Record<string, string>>
  readonly found: Readonly<Record<string, string>>
}

/** The time in which every cell must have its values. Units: ms. */
const limitMs = 270_000

/**
 * Deploys one topology with every operator in every format, as `topics apply` and `schemas register` do, starts a worker, and reads
 * what comes out until it is what is expected, or time is up.
 */
export async function runMatrix(parts: Parts, prefix: string): Promise<readonly Cell[]> {
  const read: Read[] = []
  const fed: { readonly format: Format; readonly topics: Inputs }[] = []
  const all = topology(`${prefix}matrix`, t => {
    for (const format of formats) {
      const topics = inputTopics(format, `${prefix}${format.name}-`)
      fed.push({ format, topics })
      for (const [name, output] of declareOperators(t, topics, format, prefix))
        read.push({ operator: name, format: format.name, output, found: {} })
    }
  })
  const graph = buildGraph(all)
  await deploy(graph, parts)
  await feed(parts, fed)
  const app = await runOn(graph, parts, { createTopics: 'internal' })
  try {
    await Promise.race([readUntilExpected(parts, read), failureOf(app.failed)])
  } finally {
    await app.stop()
  }
  return read.map(({ operator, format, found }) => ({ operator, format, expected: expectedOf(operator), found }))
}

interface Read {
  readonly operator: string
  readonly format: string
  readonly output: Output
  readonly found: Record<string, string>
}

async function failureOf(failed: Promise<unknown>): Promise<never> {
  throw await failed
}

async function feed({ broker, registry }: Parts, fed: readonly { format: Format; topics: Inputs }[]): Promise<void> {
  const writer = await broker.writer()
  for (const { format, topics } of fed) {
    const kinds: Record<keyof Inputs, readonly [Kind<string>, Kind<number> | Kind<string>]> = {
      left: [format.id, format.amount],
      right: [format.id, format.label],
      'left-table': [format.id, format.amount],
      'right-table': [format.id, format.label],
      groups: [format.group, format.label],
    }
    for (const name of Object.keys(inputs) as (keyof Inputs)[]) {
      const [key, value] = kinds[name]
      const codec = await codecOf(topics[name], registry)
      const records = inputs[name].map(([id, plain, timestamp]) => ({
        topic: topics[name].name,
        partition: 0,
        timestamp,
        key: codec.key.encode(key.make(id)),
        value: codec.value.encode(value.make(plain as never)),
        headers: [],
      }))
      await writer.send(records)
    }
  }
  await writer.close()
}

async function codecOf(of: Output['topic'], registry: SchemaRegistry) {
  return {
    key: (await of.key.bind({ topic: of.name, part: 'key', registry })) as Codec<unknown>,
    value: (await of.value.bind({ topic: of.name, part: 'value', registry })) as Codec<Wire>,
  }
}

async function readUntilExpected({ broker, registry }: Parts, read: readonly Read[]): Promise<void> {
  const reader: RecordReader = broker.reader({ isolation: 'read_committed' })
  const codecs = new Map<string, Awaited<ReturnType<typeof codecOf>>>()
  const byTopic = new Map(read.map(each => [each.output.topic.name, each]))
  for (const { output } of read) {
    const at: TopicPartition = { topic: output.topic.name, partition: 0 }
    reader.seek(at, 0)
    codecs.set(at.topic, await codecOf(output.topic, registry))
  }
  const deadline = Date.now() + limitMs
  while (!read.every(isExpected) && Date.now() < deadline)
    for (const { topic, records } of await reader.poll()) {
      const { output, found } = byTopic.get(topic)!
      const { key, value } = codecs.get(topic)!
      for (const record of records) {
        const id = output.key.read(await key.decode(record.key))
        found[id] = String(output.value.read((await value.decode(record.value)) as never))
      }
    }
  await reader.close()
}

function expectedOf(name: string) {
  return operators.find(operator => operator.name === name)!.expected
}

/** Whether the operator has made what is expected, and nothing else. */
export function isExpected({ operator, found }: Pick<Cell, 'operator' | 'found'>): boolean {
  const expected = expectedOf(operator)
  const keys = Object.keys(expected)
  return keys.length === Object.keys(found).length && keys.every(key => found[key] === expected[key])
}
