import net from 'node:net'
import type { ChannelLog, OpenChannel } from '../../../../topology/broker/kafkajs/channel.ts'
import { kafkajsBroker } from '../../../../topology/broker/kafkajs/kafkajs-broker.ts'
import { Reader } from '../../../../topology/broker/kafkajs/protocol/reader.ts'
import { Writer } from '../../../../topology/broker/kafkajs/protocol/writer.ts'
import { type Broker, partitionKey } from '../../../../topology/broker/port.ts'
import { systemClock } from '../../../../topology/runtime/system-clock.ts'

/** One request as it came in; `body` stands after the header. */
export interface FakeRequest {
  readonly api: string
  readonly version: number
  readonly body: Reader
  /** Which of the connections it came over, counted from 0. */
  readonly connection: number
}

/** Writes an answer after the header; `'close'` drops the connection instead, `'silence'` says nothing. */
export type FakeAnswer = ((answer: Writer) => unknown) | 'close' | 'silence'

/** Answers one API. */
export type FakeHandler = (request: FakeRequest, broker: FakeBroker) => FakeAnswer | Promise<FakeAnswer>

const apis: Readonly<Record<number, string>> = {
  0: 'Produce',
  1: 'Fetch',
  2: 'ListOffsets',
  3: 'Metadata',
  8: 'OffsetCommit',
  9: 'OffsetFetch',
  10: 'FindCoordinator',
  11: 'JoinGroup',
  12: 'Heartbeat',
  13: 'LeaveGroup',
  14: 'SyncGroup',
  18: 'ApiVersions',
  22: 'InitProducerId',
  24: 'AddPartitionsToTxn',
  25: 'AddOffsetsToTxn',
  26: 'EndTxn',
  28: 'TxnOffsetCommit',
}
/** The first flexible version of an API, where the fake may take it. */
const flexibleFrom: Readonly<Record<string, number>> = { Metadata: 9, OffsetFetch: 6, TxnOffsetCommit: 3 }

/** Versions of a broker of Kafka 2.5, or of less where there is a fallback. The handlers of the tests write them. */
const newestOfOld = {
  Produce: 8,
  Fetch: 11,
  ListOffsets: 2,
  Metadata: 5,
  OffsetCommit: 7,
  OffsetFetch: 7,
  FindCoordinator: 2,
  JoinGroup: 5,
  Heartbeat: 3,
  LeaveGroup: 2,
  SyncGroup: 3,
  InitProducerId: 1,
  AddPartitionsToTxn: 1,
  AddOffsetsToTxn: 1,
  EndTxn: 1,
  TxnOffsetCommit: 3,
}

/**
 * A broker that says what the test scripts: a TCP server with Kafka's framing and a handler an API. It leads every partition
 * of `topic` and coordinates everything, unless a handler says otherwise.
 */
export class FakeBroker {
  readonly handlers: Record<string, FakeHandler>
  readonly requests: FakeRequest[] = []
  /** The newest version of an API that this broker says it takes; others: 2. */
  readonly newest: Record<string, number> = { ...newestOfOld }
  /** The oldest version of an API that this broker says it takes; others: 0. */
  readonly oldest: Record<string, number> = {}
  readonly #server: net.Server
  readonly #sockets = new Set<net.Socket>()
  #client: Broker | undefined

  private constructor(server: net.Server, handlers: Record<string, FakeHandler>) {
    this.#server = server
    this.handlers = {
      ApiVersions: () => answer =>
        answer.int16(0).array(Object.keys(apis), (_, key) => {
          const api = apis[Number(key)]!
          answer
            .int16(Number(key))
            .int16(this.oldest[api] ?? 0)
            .int16(this.newest[api] ?? 2)
        }),
      Metadata: (_, broker) => answer => broker.metadata(answer),
      FindCoordinator: () => answer =>
        answer.int32(0).int16(0).string(null).int32(1).string('127.0.0.1').int32(this.port),
      InitProducerId: () => answer => answer.int32(0).int16(0).bigint64(7n).int16(0),
      ...handlers,
    }
  }

