import {
  type FetchedPartition,
  partitionKey,
  type ReaderOptions,
  type RecordReader,
  type TopicPartition,
} from '../port.ts'
import type { Cluster } from './cluster.ts'
import { misused, topicMissing } from './errors.ts'
import type { PartitionLog } from './partition-log.ts'
import { type ClientPart, type RequestLine, silence } from './request-line.ts'

interface Cursor extends TopicPartition {
  position: number
  paused: boolean
  /** Undefined until the topic exists. */
  log: PartitionLog | undefined
  /** The end reported by the last poll; undefined after a seek, so that the next poll answers at once. */
  toldEnd: number | undefined
  unlisten: () => void
}

/** The position of a cursor when the poll was sent. */
interface Asked {
  readonly cursor: Cursor
  readonly log: PartitionLog
  readonly position: number
}

/** Reads partitions from given positions. A waiting poll is woken by the logs it waits for; there is no polling loop. */
export class MemoryReader implements RecordReader, ClientPart {
  readonly #cluster: Cluster
  readonly #line: RequestLine
  readonly #options: Required<ReaderOptions>
  readonly #cursors = new Map<string, Cursor>()
  #polling = false
  #closed = false
  /** The partitions were changed since the poll was sent: it must not wait for the old ones. */
  #changed = false
  /** One for each request that waits: usually one, and a second while a request whose caller has given up still takes effect. */
  readonly #waiting = new Set<() => void>()

  constructor(cluster: Cluster, line: RequestLine, options: ReaderOptions) {
    this.#cluster = cluster
    this.#line = line
    line.parts.add(this)
    this.#options = { maxWaitMs: 100, maxBytesPerPartition: 1_048_576, ...options }
  }

  seek({ topic, partition }: TopicPartition, position: number): void {
    const key = partitionKey(topic, partition)
    const paused = this.#cursors.get(key)?.paused ?? false
    this.remove({ topic, partition })
    // a new cursor for each seek: the answer of a poll in flight for the old one is recognised and dropped
    const cursor: Cursor = {
      topic,
      partition,
      position,
      paused,
      log: undefined,
      toldEnd: undefined,
      unlisten: () => {},
    }
    this.#cursors.set(key, cursor)
    this.#interrupt()
  }

  remove({ topic, partition }: TopicPartition): void {
    const key = partitionKey(topic, partition)
    this.#cursors.get(key)?.unlisten()
    this.#cursors.delete(key)
  }

  pause({ topic, partition }: TopicPartition): void {
    const cursor = this.#cursors.get(partitionKey(topic, partition))
    if (cursor) cursor.paused = true
  }

  resume({ topic, partition }: TopicPartition): void {
    const cursor = this.#cursors.get(partitionKey(topic, partition))
    if (!cursor?.paused) return
    cursor.paused = false
    this.#interrupt()
  }

  async poll(): Promise<readonly FetchedPartition[]> {
    if (this.#line.crashed) return silence()
    if (this.#closed) throw misused('a closed reader was polled', 'make another')
    if (this.#polling) throw misused('a reader was polled while it polls', 'await the poll before')
    this.#polling = true
    this.#changed = false
    try {
      const all = this.#ask()
      // as with a real fetch, other work gets its turn: timers and I/O would starve in a loop of resolved promises
      await this.#cluster.clock.yield()
      const answer = await this.#line.send('Fetch', '', () => this.#fetch(all))
      return this.#accept(answer)
    } finally {
      this.#polling = false
    }
  }

  async close(): Promise<void> {
    this.#line.parts.delete(this)
    this.abandon()
  }

  abandon(): void {
    this.#closed = true
    for (const { unlisten } of this.#cursors.values()) unlisten()
    this.#cursors.clear()
    this.#interrupt()
  }

  async #fetch(
    all: readonly Asked[],
  ): Promise<readonly { readonly asked: Asked; readonly fetched: FetchedPartition }[]> {
    if (!this.#changed && !all.some(asked => this.#hasNews(asked))) await this.#wait()
    const { isolation, maxBytesPerPartition } = this.#options
    return all
      .filter(({ cursor }) => this.#isCurrent(cursor))
      .map(asked => {
        const { topic, partition, deleted } = asked.log
        if (deleted) throw topicMissing(topic)
        return {
          asked,
          fetched: { topic, partition, ...asked.log.read(asked.position, isolation, maxBytesPerPartition) },
        }
      })
  }

  /** Only an answer that arrives moves positions; one that is lost is fetched again. */
  #accept(answer: readonly { readonly asked: Asked; readonly fetched: FetchedPartition }[]): FetchedPartition[] {
    const accepted: FetchedPartition[] = []
    for (const { asked, fetched } of answer) {
      if (!this.#isCurrent(asked.cursor)) continue
      asked.cursor.position = fetched.position
      asked.cursor.toldEnd = fetched.endOffset
      accepted.push(fetched)
    }
    return accepted
  }

  #ask(): Asked[] {
    const all: Asked[] = []
    for (const cursor of this.#cursors.values()) {
      if (cursor.paused) continue
      cursor.log ??= this.#attach(cursor)
      all.push({ cursor, log: cursor.log, position: cursor.position })
    }
    return all
  }

  #attach(cursor: Cursor): PartitionLog {
    const log = this.#cluster.topics.log(cursor.topic, cursor.partition)
    cursor.unlisten = log.listen(() => {
      if (this.#waiting.size === 0 || cursor.paused) return
      if (this.#hasNews({ cursor, log, position: cursor.position })) this.#wake()
    })
    return log
  }

  #hasNews({ cursor, log, position }: Asked): boolean {
    const end = log.endFor(this.#options.isolation)
    return end !== cursor.toldEnd || position < end || !log.holds(position) || log.deleted
  }

  #isCurrent(cursor: Cursor): boolean {
    return !cursor.paused && this.#cursors.get(partitionKey(cursor.topic, cursor.partition)) === cursor
  }

  #interrupt(): void {
    this.#changed = true
    this.#wake()
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake()
  }

  #wait(): Promise<void> {
    return new Promise(resolve => {
      const wake = () => {
        this.#waiting.delete(wake)
        timer.cancel()
        resolve()
      }
      const timer = this.#cluster.clock.after(this.#options.maxWaitMs, wake)
      this.#waiting.add(wake)
    })
  }
}
