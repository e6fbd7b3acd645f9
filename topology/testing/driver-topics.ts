import type { OutgoingRecord, RawRecord } from '../broker/port.ts'
import { TopologyError } from '../definition/errors.ts'
import type { TopologyGraph } from '../definition/graph.ts'
import { deadLetterTopic } from '../definition/naming.ts'
import { type Awaitable, chain, forEachInOrder, type StreamRecord } from '../definition/record.ts'
import type { Codecs } from '../runtime/codecs.ts'
import { partitionOf } from '../runtime/partitioner.ts'
import type { DeadLetter } from './driver.ts'

/** A record on its way into a topic; without a partition it goes by its key. */
export type PipedBytes = Omit<OutgoingRecord, 'partition'> & { readonly partition: number | undefined }

/** The records that the tasks have written to one topic and nobody has taken yet, and the topic's offsets. */
interface DriverTopic {
  readonly name: string
  /** The next offset of each partition. */
  readonly offsets: number[]
  readonly internal: boolean
  written: StreamRecord[]
}

/** The topics of a test driver: they number records, and keep those that a test may read. */
export class DriverTopics {
  readonly #codecs: Codecs
  readonly #topics = new Map<string, DriverTopic>()
  readonly #sourceOfDeadLetters: ReadonlyMap<string, string>
  #deadLetters: { readonly source: string; readonly letter: DeadLetter }[] = []

  constructor(graph: TopologyGraph, codecs: Codecs, partitionsOf: (topic: string) => number) {
    this.#codecs = codecs
    this.#sourceOfDeadLetters = new Map([...graph.topics.keys()].map(topic => [deadLetterTopic(topic), topic]))
    const internal = new Set(graph.definition.nodes.flatMap(node => (node.kind === 'repartition' ? [node.topic] : [])))
    for (const name of graph.topics.keys()) {
      const offsets = new Array<number>(partitionsOf(name)).fill(0)
      this.#topics.set(name, { name, offsets, internal: internal.has(name), written: [] })
    }
  }

  /** Appends a record from outside. Errors: TopologyError UNSUPPORTED for a partition that the topic does not have. */
  pipe(record: PipedBytes): RawRecord {
    const { offsets } = this.#topics.get(record.topic)!
    const { key, partition = key === null ? 0 : partitionOf(key, offsets.length) } = record
    if (offsets[partition] === undefined)
      throw new TopologyError(
        'UNSUPPORTED',
        `topic '${record.topic}' has no partition ${partition}: it has ${offsets.length} in this driver`,
      )
    return this.#append({ ...record, partition })
  }

  /** Appends the records of a commit; each is then `appended`. Dead letters are kept, and no task reads them. */
  write(records: readonly OutgoingRecord[], appended: (record: RawRecord) => Awaitable<void>): Awaitable<void> {
    return forEachInOrder(records, record => {
      const topic = this.#topics.get(record.topic)
      if (topic === undefined) return this.#keepDeadLetter(record)
      const raw = this.#append(record)
      if (topic.internal) return appended(raw)
      return chain(this.#decode(raw), decoded => {
        topic.written.push(decoded)
        return appended(raw)
      })
    })
  }

  /** Takes the records that were written to a topic since the last call. */
  take(name: string): StreamRecord[] {
    const topic = this.#topics.get(name)!
    const { written } = topic
    topic.written = []
    return written
  }

  /** Takes the dead letters of a topic, or all. */
  takeDeadLetters(topic: string | undefined): DeadLetter[] {
    const wanted = ({ source }: { readonly source: string }) => topic === undefined || source === topic
    const taken = this.#deadLetters.filter(wanted)
    this.#deadLetters = this.#deadLetters.filter(one => !wanted(one))
    return taken.map(({ letter }) => letter)
  }

  #append(record: OutgoingRecord): RawRecord {
    const { offsets } = this.#topics.get(record.topic)!
    const offset = offsets[record.partition]!
    offsets[record.partition] = offset + 1
    const { topic, partition, timestamp, key, value, headers } = record
    return { topic, partition, offset, timestamp, key, value, headers }
  }

  #keepDeadLetter(record: OutgoingRecord): void {
    const source = this.#sourceOfDeadLetters.get(record.topic)!
    const headers = record.headers.map(({ key, value }) => [key, value === null ? '' : Buffer.from(value).toString()])
    this.#deadLetters.push({ source, letter: { ...record, headers: Object.fromEntries(headers) } })
  }

  #decode(raw: RawRecord): Awaitable<StreamRecord> {
    const codec = this.#codecs.topics.get(raw.topic)!
    const { topic, partition, offset, timestamp, headers } = raw
    return chain(codec.key.decode(raw.key), key =>
      chain(codec.value.decode(raw.value), value =>
        Object.freeze({ topic, partition, offset, timestamp, key, value, headers }),
      ),
    )
  }
}
