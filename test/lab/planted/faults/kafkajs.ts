import type { PlantedFault } from '../fault.ts'

const kafkajs = 'topology/broker/kafkajs'

/**
 * Faults of the kafkajs adapter: what kafkajs 2.2.4, or a plain reading of the protocol, would lose, repeat or invent. The
 * adapter's own tests see each of them, without a broker.
 */
export const kafkajsFaults: readonly PlantedFault[] = [
  // Reading
  {
    name: 'sortAborted',
    breaks: "The broker's list of aborted transactions is sorted by first offset before it is walked.",
    file: `${kafkajs}/record-batch/aborted-filter.ts`,
    anchor: 'aborted.toSorted((left, right) => left.firstOffset - right.firstOffset)',
    replacement: 'aborted',
  },
  {
    name: 'activateEveryAborted',
    breaks: "Every aborted transaction that began by a batch's end becomes active, not one a batch.",
    file: `${kafkajs}/record-batch/aborted-filter.ts`,
    anchor: 'while (this.#next < this.#pending.length',
    replacement: 'if (this.#next < this.#pending.length',
  },
  {
    name: 'controlByAttribute',
    breaks: "A control record is known by its batch's attribute, not by how its key looks.",
    file: `${kafkajs}/record-batch/aborted-filter.ts`,
    anchor: 'if (batch.control) {',
    replacement: 'if (batch.control || batch.firstKey()?.equals(Buffer.alloc(4)) === true) {',
  },
  {
    name: 'markerEndsAbort',
    breaks: "An abort marker ends its producer's aborted transaction: later ones of it may commit.",
    file: `${kafkajs}/record-batch/aborted-filter.ts`,
    anchor: 'this.#active.delete(batch.producerId)',
    replacement: '{}',
  },
  {
    name: 'passEmptyBatches',
    breaks: 'The position moves past batches without a record for the caller.',
    file: `${kafkajs}/record-batch/fetched-records.ts`,
    anchor: '    else this.#leave(batch)\n',
    replacement: '',
  },
  {
    name: 'dropBeforePosition',
    breaks: 'Records of a batch that lie before the position asked for are left out.',
    file: `${kafkajs}/record-batch/batch-records.ts`,
    anchor: 'if (offset < position) {',
    replacement: 'if (offset < 0) {',
  },
  {
    name: 'verifyChecksum',
    breaks: 'A batch is checked against its CRC-32C.',
    file: `${kafkajs}/record-batch/batch.ts`,
    anchor: 'if (crc32c(bytes, batchAt.attributes) !== bytes.readUInt32BE(batchAt.crc)) {',
    replacement: 'if (crc32c(bytes, batchAt.attributes) < 0) {',
  },
  {
    name: 'refuseUnknownCodec',
    breaks: 'A codec that is not known is named and fatal, not skipped.',
    file: `${kafkajs}/record-batch/compression.ts`,
    anchor: 'if (known === undefined) {',
    replacement: 'if (known === undefined) {\n    return [Buffer.alloc(0)].values()',
  },
  {
    name: 'capPlainBytes',
    breaks: 'A poll gives at most its cap of records, counted as they were before compression.',
    file: `${kafkajs}/record-batch/fetched-records.ts`,
    anchor: 'else if (bytes > 0 && bytes + records.readyBytes > maxBytes) return',
    replacement: '',
  },
  {
    name: 'piecesOnDemand',
    breaks: 'No more of a compressed batch is undone than the next record needs.',
    file: `${kafkajs}/record-batch/batch-records.ts`,
    anchor: 'while (!this.#ended && rest.length + came < this.#wanted) {',
    replacement: 'while (!this.#ended) {',
  },
  {
    name: 'turnsForOthers',
    breaks: 'While a batch is undone, other work has its turn: heartbeats go out.',
    file: `${kafkajs}/record-batch/fetched-records.ts`,
    anchor: '            await this.#clock.yield()\n',
    replacement: '',
  },
  {
    name: 'othersMeanwhile',
    breaks: 'While the answer of one partition is read, the others are asked for.',
    file: `${kafkajs}/record-reader.ts`,
    anchor: '    this.#ask()\n    for (;;) {\n',
    replacement: '    for (;;) {\n',
  },
  {
    name: 'reportOutOfRange',
    breaks: "A position outside the log is the caller's to know; nothing is reset.",
    file: `${kafkajs}/record-reader.ts`,
    anchor: '...(fetched.errorCode === kafka.OFFSET_OUT_OF_RANGE && { next: { failure: outOfRange(cursor) } }),',
    replacement: '',
  },
  {
    name: 'dropStaleAnswers',
    breaks: 'An answer for a partition that was moved or removed since is thrown away.',
    file: `${kafkajs}/record-reader.ts`,
    anchor: 'return this.#cursors.get(partitionKey(cursor.topic, cursor.partition)) !== cursor',
    replacement: 'return false',
  },
  {
    name: 'refreshLeaders',
    breaks: "A leader's node that fails or has moved is looked up again.",
    file: `${kafkajs}/record-reader.ts`,
    anchor: 'if (leaderInDoubt) this.#cluster.forgetLeader(cursor)',
    replacement: '',
  },
  {
    name: 'fetchApart',
    breaks: 'A fetch waits on a connection of its own, because a broker serves one request of a connection at a time.',
    file: `${kafkajs}/record-reader.ts`,
    anchor: 'this.#connections = cluster.connections()',
    replacement: 'this.#connections = cluster.shared',
    also: [
      {
        file: `${kafkajs}/record-reader.ts`,
        anchor: '    this.#cluster.release(this.#connections)\n',
        replacement: '',
      },
    ],
  },

  // Writing
  {
    name: 'compareAnswered',
    breaks: 'The partitions answered are compared with those sent.',
    file: `${kafkajs}/appender.ts`,
    anchor: 'if (pending.size > 0) throw',
    replacement: 'if (pending.size < 0) throw',
    also: [
      {
        file: `${kafkajs}/transactional-producer.ts`,
        anchor: "if (waiting.size > 0) throw incomplete('AddPartitionsToTxn'",
        replacement: "if (waiting.size < 0) throw incomplete('AddPartitionsToTxn'",
      },
      {
        file: `${kafkajs}/transactional-producer.ts`,
        anchor: "if (waiting.size > 0) throw incomplete('TxnOffsetCommit'",
        replacement: "if (waiting.size < 0) throw incomplete('TxnOffsetCommit'",
      },
    ],
  },
  {
    name: 'keepSequence',
    breaks: 'A batch that is sent again keeps its sequence numbers, so that the broker sees a duplicate.',
    file: `${kafkajs}/appender.ts`,
    anchor: '() => this.#send({ pending, appended, refusals, producer })',
    replacement: `() =>
        this.#send({ pending, appended, refusals, producer }).catch(error => {
          for (const [key, batch] of pending) {
            const baseSequence = sequenceAfter(batch.baseSequence, batch.records)
            pending.set(key, this.#encode({ ...batch, baseSequence }, producer))
          }
          throw error
        })`,
  },
  {
    name: 'splitBatches',
    breaks: "A partition's records are cut into batches below the broker's limit.",
    file: `${kafkajs}/chunk.ts`,
    anchor: 'return chunk.bytes + bytes <= batchBytes && chunk.records.length < batchRecords',
    replacement: 'return true',
  },
  {
    name: 'deadAfterError',
    breaks: 'A producer that failed inside a transaction refuses to go on.',
    file: `${kafkajs}/transactional-producer.ts`,
    anchor: "this.#state = 'dead'\n      const cause",
    replacement: "this.#state = 'ready'\n      const cause",
  },
  {
    name: 'unknownCommit',
    breaks: 'An EndTxn without an answer is an unknown commit, neither a failure to repeat nor a success.',
    file: `${kafkajs}/transactional-producer.ts`,
    anchor: '        throw written || inDoubt ? this.#unknown(error) : error\n',
    replacement: '        return { errorCode: 0 }\n',
  },
  {
    name: 'recogniseFence',
    breaks: 'A producer whose epoch is gone says FENCED, whichever code the broker used.',
    file: `${kafkajs}/broker-error.ts`,
    anchor: 'if (isFenced(code)) {',
    replacement: 'if (isFenced(code) && code < 0) {',
  },
  {
    name: 'awaitSettled',
    breaks: "InitProducerId is asked until the predecessor's transaction is settled.",
    file: `${kafkajs}/transactional-producer.ts`,
    anchor: 'await this.#retry(patience, async',
    replacement: 'await this.#retry(0, async',
  },
  {
    name: 'retryCoordinator',
    breaks: 'Errors that heal are retried inside a transaction: coordinators load and move.',
    file: `${kafkajs}/transactional-producer.ts`,
    anchor: '    this.#retryForMs = retryForMs\n',
    replacement: '    this.#retryForMs = 0\n',
  },
  {
    name: 'offsetsUnrepeated',
    breaks: 'A TxnOffsetCommit that was not answered is not repeated: it could arrive late, over newer ones.',
    file: `${kafkajs}/transactional-producer.ts`,
    anchor: 'unanswered = true',
    replacement: 'unanswered = false',
  },
  {
    name: 'sendGeneration',
    breaks: "Offsets carry the member's generation, so that a broker can refuse a zombie's (KIP-447).",
    file: `${kafkajs}/transactional-producer.ts`,
    anchor: 'this.#identity, group, generation, [',
    replacement: 'this.#identity, group, undefined, [',
  },

  // Groups and offsets
  {
    name: 'requireStableOffsets',
    breaks: 'Committed offsets are read only when no transaction holds one pending (KIP-447).',
    file: `${kafkajs}/admin.ts`,
    anchor: 'offsetFetchRequest(group, partitions, true)',
    replacement: 'offsetFetchRequest(group, partitions, false)',
  },
  {
    name: 'heartbeatWhileRevoking',
    breaks: 'Heartbeats go on while `onRevoked` is awaited.',
    file: `${kafkajs}/group-member.ts`,
    anchor: 'if (this.#standing === standing) this.#beat(standing)',
    replacement: "if (this.#standing === standing && !('revoking' in standing)) this.#beat(standing)",
    also: [
      {
        file: `${kafkajs}/group-member.ts`,
        anchor: "standing.end('rebalance')",
        replacement: "Object.assign(standing, { revoking: true }).end('rebalance')",
      },
    ],
  },
  {
    name: 'awaitRevoked',
    breaks: '`onRevoked` is awaited before the member joins again.',
    file: `${kafkajs}/group-member.ts`,
    anchor: 'await this.#options.onRevoked()',
    replacement: 'void this.#options.onRevoked()',
  },
  {
    name: 'replaceBroken',
    breaks: 'A broken connection is replaced by a new one, never used again.',
    file: `${kafkajs}/connection-set.ts`,
    anchor: 'if (connection.isUsable()) return connection',
    replacement: 'return connection',
  },
  {
    name: 'sleepWhenIdle',
    breaks: 'A connection without requests that wait sets no timer.',
    file: `${kafkajs}/internals.ts`,
    anchor: '  wakeOnlyWhenPending(connection.requestQueue)\n',
    replacement: '',
  },
]