  static async start(handlers: Record<string, FakeHandler> = {}): Promise<FakeBroker> {
    const server = net.createServer()
    const broker = new FakeBroker(server, handlers)
    server.on('connection', socket => broker.#serve(socket))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return broker
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port
  }

  /** A client of this broker. Waits are short, but not so short that a busy machine fails a test. */
  async connect(requestTimeoutMs = 3_000, groupLog?: ChannelLog, openChannel?: OpenChannel): Promise<Broker> {
    this.#client = await kafkajsBroker({
      brokers: [`127.0.0.1:${this.port}`],
      clock: systemClock,
      retryForMs: 1_000,
      requestTimeoutMs,
      ...(groupLog && { groupLog }),
      ...(openChannel && { openChannel }),
    })
    return this.#client
  }

  /** Metadata v5: this node (and others) and `topic` with three partitions led by `leader`. */
  metadata(answer: Writer, { leader = 1, others = [] as readonly FakeBroker[] } = {}): void {
    const nodes = [this, ...others].map((node, index) => ({ id: index + 1, port: node.port }))
    answer.int32(0).array(nodes, (_, { id, port }) => answer.int32(id).string('127.0.0.1').int32(port).string(null))
    answer.string('fake').int32(1).int32(1).int16(0).string('topic').boolean(false)
    answer.array([0, 1, 2], (_, partition) => answer.int16(0).int32(partition).int32(leader).int32(0).int32(0).int32(0))
  }

  /** Metadata v12: this node and others, and `topic` with one partition. */
  metadataWithEpochs(
    answer: Writer,
    { leader = 1, epoch = 0, others = [] as readonly FakeBroker[], topicId = 1n } = {},
  ): void {
    const nodes = [this, ...others].map((node, index) => ({ id: index + 1, port: node.port }))
    answer.int32(0).array(nodes, (_, { id, port }) => {
      answer.int32(id).string('127.0.0.1').int32(port).string(null).tags()
    })
    answer.string('fake').int32(1)
    answer.array([0], () => {
      answer.int16(0).string('topic').bigint64(0n).bigint64(topicId).boolean(false)
      answer.array([0], () => {
        answer.int16(0).int32(0).int32(leader).int32(epoch)
        for (let lists = 0; lists < 3; lists++) answer.array([], () => {})
        answer.tags()
      })
      answer.int32(0).tags()
    })
    answer.tags()
  }

  /** Requests of one API so far. */
  count(api: string): number {
    return this.requests.filter(request => request.api === api).length
  }

  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async close(): Promise<void> {
    await this.#client?.close()
    this.dropConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  #connections = 0

  #serve(socket: net.Socket): void {
    const connection = this.#connections++
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => {})
    let buffered = Buffer.alloc(0)
    // One request of a connection at a time, as Kafka does it.
    let last: Promise<void> = Promise.resolve()
    socket.on('data', (chunk: Buffer) => {
      buffered = Buffer.concat([buffered, chunk])
      while (buffered.length >= 4 && buffered.length >= 4 + buffered.readInt32BE(0)) {
        const end = 4 + buffered.readInt32BE(0)
        const request = buffered.subarray(4, end)
        buffered = buffered.subarray(end)
        last = last.then(() => this.#answer(socket, request, connection))
      }
    })
  }

  async #answer(socket: net.Socket, bytes: Buffer, connection: number): Promise<void> {
    const header = new Reader(bytes)
    const api = apis[header.int16()] ?? 'unknown'
    const version = header.int16()
    const correlationId = header.int32()
    const clientId = header.string() ?? ''
    const flexible = version >= (flexibleFrom[api] ?? Number.POSITIVE_INFINITY)
    const body = new Reader(bytes.subarray(10 + Buffer.byteLength(clientId)), flexible)
    body.tags()
    const request = { api, version, body, connection }
    this.requests.push(request)
    const answer = await this.handlers[api]?.(request, this)
    if (answer === 'silence') return
    if (answer === undefined || answer === 'close') {
      socket.destroy()
      return
    }
    const writer = new Writer(flexible).int32(0).int32(correlationId).tags()
    answer(writer)
    const response = writer.finish()
    response.writeInt32BE(response.length - 4, 0)
    socket.write(response)
  }
}

/** A batch as a Produce request carried it. */
export interface ProducedBatch {
  readonly partition: number
  readonly baseSequence: number
  readonly count: number
  readonly bytes: number
}

/** Reads the partitions of a Produce v8. */
export function readProduce(body: Reader): ProducedBatch[] {
  body.string()
  body.int16()
  body.int32()
  return body
    .array(() => {
      body.string()
      return body.array(() => {
        const partition = body.int32()
        const batch = body.bytes()!
        return {
          partition,
          baseSequence: batch.readInt32BE(53),
          count: batch.readInt32BE(57),
          bytes: batch.length,
        }
      })
    })
    .flat()
}

/** Answers a Produce v8: each partition with its error code, or with offset 10. */
export function answerProduce(answer: Writer, partitions: readonly { partition: number; errorCode?: number }[]): void {
  answer.int32(1).string('topic')
  answer.array(partitions, (_, { partition, errorCode = 0 }) =>
    answer.int32(partition).int16(errorCode).int64(10).int64(-1).int64(0).int32(0).string(null),
  )
  answer.int32(0)
}

/** Reads producer and partitions of an AddPartitionsToTxn and accepts them all. */
export const acceptPartitions: FakeHandler = ({ body }) => {
  body.string()
  body.bigint64()
  body.int16()
  const partitions = body.array(() => {
    body.string()
    return body.array(() => body.int32())
  })
  return answer =>
    answer
      .int32(0)
      .int32(1)
      .string('topic')
      .array(partitions.flat(), (_, partition) => answer.int32(partition).int16(0))
}

/** A record of `topic`. */
export function outgoing(partition: number, value = 'v') {
  return { topic: 'topic', partition, timestamp: 1_000, key: null, value: Buffer.from(value), headers: [] }
}

/** The end offsets of `outgoing` records of a partition when the fake said 10 and took `count`. */
export function ends(...partitions: (readonly [partition: number, offset: number])[]): [string, number][] {
  return partitions.map(([partition, offset]) => [partitionKey('topic', partition), offset])
}
