import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

/**
 * One request of Kafka's protocol, in one version, with the way to read its answer.
 *
 * Source: https://kafka.apache.org/protocol. Each function that builds one quotes the grammar above it, in the notation of
 * that page: `name(TYPE)`, `[array]`; throttle times are read and ignored, as the broker enforces them itself.
 */
export interface Message<Answer> {
  readonly api: string
  readonly apiKey: number
  readonly version: number
  /** Versions with compact types and tagged fields have another header (KIP-482). */
  readonly flexible?: boolean
  /** The same request for brokers that lack this version. */
  readonly older?: Message<Answer>
  encode(writer: Writer): void
  decode(reader: Reader): Answer
}

/** Partitions with a value for each, as the protocol groups them: by topic. */
interface ByTopic<T> {
  readonly topic: string
  readonly partitions: readonly T[]
}

/** Groups by topic; topics in order of appearance. */
export function byTopic<T extends { readonly topic: string }>(items: readonly T[]): ByTopic<T>[] {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(item.topic)
    if (group) group.push(item)
    else groups.set(item.topic, [item])
  }
  return Array.from(groups, ([topic, partitions]) => ({ topic, partitions }))
}

/** The opposite of `byTopic`, for an answer: `read` gets the topic's name for each partition. */
export function readByTopic<T>(reader: Reader, read: (reader: Reader, topic: string) => T): T[] {
  return reader
    .array(() => {
      const topic = reader.string() ?? ''
      return reader.array(() => read(reader, topic))
    })
    .flat()
}
