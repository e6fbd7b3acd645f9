import type {
  Broker,
  GroupMember,
  GroupOptions,
  ProducerOptions,
  ReaderOptions,
  RecordReader,
  RecordWriter,
  TransactionalProducer,
} from '../port.ts'
import { MemoryAdmin } from './admin.ts'
import type { Cluster } from './cluster.ts'
import { MemoryMember } from './member.ts'
import { MemoryProducer } from './producer.ts'
import { MemoryReader } from './reader.ts'
import { RequestLine } from './request-line.ts'
import { MemoryWriter } from './writer.ts'

/** One client of a memory broker, as one worker process has it. */
export class MemoryClient implements Broker {
  readonly name: string
  readonly admin: MemoryAdmin
  readonly #cluster: Cluster
  readonly #line: RequestLine

  constructor(cluster: Cluster, name: string) {
    this.#cluster = cluster
    this.name = name
    this.#line = new RequestLine(cluster, name)
    this.admin = new MemoryAdmin(cluster, this.#line)
  }

  producer(options: ProducerOptions): TransactionalProducer {
    return new MemoryProducer(this.#cluster, this.#line, options)
  }

  async writer(): Promise<RecordWriter> {
    return new MemoryWriter(this.#cluster, this.#line)
  }

  reader(options: ReaderOptions): RecordReader {
    return new MemoryReader(this.#cluster, this.#line, options)
  }

  join(options: GroupOptions): GroupMember {
    return new MemoryMember(this.#cluster, this.#line, options)
  }

  /** Ends its readers, aborts its open transactions, leaves its groups. */
  async close(): Promise<void> {
    if (this.#line.state !== 'open') return
    for (const part of [...this.#line.parts]) await part.close()
    if (this.#line.state === 'open') this.#line.state = 'closed'
  }

  /**
   * Ends it as SIGKILL would: none of its requests is ever answered, its heartbeats stop, its transactions stay open until
   * they time out. Requests that it has already sent (`late`, delayed) still take effect.
   */
  crash(): void {
    this.#line.state = 'crashed'
    for (const part of this.#line.parts) part.abandon?.()
    this.#line.parts.clear()
  }
}
