import type { Parts } from '../../topology/app/connections.ts'
import { partitionsOf } from '../../topology/app/topics/read-raw.ts'
import type { RawRecord } from '../../topology/broker/port.ts'
import { TopologyError } from '../../topology/definition/errors.ts'
import type { TopologyGraph } from '../../topology/definition/graph.ts'
import { deadLetterTopic } from '../../topology/definition/naming.ts'
import type { Codec, Serde } from '../../topology/definition/serde.ts'
import { didYouMean } from '../../topology/definition/suggestion.ts'
import { bindCodecs } from '../../topology/runtime/codecs.ts'
import { letterOf } from '../dlq/letter.ts'
import { declaredTopics } from './declared-topics.ts'
import { toJson } from './json-values.ts'

/** Prints what comes to topics, until it is closed. */
export interface RecordPrinter {
  close(): Promise<void>
}

/**
 * Prints each committed record that comes to the topics as a line of JSON, decoded; a dead letter with its reason.
 * Shape: `{"topic":"counts","partition":0,"offset":3,"timestamp":1700000000000,"key":"be","value":2}`.
 *
 * Errors: TopologyError CONFIG_INVALID for a topic that the topology does not have.
 */
export async function printRecords(
  graph: TopologyGraph,
  { broker, registry }: Parts,
  wanted: readonly string[] | undefined,
  print: (line: string) => void,
): Promise<RecordPrinter> {
  const shown = wanted ?? declaredTopics(graph)
  const unknown = shown.find(name => !graph.topics.has(name))
  if (unknown !== undefined)
    throw new TopologyError(
      'CONFIG_INVALID',
      `topic '${unknown}' is not in the topology${didYouMean(unknown, graph.topics.keys()) || `: it has ${declaredTopics(graph).join(', ')}`}`,
    )
  const codecs = await bindCodecs(graph, registry)
  const partitions = await partitionsOf(broker, [...shown, ...shown.map(deadLetterTopic)])
  const ends = await broker.admin.listOffsets(partitions, 'committed')
  const reader = broker.reader({ isolation: 'read_committed', maxWaitMs: 50 })
  for (const [index, partition] of partitions.entries()) reader.seek(partition, ends[index]!)
  let open = true

  async function textOf(record: RawRecord): Promise<string> {
    const letter = letterOf(record)
    const topic = graph.topics.get(letter?.source.topic ?? record.topic)
    const codec = topic && codecs.topics.get(topic.name)
    const { partition, offset, timestamp } = record
    const head = JSON.stringify({ topic: record.topic, partition, offset, timestamp })
    const reason = letter && JSON.stringify({ code: letter.code, message: letter.message, processor: letter.processor })
    const key = await decoded(record.key, topic?.key, codec?.key)
    const value = await decoded(record.value, topic?.value, codec?.value)
    return `${head.slice(0, -1)},"key":${key},"value":${value}${reason ? `,"error":${reason}` : ''}}`
  }

  async function follow(): Promise<void> {
    while (open) {
      for (const { records } of await reader.poll()) for (const record of records) print(await textOf(record))
    }
  }
  const following = follow()
  return {
    async close() {
      open = false
      await reader.close()
      await following.catch(() => {})
    },
  }
}

/** The JSON of bytes; those that the serde cannot read, as those of a dead letter may be, in base64. */
async function decoded(
  bytes: Uint8Array | null,
  serde: Serde<unknown> | undefined,
  codec: Codec<unknown> | undefined,
): Promise<string> {
  if (bytes === null) return 'null'
  try {
    if (serde && codec) return toJson(serde, await codec.decode(bytes))
  } catch {}
  return JSON.stringify(Buffer.from(bytes).toString('base64'))
}
