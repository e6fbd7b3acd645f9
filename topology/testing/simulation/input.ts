import type { Broker, OutgoingRecord } from '../../broker/port.ts'
import type { Clock } from '../../definition/clock.ts'
import { TopologyError } from '../../definition/errors.ts'
import type { TopologyGraph } from '../../definition/graph.ts'
import type { SchemaRegistry } from '../../definition/serde.ts'
import type { AnyTopic } from '../../definition/topic.ts'
import { partitionOf } from '../../runtime/partitioner.ts'

/**
 * An input record of a run. `bytes` in place of key and value are written as they are: poison, for instance.
 * Units: `at` is event time, ms since the epoch.
 */
export interface SimulatedInput {
  readonly topic: string
  readonly key?: unknown
  readonly value?: unknown
  readonly bytes?: { readonly key: Uint8Array | null; readonly value: Uint8Array | null }
  readonly at: number
  /** It must become one dead letter. */
  readonly poison?: boolean
}

/** An input and its time of arrival. Units: ms since the run began. */
export interface ArrivingInput extends SimulatedInput {
  readonly arrivesMs: number
}

/** Writes the input as it arrives, in order. Never under faults, which belong to the engine under test. */
export async function feedInput(
  input: readonly ArrivingInput[],
  broker: Broker,
  registry: SchemaRegistry,
  partitions: ReadonlyMap<string, number>,
  clock: Clock,
  graph: TopologyGraph,
): Promise<void> {
  const encoder = await encoderOf(input, registry, partitions, graph)
  const writer = await broker.writer()
  const began = clock.now()
  for (let next = 0; next < input.length; ) {
    const { arrivesMs } = input[next]!
    const wait = began + arrivesMs - clock.now()
    if (wait > 0) await clock.sleep(wait)
    const batch: OutgoingRecord[] = []
    for (; next < input.length && input[next]!.arrivesMs <= arrivesMs; next++) batch.push(encoder(input[next]!))
    await writer.send(batch)
  }
}

/** Encodes with the serdes of the records' topics, bound once. Errors: TopologyError TOPIC_MISSING. */
async function encoderOf(
  input: readonly ArrivingInput[],
  registry: SchemaRegistry,
  partitions: ReadonlyMap<string, number>,
  graph: TopologyGraph,
): Promise<(record: ArrivingInput) => OutgoingRecord> {
  const codecs = new Map<string, Awaited<ReturnType<typeof bind>>>()
  const bind = async ({ key, value, name: topic }: AnyTopic) => ({
    key: await key.bind({ topic, part: 'key', registry }),
    value: await value.bind({ topic, part: 'value', registry }),
  })
  for (const name of new Set(input.map(({ topic }) => topic))) {
    const declared = graph.topics.get(name)
    if (declared === undefined)
      throw new TopologyError(
        'TOPIC_MISSING',
        `the simulation's input names topic '${name}', which '${graph.definition.name}' does not declare: correct the input`,
      )
    codecs.set(name, await bind(declared))
  }
  return ({ topic, key, value, bytes, at }) => {
    const codec = codecs.get(topic)!
    const raw = bytes ?? { key: codec.key.encode(key), value: codec.value.encode(value) }
    const partition = raw.key === null ? 0 : partitionOf(raw.key, partitions.get(topic) ?? 1)
    return { topic, partition, timestamp: at, key: raw.key, value: raw.value, headers: [] }
  }
}
