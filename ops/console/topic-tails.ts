import type { ConsoleRecord } from '../../gateway/console/console-data.ts'
import { partitionsOf } from '../../topology/app/topics/read-raw.ts'
import type { RecordReader } from '../../topology/broker/port.ts'
import { recordJson } from './record-json.ts'
import type { ConsoleSource } from './source.ts'

/** Records that are kept of a topic, for viewers who come; and read back of each partition when the first one comes. */
const keptRecords = 100

/** Is called with records as they come. */
type OnRecords = (records: readonly ConsoleRecord[]) => void

interface Tail {
  readonly viewers: Set<OnRecords>
  readonly last: ConsoleRecord[]
  stop(): void
}

/** The tails of topics that somebody looks at: one reader a topic, however many look. */
export class TopicTails {
  readonly #source: ConsoleSource
  readonly #tails = new Map<string, Tail>()
  readonly #report: (error: unknown) => void

  constructor(source: ConsoleSource, report: (error: unknown) => void) {
    this.#source = source
    this.#report = report
  }

  /** Calls back with the last committed records of a topic, and with those that come, until the returned function is called. */
  watch(topic: string, onRecords: OnRecords): () => void {
    const tail = this.#tails.get(topic) ?? this.#follow(topic)
    tail.viewers.add(onRecords)
    onRecords([...tail.last])
    return () => {
      tail.viewers.delete(onRecords)
      if (tail.viewers.size > 0 || this.#tails.get(topic) !== tail) return
      this.#tails.delete(topic)
      tail.stop()
    }
  }

  /** Ends all tails, whoever still looks. */
  close(): void {
    for (const tail of this.#tails.values()) tail.stop()
    this.#tails.clear()
  }

  get idle(): boolean {
    return this.#tails.size === 0
  }

  #follow(topic: string): Tail {
    let open = true
    let reader: RecordReader | undefined
    const tail: Tail = {
      viewers: new Set(),
      last: [],
      stop() {
        open = false
        void reader?.close().catch(() => {})
      },
    }
    this.#tails.set(topic, tail)
    const follow = async () => {
      reader = await this.#openReader(topic)
      const codec = (await this.#source.codecs()).topics.get(topic)!
      while (open) {
        const raw = (await reader.poll()).flatMap(({ records }) => records)
        if (raw.length === 0) continue
        const definition = this.#source.graph.topics.get(topic)!
        const records = await Promise.all(raw.slice(-keptRecords).map(record => recordJson(record, definition, codec)))
        records.sort((one, other) => one.timestamp - other.timestamp)
        tail.last.push(...records)
        tail.last.splice(0, tail.last.length - keptRecords)
        for (const viewer of tail.viewers) viewer(records)
      }
    }
    const keepOn = async () => {
      const { clock } = await this.#source.parts!()
      while (open) {
        await follow().catch(error => {
          if (open) this.#report(error)
        })
        await reader?.close().catch(() => {})
        if (open) await clock.sleep(1_000)
        tail.last.length = 0
      }
    }
    void keepOn().catch(this.#report)
    return tail
  }

  /** A reader of all partitions, each from some records before its end. */
  async #openReader(topic: string): Promise<RecordReader> {
    const { broker } = await this.#source.parts!()
    const partitions = await partitionsOf(broker, [topic])
    const [starts, ends] = await Promise.all([
      broker.admin.listOffsets(partitions, 'earliest'),
      broker.admin.listOffsets(partitions, 'committed'),
    ])
    const reader = broker.reader({ isolation: 'read_committed', maxWaitMs: 200, maxBytesPerPartition: 256 * 1024 })
    for (const [index, partition] of partitions.entries())
      reader.seek(partition, Math.max(starts[index]!, ends[index]! - keptRecords))
    return reader
  }
}
