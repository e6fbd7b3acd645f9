import type { Broker, OutgoingRecord } from '../../broker/port.ts'
import type { Clock } from '../../definition/clock.ts'
import { TopologyError } from '../../definition/errors.ts'
import type { TopologyGraph } from '../../definition/graph.ts'
import type { SchemaRegistry } from '../../definition/serde.ts'
import { partitionOf } from '../../runtime/partitioner.ts'

/**
 * A record that a run is fed. `bytes` in place of key and value is written as it is: poison, for instance.
 * Units: `at` is event time, ms since the epoch.
 */
export interface SimulatedInput {
  readonly topic: string
  readonly key?: unknown
  readonly value?: unknown
  readonly bytes?: { readonly key: Uint8Array | null; readonly value: Uint8Array | null }
  readonly at: number
}

/** An input and when it arrives. Units: ms since the run began. */
export interface EncodedInput extends SimulatedInput {
  readonly arrivesMs: number
}

/** Writes the input as it arrives, in order. Never under faults: bots have their own troubles. */
export async function feedInput(
  input: readonly EncodedInput[],
  broker: Broker,
  registry: SchemaRegistry,
  partitions: ReadonlyMap<string, number>,
  clock: Clock,
  graph: TopologyGraph,
): Promise<void> {
  const writer = await broker.writer()
  const began = clock.now()
  for (let next = 0; next < input.length; ) {
    const { arrivesMs } = input[next] as EncodedInput
    const wait = began + arrivesMs - clock.now()
    if (wait > 0) await clock.sleep(wait)
    const batch: OutgoingRecord[] = []
    for (; next < input.length && input[next]!.arrivesMs <= arrivesMs; next++)
      batch.push(await encode(input[next]!, registry, partitions, graph))
    await writer.send(batch)
  }
}

async function encode(
  { topic, key, value, bytes, at }: EncodedInput,
  registry: SchemaRegistry,
  partitions: ReadonlyMap<string, number>,
  graph: TopologyGraph,
): Promise<OutgoingRecord> {
  const declared = graph.topics.get(topic)
  if (declared === undefined)
    throw new TopologyError(
      'TOPIC_MISSING',
      `the simulation's input names topic '${topic}', which '${graph.definition.name}' does not declare`,
    )
  const raw = bytes ?? {
    key: (await declared.key.bind({ topic, part: 'key', registry })).encode(key),
    value: (await declared.value.bind({ topic, part: 'value', registry })).encode(value),
  }
  const count = partitions.get(topic) ?? 1
  const partition = raw.key === null ? 0 : partitionOf(raw.key, count)
  return { topic, partition, timestamp: at, key: raw.key, value: raw.value, headers: [] }
}
