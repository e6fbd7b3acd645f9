import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

/**
 * One request of Kafka's protocol, in every version known here, with the way to read its answers. A connection sends it in the newest version
 * that its broker takes, too.
 *
 * Source: https://kafka.apache.org/protocol. Each function that builds one quotes the grammar of the newest version above it, in the
 * notation of that page: `name(TYPE)`, `[array]`; `since 8: name(TYPE)` is not in older versions. TAGS, and the compact form of strings,
 * bytes and arrays, belong to flexible versions, and Reader and Writer take care of both. Throttle times are read and
 * ignored, as the broker enforces them itself.
 */
export interface Message<Answer> {
  readonly api: string
  readonly apiKey: number
  /** The versions that are written and read here. */
  readonly versions: VersionRange
  /** The first version with compact types and tagged fields, and another header (KIP-482). */
  readonly flexibleFrom: number
  encode(writer: Writer, version: number): void
  decode(reader: Reader, version: number): Answer
}

/** The oldest and the newest version of a request, both included. */
export type VersionRange = readonly [oldest: number, newest: number]

/** Partitions with a value for each, as the protocol groups them: by topic. */
interface ByTopic<T> {
  readonly topic: string
  readonly partitions: readonly T[]
}

/** Groups by topic; topics in order of appearance. */
function byTopic<T extends { readonly topic: string }>(items: readonly T[]): ByTopic<T>[] {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(item.topic)
    if (group) group.push(item)
    else groups.set(item.topic, [item])
  }
  return Array.from(groups, ([topic, partitions]) => ({ topic, partitions }))
}

/** Writes what is for partitions by topic; the tagged fields of topics and partitions are none. */
export function writeByTopic<T extends { readonly topic: string }>(
  writer: Writer,
  items: readonly T[],
  write: (writer: Writer, item: T) => void,
): void {
  writer.array(byTopic(items), (_, { topic, partitions }) => {
    writer.string(topic)
    writer.array(partitions, (_, item) => {
      write(writer, item)
      writer.tags()
    })
    writer.tags()
  })
}

/** Writes the numbers of partitions by topic: a list of numbers has no tagged fields. */
export function writePartitions(
  writer: Writer,
  partitions: readonly { readonly topic: string; readonly partition: number }[],
): void {
  writer.array(byTopic(partitions), (_, { topic, partitions }) => {
    writer.string(topic)
    writer.array(partitions, (_, { partition }) => writer.int32(partition)).tags()
  })
}

/** The opposite of `writeByTopic`, for an answer: `read` gets the topic's name for each partition. */
export function readByTopic<T>(reader: Reader, read: (reader: Reader, topic: string) => T): T[] {
  return reader
    .array(() => {
      const topic = reader.string() ?? ''
      const answers = reader.array(() => {
        const answer = read(reader, topic)
        reader.tags()
        return answer
      })
      reader.tags()
      return answers
    })
    .flat()
}
