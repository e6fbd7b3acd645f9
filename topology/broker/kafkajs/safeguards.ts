/**
 * What this adapter does because kafkajs 2.2.4 or a plain reading of the protocol would lose, repeat or invent records. Each
 * is read at exactly one place, so that a run with planted bugs can take them away one at a time; each has a case in the
 * broker conformance suite or in `test/topology/broker` that fails without it. Nothing else may write here.
 */
export const safeguards = {
  // Reading
  /** The broker's list of aborted transactions is sorted by first offset before it is walked (`record-batch/aborted-filter.ts`). */
  sortAborted: true,
  /** Every aborted transaction that began by a batch's end becomes active, not one a batch (`record-batch/aborted-filter.ts`). */
  activateEveryAborted: true,
  /** A control record is known by its batch's attribute, not by how its key looks (`record-batch/aborted-filter.ts`). */
  controlByAttribute: true,
  /** An abort marker ends its producer's aborted transaction: later ones of it may commit (`record-batch/aborted-filter.ts`). */
  markerEndsAbort: true,
  /** The position moves past batches without a record for the caller (`record-batch/fetched-records.ts`). */
  passEmptyBatches: true,
  /** Records of a batch that lie before the position asked for are left out (`record-batch/fetched-records.ts`). */
  dropBeforePosition: true,
  /** A batch is checked against its CRC-32C (`record-batch/fetched-records.ts`). */
  verifyChecksum: true,
  /** A codec that is not known is named and fatal, not skipped (`record-batch/compression.ts`). */
  refuseUnknownCodec: true,
  /** A position outside the log is the caller's to know; nothing is reset (`record-reader.ts`). */
  reportOutOfRange: true,
  /** An answer for a partition that was moved or removed since is thrown away (`record-reader.ts`). */
  dropStaleAnswers: true,
  /** A leader's node that fails or has moved is looked up again (`record-reader.ts`). */
  refreshLeaders: true,
  /** A fetch waits on a connection of its own, because a broker serves one request of a connection at a time (`record-reader.ts`). */
  fetchApart: true,

  // Writing
  /** The partitions answered are compared with those sent (`appender.ts`). */
  compareAnswered: true,
  /** A batch that is sent again keeps its sequence numbers, so the broker sees a duplicate (`appender.ts`). */
  keepSequence: true,
  /** A partition's records are cut into batches below the broker's limit (`appender.ts`). */
  splitBatches: true,
  /** A producer that failed inside a transaction refuses to go on (`transactional-producer.ts`). */
  deadAfterError: true,
  /** An EndTxn without an answer is an unknown commit, neither a failure to repeat nor a success (`transactional-producer.ts`). */
  unknownCommit: true,
  /** A producer whose epoch is gone says FENCED, whichever code the broker used (`transactional-producer.ts`). */
  recogniseFence: true,
  /** InitProducerId is asked until the predecessor's transaction is settled (`transactional-producer.ts`). */
  awaitSettled: true,
  /** Errors that heal are retried inside a transaction: coordinators load and move (`transactional-producer.ts`). */
  retryCoordinator: true,
  /** A TxnOffsetCommit that was not answered is not repeated: it could arrive late, over newer ones (`transactional-producer.ts`). */
  offsetsUnrepeated: true,
  /** Offsets carry the member's generation, so a broker can refuse a zombie's (KIP-447) (`transactional-producer.ts`). */
  sendGeneration: true,

  // Groups and offsets
  /** Committed offsets are read only when no transaction holds one pending (KIP-447) (`admin.ts`). */
  requireStableOffsets: true,
  /** Heartbeats go on while `onRevoked` is awaited (`group-member.ts`). */
  heartbeatWhileRevoking: true,
  /** `onRevoked` is awaited before the member joins again (`group-member.ts`). */
  awaitRevoked: true,
  /** A broken connection is replaced by a new one, never used again (`connection-set.ts`). */
  replaceBroken: true,
  /** A connection without requests that wait sets no timer (`internals.ts`). */
  sleepWhenIdle: true,
}
