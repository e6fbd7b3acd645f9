import type { RawRecord, TopicPartition } from '../broker/port.ts'
import type { TaskId } from '../definition/definition.ts'
import { FatalError, SerdeError, TopologyError } from '../definition/errors.ts'
import type { TopologyGraph } from '../definition/graph.ts'
import { chain, isPromise, type StreamRecord } from '../definition/record.ts'
import type { Codecs } from './codecs.ts'
import type { InputStart } from './input-queue.ts'
import type { Decode, Extract } from './partition-group.ts'
import type { PlacementCheck } from './placement.ts'
import { ownHeaders } from './retried-record.ts'
import type { TaskEnvironment } from './task-environment.ts'

/** The offsets at which a task begins to read, and the stream time it goes on from. */
export interface StartingPoint {
  readonly inputs: readonly InputStart[]
  readonly streamTime: number
  /** Whether the group had a committed offset for any input; one that is new to the topology has none. */
  readonly committed: boolean
}

/**
 * Reads the position of the task: the committed offsets, read only after the fence (C4, a caller's duty), and for inputs without
 * one, the topic's reset. Stream time survives restarts: it is in the offsets' metadata.
 *
 * Errors: FatalError OFFSET_OUT_OF_RANGE when a topic without committed offsets has `offsetReset: 'fail'`.
 */
export async function startingPoint(
  task: TaskId,
  group: string,
  topics: readonly string[],
  env: TaskEnvironment,
): Promise<StartingPoint> {
  const partitions = topics.map(topic => ({ topic, partition: task.partition }))
  const offsets = await env.broker.admin.committedOffsets(group, partitions)
  let streamTime = -1
  const ends = await env.broker.admin.listOffsets(partitions, 'committed')
  const inputs: InputStart[] = []
  for (const [index, at] of partitions.entries()) {
    const known = offsets[index]
    if (known !== undefined) streamTime = Math.max(streamTime, readStreamTime(known.metadata))
    const endOffset = ends[index] as number
    const position = known?.offset ?? (await reset(at, group, env))
    inputs.push({ ...at, position, endOffset })
  }
  return { inputs, streamTime, committed: offsets.some(known => known !== undefined) }
}

async function reset(at: TopicPartition, group: string, env: TaskEnvironment): Promise<number> {
  const policy = env.graph.topics.get(at.topic)?.offsetReset ?? 'earliest'
  if (policy === 'fail')
    throw new FatalError(
      'OFFSET_OUT_OF_RANGE',
      `group '${group}' has no committed offset for ${at.topic}/${at.partition}, and the topic's offsetReset is 'fail': set the group's offsets, or choose 'earliest' or 'latest'`,
      { context: { ...at, group } },
    )
  const [offset] = await env.broker.admin.listOffsets([at], policy === 'latest' ? 'committed' : 'earliest')
  return offset as number
}

/**
 * Refuses a table without the offsets that belong to it: the group was reset or has expired, or reads none of its inputs any
 * more. Errors: TopologyError.
 */
export function checkOffsetsOf(
  task: TaskId,
  group: string,
  start: StartingPoint,
  checkpoints: ReadonlyMap<string, number | undefined>,
): void {
  if (start.committed) return
  for (const [store, offset] of checkpoints)
    if (offset !== undefined && offset > 0)
      throw new TopologyError(
        'CHECKPOINT_WITHOUT_OFFSETS',
        `store '${store}', partition ${task.partition}, has state up to changelog offset ${offset}, but group '${group}' has no committed offsets: its inputs would be counted twice. Restore the group's offsets, or start anew with 'millrace state reset'; where all inputs were replaced, read the old and the new ones for one deploy`,
        { context: { store, partition: task.partition, group } },
      )
}

/** The metadata of a committed offset. Units: ms. Shape: `'{"streamTime":1700000000000,"committedAt":1700000000123}'`. */
export function writeOffsetMetadata(streamTime: number, committedAt: number): string {
  return `{"streamTime":${streamTime},"committedAt":${committedAt}}`
}

const offsetMetadata = /^\{"streamTime":(-?\d+)(?:,"committedAt":(\d+))?\}$/

/** The stream time in an offset's metadata; -1 for an offset that some other tool wrote. */
export function readStreamTime(metadata: string): number {
  return Number(offsetMetadata.exec(metadata)?.[1] ?? -1)
}

/** When the commit of an offset began, by the clock of its worker; undefined: some other tool, or an older version, wrote it. Units: ms. */
export function readCommittedAt(metadata: string): number | undefined {
  const at = offsetMetadata.exec(metadata)?.[2]
  return at === undefined ? undefined : Number(at)
}

/** Decodes records with their topic's serdes, after a look at their place. Errors: those of the serdes and of the check. */
export function decoderOf(codecs: Codecs, checkPlace: PlacementCheck): Decode {
  return raw => {
    checkPlace(raw)
    const codec = codecs.topics.get(raw.topic)!
    const key = codec.key.decode(raw.key)
    if (isPromise(key))
      return key.then(known => chain(codec.value.decode(raw.value), value => decoded(raw, known, value)))
    const value = codec.value.decode(raw.value)
    return isPromise(value) ? value.then(known => decoded(raw, key, known)) : decoded(raw, key, value)
  }
}

function decoded(raw: RawRecord, key: unknown, value: unknown): StreamRecord {
  const { topic, partition, offset, timestamp } = raw
  return { topic, partition, offset, timestamp, key, value, headers: ownHeaders(raw) }
}

/** Extracts the event time of decoded records. Errors: SerdeError DECODE_FAILED; whatever the topic's extractor throws. */
export function extractorOf({ topics }: TopologyGraph, streamTime: () => number): Extract {
  return record => {
    const extract = topics.get(record.topic)?.timestamp
    if (extract === undefined) {
      if (Number.isSafeInteger(record.timestamp)) return record
      throw new SerdeError(
        'DECODE_FAILED',
        `a record of topic '${record.topic}' has a timestamp beyond 2^53 ms, which no number holds: correct its producer, or give the topic a timestamp extractor`,
      )
    }
    const extracted: unknown = extract(record, streamTime())
    if (Number.isSafeInteger(extracted)) return { ...record, timestamp: extracted as number }
    // The record fails with the error below, whatever comes of a promise.
    if (isPromise(extracted)) extracted.catch(() => undefined)
    throw new SerdeError(
      'DECODE_FAILED',
      `the timestamp extractor of topic '${record.topic}' gave ${isPromise(extracted) ? 'a promise' : extracted}: give milliseconds since the epoch`,
    )
  }
}
